// All that has a four-tuple on a host: connections, half-open records and TIME-WAIT records, found
// by one keyed hash index (hash flooding is what CVE-2023-1206 did to unkeyed ones).
//
// Every record has one entry in the index, but for connections that are over and only kept because
// the application still holds them.
#pragma once

#include <cstdint>

#include "base/hash_index.h"
#include "base/index_list.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "base/timing_wheel.h"
#include "host/connection_store.h"
#include "host/tuple.h"
#include "tcp/half_open.h"
#include "tcp/time_wait.h"

namespace acksu {

struct HalfOpenRecord {
  PackedTuple tuple;
  std::uint32_t listener;
  TimingWheel::Id timer;
  tcp::HalfOpen half_open;
};
static_assert(sizeof(HalfOpenRecord) <= 64);

struct TimeWaitRecord {
  Instant expiry;
  PackedTuple tuple;
  IndexLinks links;
  tcp::TimeWait time_wait;
};
static_assert(sizeof(TimeWaitRecord) <= 48);

enum class RecordKind : std::uint8_t { connection, half_open, time_wait, none };

struct RecordName {
  RecordKind kind = RecordKind::none;
  std::uint32_t index = 0;
};

class ConnectionTable {
 public:
  using Hash = std::uint32_t;

  // As many connections as given stay unfolded: connection_store.h.
  explicit ConnectionTable(SipKey key, std::uint32_t never_folded = 0xffff'ffff)
      : key_(key),
        connections_(never_folded),
        last_{{}, static_cast<Hash>(siphash<1, 3>(key, FourTuple{}))} {}

  // ---- Finding
  Hash hash(const FourTuple& tuple) const {
    if (tuple != last_.tuple)
      last_ = {tuple, static_cast<Hash>(siphash<1, 3>(key_, tuple)), HashIndex::none};
    return last_.hash;
  }
  RecordName find(Hash hash, const FourTuple& tuple) const {
    if (last_.reference != HashIndex::none && tuple == last_.tuple)
      return unpacked(last_.reference);
    return look_up(hash, tuple);
  }
  bool has(const FourTuple& tuple) const {
    return find(hash(tuple), tuple).kind != RecordKind::none;
  }
  // The work of a search for a name that is not there, in entries of the index.
  std::uint32_t passed(const FourTuple& tuple) const { return index_.passed(hash(tuple)); }
  // For bursts: first the index entries of all, then what they name.
  void prefetch_entry(Hash hash) const { index_.prefetch(hash); }
  void prefetch_record(Hash hash) const;

  // ---- Connections
  template <class... Arguments>
  std::uint32_t add_connection(Hash hash, Arguments&&... arguments) {
    const std::uint32_t index = connections_.allocate(std::forward<Arguments>(arguments)...);
    connections_[index].hash = hash;
    index_.insert(hash, packed({RecordKind::connection, index}));
    last_ = {connections_[index].connection.tuple(), hash, packed({RecordKind::connection, index})};
    return index;
  }
  // Takes the place of a half-open record.
  template <class... Arguments>
  std::uint32_t replace_half_open(std::uint32_t half_open, Hash hash, Arguments&&... arguments) {
    const std::uint32_t index = connections_.allocate(std::forward<Arguments>(arguments)...);
    connections_[index].hash = hash;
    replace(hash, {RecordKind::half_open, half_open}, {RecordKind::connection, index});
    release_half_open(half_open);
    return index;
  }
  // Takes the connection's entry out of the index; the connection stays.
  void detach(std::uint32_t connection);
  void remove_connection(std::uint32_t connection);  // detached
  ConnectionStore& connections() { return connections_; }
  const ConnectionStore& connections() const { return connections_; }

  // ---- Half-open records
  std::uint32_t add_half_open(Hash hash, const FourTuple& tuple, std::uint32_t listener,
                              const tcp::HalfOpen& half_open);
  void remove_half_open(std::uint32_t half_open);
  Slab<HalfOpenRecord>& half_open() { return half_open_; }
  const Slab<HalfOpenRecord>& half_open() const { return half_open_; }
  FourTuple tuple_of(const HalfOpenRecord& record) const { return packer_.unpack(record.tuple); }

  // ---- TIME-WAIT records, in the order of their ends
  // Takes the place of a connection, which is detached by that.
  std::uint32_t replace_connection(std::uint32_t connection, const tcp::TimeWait& time_wait,
                                   Instant expiry);
  // Stands behind all others, with an end that is not before theirs.
  void restart_time_wait(std::uint32_t time_wait, Instant expiry);
  void remove_time_wait(std::uint32_t time_wait);
  std::uint32_t oldest_time_wait() const { return oldest_first_.front(); }  // IndexList::none
  Instant next_expiry() const {
    return oldest_first_.is_empty() ? never : time_wait_[oldest_first_.front()].expiry;
  }
  Slab<TimeWaitRecord>& time_wait() { return time_wait_; }
  const Slab<TimeWaitRecord>& time_wait() const { return time_wait_; }
  FourTuple tuple_of(const TimeWaitRecord& record) const { return packer_.unpack(record.tuple); }

  void digest(Digest& digest) const;

 private:
  static std::uint32_t packed(RecordName name) {
    return (static_cast<std::uint32_t>(name.kind) << 30) | name.index;
  }
  static RecordName unpacked(std::uint32_t reference) {
    return {static_cast<RecordKind>(reference >> 30), reference & 0x3fff'ffff};
  }
  auto time_wait_links() {
    return [this](std::uint32_t index) -> IndexLinks& { return time_wait_[index].links; };
  }
  RecordName look_up(Hash hash, const FourTuple& tuple) const;
  bool is_record_named(RecordName name, const FourTuple& tuple) const;
  void replace(Hash hash, RecordName name, RecordName by);
  void erase(Hash hash, RecordName name);
  void release_half_open(std::uint32_t half_open);

  SipKey key_;
  HashIndex index_;
  ConnectionStore connections_;
  Slab<HalfOpenRecord> half_open_;
  Slab<TimeWaitRecord> time_wait_;
  TuplePacker packer_;
  IndexList oldest_first_;  // TIME-WAIT records
  // Most tuples are asked for more than once in a row.
  struct Asked {
    FourTuple tuple;
    Hash hash;
    std::uint32_t reference = HashIndex::none;  // what has that name; none: it was not looked up
  };
  mutable Asked last_;
};

}  // namespace acksu
