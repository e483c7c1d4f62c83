// Echo requests that we sent, and the answers that nobody has taken yet (RFC 792).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "host/socket.h"

namespace acksu {

class EchoBook {
 public:
  static constexpr std::size_t most = 64;  // of each; the oldest gives way

  void on_request(IpAddress remote, EchoName name) {
    if (asked_.size() == most) forget(asked_);
    asked_.push_back({remote, name.identifier, name.sequence});
  }
  // False: nobody asked for it.
  bool on_reply(const EchoReply& reply) {
    const Asked wanted{reply.from, reply.identifier, reply.sequence};
    const auto found = std::find(asked_.begin(), asked_.end(), wanted);
    if (found == asked_.end()) return false;
    asked_.erase(found);
    if (replies_.size() == most) forget(replies_);
    replies_.push_back(reply);
    return true;
  }
  std::optional<EchoReply> next_reply() {
    if (replies_.empty()) return std::nullopt;
    const EchoReply reply = replies_.front();
    replies_.erase(replies_.begin());
    return reply;
  }
  // How many gave way.
  std::uint64_t forgotten() const { return forgotten_; }
  void digest(Digest& digest) const {
    digest.add((std::uint64_t{asked_.size()} << 32) | replies_.size());
    for (const Asked& asked : asked_) {
      digest.add(asked.remote.low());
      digest.add((std::uint64_t{asked.identifier} << 16) | asked.sequence);
    }
    for (const EchoReply& reply : replies_) {
      digest.add(reply.from.low());
      digest.add((std::uint64_t{reply.identifier} << 16) | reply.sequence);
      digest.add(reply.received);
    }
  }

 private:
  struct Asked {
    IpAddress remote;
    std::uint16_t identifier;
    std::uint16_t sequence;
    bool operator==(const Asked&) const = default;
  };
  void forget(auto& oldest_first) {
    oldest_first.erase(oldest_first.begin());
    ++forgotten_;
  }

  std::vector<Asked> asked_;
  std::vector<EchoReply> replies_;
  std::uint64_t forgotten_ = 0;
};

}  // namespace acksu
