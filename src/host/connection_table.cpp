// Finding, making and removing what has a four-tuple.
#include "host/connection_table.h"

namespace acksu {

// ---- Finding ------------------------------------------------------------------------------------

bool ConnectionTable::is_record_named(RecordName name, const FourTuple& tuple) const {
  switch (name.kind) {
    case RecordKind::half_open: return packer_.is_same(half_open_[name.index].tuple, tuple);
    case RecordKind::time_wait: return packer_.is_same(time_wait_[name.index].tuple, tuple);
    case RecordKind::connection:
    case RecordKind::none: break;
  }
  return false;
}

RecordName ConnectionTable::look_up(Hash hash, const FourTuple& tuple) const {
  const std::uint32_t reference = index_.find(hash, [&](std::uint32_t candidate) {
    const RecordName name = unpacked(candidate);
    if (name.kind == RecordKind::connection) [[likely]]
      return connections_[name.index].connection.tuple() == tuple;
    return is_record_named(name, tuple);
  });
  if (reference == HashIndex::none) return {};
  last_ = {tuple, hash, reference};
  return unpacked(reference);
}

void ConnectionTable::replace(Hash hash, RecordName name, RecordName by) {
  index_.replace(hash, packed(name), packed(by));
  if (last_.reference == packed(name)) last_.reference = packed(by);
}

void ConnectionTable::erase(Hash hash, RecordName name) {
  index_.erase(hash, packed(name));
  if (last_.reference == packed(name)) last_.reference = HashIndex::none;
}

void ConnectionTable::prefetch_record(Hash hash) const {
  // Whoever has these bits of the hash is most likely the one, and a wrong guess costs nothing.
  const std::uint32_t reference = index_.find(hash, [](std::uint32_t) { return true; });
  if (reference == HashIndex::none) return;
  const RecordName name = unpacked(reference);
  if (name.kind == RecordKind::connection) connections_.prefetch(name.index);
}

// ---- Connections --------------------------------------------------------------------------------

void ConnectionTable::detach(std::uint32_t connection) {
  ConnectionRecord& record = connections_[connection];
  ACKSU_ASSERT(!record.is_detached);
  erase(record.hash, {RecordKind::connection, connection});
  record.is_detached = true;
}

void ConnectionTable::remove_connection(std::uint32_t connection) {
  ACKSU_ASSERT(connections_[connection].is_detached);
  connections_.release(connection);
}

// ---- Half-open records --------------------------------------------------------------------------

std::uint32_t ConnectionTable::add_half_open(Hash hash, const FourTuple& tuple,
                                             std::uint32_t listener,
                                             const tcp::HalfOpen& half_open) {
  const std::uint32_t index = half_open_.allocate(
      HalfOpenRecord{packer_.pack(tuple), listener, TimingWheel::none, half_open});
  index_.insert(hash, packed({RecordKind::half_open, index}));
  last_ = {tuple, hash, packed({RecordKind::half_open, index})};
  return index;
}

void ConnectionTable::release_half_open(std::uint32_t half_open) {
  packer_.release(half_open_[half_open].tuple);
  half_open_.release(half_open);
}

void ConnectionTable::remove_half_open(std::uint32_t half_open) {
  erase(hash(tuple_of(half_open_[half_open])), {RecordKind::half_open, half_open});
  release_half_open(half_open);
}

// ---- TIME-WAIT records --------------------------------------------------------------------------

std::uint32_t ConnectionTable::replace_connection(std::uint32_t connection,
                                                  const tcp::TimeWait& time_wait, Instant expiry) {
  ConnectionRecord& record = connections_[connection];
  ACKSU_ASSERT(!record.is_detached);
  const std::uint32_t index = time_wait_.allocate(
      TimeWaitRecord{expiry, packer_.pack(record.connection.tuple()), {}, time_wait});
  oldest_first_.push_back(index, time_wait_links());
  replace(record.hash, {RecordKind::connection, connection}, {RecordKind::time_wait, index});
  record.is_detached = true;
  return index;
}

void ConnectionTable::restart_time_wait(std::uint32_t time_wait, Instant expiry) {
  time_wait_[time_wait].expiry = expiry;
  oldest_first_.remove(time_wait, time_wait_links());
  oldest_first_.push_back(time_wait, time_wait_links());
}

void ConnectionTable::remove_time_wait(std::uint32_t time_wait) {
  const TimeWaitRecord& record = time_wait_[time_wait];
  // Not `hash`, which would forget what is asked for now: this one is old.
  const auto old_hash = static_cast<Hash>(siphash<1, 3>(key_, tuple_of(record)));
  erase(old_hash, {RecordKind::time_wait, time_wait});
  oldest_first_.remove(time_wait, time_wait_links());
  packer_.release(record.tuple);
  time_wait_.release(time_wait);
}

// ---- Looking ------------------------------------------------------------------------------------

void ConnectionTable::digest(Digest& digest) const {
  connections_.for_each([&](std::uint32_t index, const ConnectionRecord& record) {
    digest.add((std::uint64_t{index} << 32) | record.listener);
    digest.add((std::uint64_t{record.ready.next} << 32) | record.waiting.next);
    digest.add((std::uint64_t{record.link} << 16) | (std::uint64_t{record.news} << 8) |
               (record.is_held ? 1u : 0u) | (record.is_detached ? 2u : 0u) |
               (record.is_opened_fast ? 4u : 0u) | (record.is_accepted ? 8u : 0u));
    record.connection.digest(digest);
  });
  half_open_.for_each([&](std::uint32_t index, const HalfOpenRecord& record) {
    digest.add((std::uint64_t{index} << 32) | record.listener);
    acksu::digest(tuple_of(record), digest);
    record.half_open.digest(digest);
  });
  time_wait_.for_each([&](std::uint32_t index, const TimeWaitRecord& record) {
    digest.add((std::uint64_t{index} << 32) | record.links.next);
    acksu::digest(tuple_of(record), digest);
    digest.add(record.expiry);
    record.time_wait.digest(digest);
  });
}

}  // namespace acksu
