// A small DNS server as a value without sockets: answers for its own zones with authority (RFC 1034
// section 4.3.2, RFC 2308), and asks a resolver for the rest, for the clients of a home network
// (RFC 5625). Left out on purpose: zone transfer, delegation below its zones, wildcards, DNSSEC.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/drop.h"
#include "host/resolver.h"

namespace acksu {

struct DnsZone {
  wire::DnsName origin;
  wire::DnsSoa soa{};
  std::uint32_t ttl = 300;                 // of the SOA record
  std::vector<wire::DnsRecord> records{};  // all in the zone; without the SOA record
};

struct DnsServerSettings {
  std::vector<DnsZone> zones{};
  bool forwards = false;               // else refuses what is in no zone
  std::vector<Prefix> clients{};       // for whom it forwards; nobody else
  std::size_t max_pending = 256;       // questions that wait for an answer from elsewhere
  std::uint16_t max_udp_bytes = 1232;  // RFC 9715
  ResolverSettings resolver{};         // of a server that forwards
};

// Who asked, and how the answer goes back.
struct DnsClient {
  Endpoint remote;
  Endpoint local;            // where the question arrived: the answer leaves from there
  std::uint64_t stream = 0;  // the owner's name of a TCP connection; 0: by datagram
  bool operator==(const DnsClient&) const = default;
};
struct DnsReply {
  DnsClient to;
  std::vector<std::uint8_t> message;  // with its length before it, when it goes by stream
};

struct DnsServerCounters {
  std::uint64_t questions = 0, answered = 0, forwarded = 0, truncated = 0;
  DropCounters refused;
};

class DnsServer {
 public:
  DnsServer(DnsServerSettings settings, SipKey key);

  // A whole message of a client (of a stream, without its length).
  Drop on_message(const DnsClient& client, Bytes message, Instant now);
  // Nobody is there any more to take the answers.
  void on_stream_closed(std::uint64_t stream);
  std::optional<DnsReply> next_reply();

  // What asks elsewhere; to be driven by the owner like any resolver, but for its answers.
  Resolver& upstream() { return resolver_; }
  const Resolver& upstream() const { return resolver_; }

  const DnsServerCounters& counters() const { return counters_; }
  std::size_t pending() const { return pending_.size(); }
  void digest(Digest& digest) const;

 private:
  struct Pending {
    DnsClient client;
    wire::DnsMessage question;
  };

  wire::DnsCode judge(const wire::DnsMessage& question) const;
  const DnsZone* zone_of(const wire::DnsName& name) const;
  bool may_forward(const DnsClient& client, const wire::DnsMessage& question) const;
  wire::DnsCode forward(const DnsClient& client, const wire::DnsMessage& question, Instant now);
  void take_answers();
  void reply(const DnsClient& client, const wire::DnsMessage& question, wire::DnsMessage answer);

  DnsServerSettings settings_;
  Resolver resolver_;
  std::map<std::uint32_t, Pending> pending_;  // by the resolver's ticket
  std::deque<DnsReply> replies_;
  DnsServerCounters counters_;
};

// What a zone says to a question about a name in it.
wire::DnsMessage answer_from(const DnsZone& zone, const wire::DnsQuestion& question);

}  // namespace acksu
