// Packing four-tuples.
#include "host/tuple.h"

namespace acksu {
namespace {

std::uint64_t ports_of(const FourTuple& tuple) {
  return (std::uint64_t{tuple.local.port} << 16) | tuple.remote.port;
}

}  // namespace

TupleWords::TupleWords(const FourTuple& tuple) {
  const IpAddress local = tuple.local.address;
  const IpAddress remote = tuple.remote.address;
  if (local.is_v4() && remote.is_v4()) {
    words_[0] = (std::uint64_t{local.as_v4()} << 32) | remote.as_v4();
    words_[1] = ports_of(tuple);
    count_ = 2;
    return;
  }
  words_ = {local.high(), local.low(), remote.high(), remote.low(), ports_of(tuple)};
  count_ = 5;
}

PackedTuple TuplePacker::pack(const FourTuple& tuple) {
  const std::uint16_t local_port = tuple.local.port;
  const std::uint16_t remote_port = tuple.remote.port;
  if (is_narrow(tuple)) {
    return {tuple.local.address.as_v4(), tuple.remote.address.as_v4(), local_port, remote_port};
  }
  const Addresses addresses{tuple.local.address, tuple.remote.address};
  return {aside_.allocate(addresses), 0, local_port, remote_port};
}

FourTuple TuplePacker::unpack(const PackedTuple& packed) const {
  if (packed.remote != 0) {
    return {{IpAddress::v4(packed.local), packed.local_port},
            {IpAddress::v4(packed.remote), packed.remote_port}};
  }
  const Addresses& addresses = aside_[packed.local];
  return {{addresses.local, packed.local_port}, {addresses.remote, packed.remote_port}};
}

bool TuplePacker::is_same(const PackedTuple& packed, const FourTuple& tuple) const {
  if (packed.local_port != tuple.local.port || packed.remote_port != tuple.remote.port) {
    return false;
  }
  if (packed.remote != 0) {
    return is_narrow(tuple) && packed.local == tuple.local.address.as_v4() &&
           packed.remote == tuple.remote.address.as_v4();
  }
  return unpack(packed) == tuple;
}

void TuplePacker::release(const PackedTuple& packed) {
  if (packed.remote == 0) aside_.release(packed.local);
}

void digest(const FourTuple& tuple, Digest& digest) {
  digest.add(tuple.local.address.high());
  digest.add(tuple.local.address.low());
  digest.add(tuple.remote.address.high());
  digest.add(tuple.remote.address.low());
  digest.add(ports_of(tuple));
}

}  // namespace acksu
