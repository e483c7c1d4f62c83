// Sockets that are found by the local address and port they are bound to: listeners and UDP
// sockets. `T` has a field `Endpoint local`, and tells the versions of IP that are `heard`.
#pragma once

#include <cstdint>
#include <utility>

#include "base/hash_index.h"
#include "base/slab.h"
#include "host/socket.h"

namespace acksu {

template <class T>
class BoundSockets {
 public:
  static constexpr std::uint32_t none = HashIndex::none;

  // A name that a socket wants or has.
  struct Claim {
    Endpoint local;
    IpVersions versions = IpVersions::both;
  };

  // A socket with that port whose address is the same, or either of them is any.
  bool is_in_use(const Claim& claim) const {
    return find_if(claim.local.port, [&](const T& other) {
             return overlaps({other.local, other.heard()}, claim);
           }) != none;
  }
  // Who gets what is sent to that endpoint: bound to its address, or to any. No two can be.
  std::uint32_t find(const Endpoint& local) const {
    return find_if(local.port, [&](const T& other) {
      if (!other.local.address.is_any()) return other.local.address == local.address;
      return includes(other.heard(), local.address);
    });
  }
  // The first socket with that port that matches; `none` if there is none.
  template <class Matches>
  std::uint32_t find_if(std::uint16_t port, Matches&& matches) const {
    return index_.find(hash(port), [&](std::uint32_t index) {
      const T& socket = sockets_[index];
      return socket.local.port == port && matches(socket);
    });
  }
  // All with that port.
  template <class F>
  void for_each_at(std::uint16_t port, F&& f) const {
    index_.find(hash(port), [&](std::uint32_t index) {
      if (sockets_[index].local.port == port) f(index, sockets_[index]);
      return false;
    });
  }
  static bool overlaps(const Claim& one, const Claim& other) {
    const IpAddress at = one.local.address, other_at = other.local.address;
    if (one.local.port != other.local.port) return false;
    if (!at.is_any() && !other_at.is_any()) return at == other_at;
    if (!at.is_any()) return includes(other.versions, at);
    if (!other_at.is_any()) return includes(one.versions, other_at);
    return one.versions == other.versions || one.versions == IpVersions::both ||
           other.versions == IpVersions::both;
  }

  std::uint32_t open(T socket) {
    const std::uint16_t port = socket.local.port;
    const std::uint32_t index = sockets_.allocate(std::move(socket));
    index_.insert(hash(port), index);
    return index;
  }
  void close(std::uint32_t index) {
    index_.erase(hash(sockets_[index].local.port), index);
    sockets_.release(index);
  }

  T& operator[](std::uint32_t index) { return sockets_[index]; }
  const T& operator[](std::uint32_t index) const { return sockets_[index]; }
  T* find(Handle handle) { return sockets_.find(handle.index, handle.generation); }
  const T* find(Handle handle) const { return const_cast<BoundSockets*>(this)->find(handle); }
  std::uint32_t generation(std::uint32_t index) const { return sockets_.generation(index); }
  std::uint32_t size() const { return sockets_.size(); }
  template <class F>
  void for_each(F&& f) const {
    sockets_.for_each(std::forward<F>(f));
  }

 private:
  // Ports are chosen by this host's own programs: no secret is needed.
  static std::uint64_t hash(std::uint16_t port) { return std::uint64_t{port} * 0x9e3779b1; }

  Slab<T, 3> sockets_;
  HashIndex index_;
};

}  // namespace acksu
