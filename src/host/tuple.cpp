// Packing four-tuples.
#include "host/tuple.h"

namespace acksu {
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
  digest.add((std::uint64_t{tuple.local.port} << 16) | tuple.remote.port);
}

}  // namespace acksu
