// A ring that AF_XDP shares with a program: one side puts entries in, the other takes them out.
#pragma once

#include <linux/if_xdp.h>

#include <cstdint>

#include "os/mapping.h"

namespace acksu::os {

template <class Entry>
class XdpRing {
 public:
  XdpRing() = default;
  XdpRing(Mapping mapping, const xdp_ring_offset& places, std::uint32_t entries)
      : mapping_(std::move(mapping)), mask_(entries - 1) {
    producer_ = reinterpret_cast<std::uint32_t*>(mapping_.data() + places.producer);
    consumer_ = reinterpret_cast<std::uint32_t*>(mapping_.data() + places.consumer);
    flags_ = reinterpret_cast<std::uint32_t*>(mapping_.data() + places.flags);
    entries_ = reinterpret_cast<Entry*>(mapping_.data() + places.desc);
  }

  // Of what the kernel has put in, or not yet taken out.
  std::uint32_t filled() const {
    return __atomic_load_n(producer_, __ATOMIC_ACQUIRE) -
           __atomic_load_n(consumer_, __ATOMIC_ACQUIRE);
  }
  std::uint32_t room() const { return mask_ + 1 - filled(); }
  // The i-th entry to be taken out, i < filled(); or to be put in, i < room().
  const Entry& taken(std::uint32_t i) const { return entries_[(*consumer_ + i) & mask_]; }
  Entry& put(std::uint32_t i) { return entries_[(*producer_ + i) & mask_]; }
  // The first `count` of them are done.
  void take(std::uint32_t count) {
    __atomic_store_n(consumer_, *consumer_ + count, __ATOMIC_RELEASE);
  }
  void give(std::uint32_t count) {
    __atomic_store_n(producer_, *producer_ + count, __ATOMIC_RELEASE);
  }
  // Whether the kernel looks at it only when it is called.
  bool needs_wake_up() const {
    return (__atomic_load_n(flags_, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP) != 0;
  }

 private:
  Mapping mapping_;
  std::uint32_t mask_ = 0;
  std::uint32_t* producer_ = nullptr;
  std::uint32_t* consumer_ = nullptr;
  std::uint32_t* flags_ = nullptr;
  Entry* entries_ = nullptr;
};

}  // namespace acksu::os
