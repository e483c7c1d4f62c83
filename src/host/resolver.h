// A stub resolver (RFC 1034 section 5.3.1, RFC 5452, RFC 6891, RFC 7766) as a value without
// sockets: it asks recursive servers in turn, follows aliases, keeps what it learnt, and says which
// socket to open for what. Every question leaves from a socket of its own, with an identifier and a
// spelling of the name that nobody can foretell; every answer that does not fit is counted by name.
//
// The owner takes `next_exchange()`, opens a socket for each (UDP from a new random port, connected
// to the server; or TCP), sends the message, and reports what comes back under the exchange's
// number until `next_closed()` names it. Answers to `ask` come from `next_answer()`.
//
// Left out on purpose: asking the root (servers must recurse), DNSSEC, DNS cookies, several
// questions at once on one stream.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/drop.h"
#include "base/result.h"
#include "host/dns_cache.h"
#include "host/secret_numbers.h"
#include "host/transitions.h"
#include "wire/dns_framing.h"

namespace acksu {

struct ResolverSettings {
  std::vector<Endpoint> servers{};  // in order of preference
  Duration first_timeout = 2s;      // of an answer by datagram; doubles each round
  Duration stream_timeout = 5s;     // of an answer by stream, its handshake included
  unsigned rounds = 3;              // over all servers
  unsigned max_links = 8;           // of a chain of aliases
  std::size_t max_questions = 64;   // asked of servers at once; equal ones are asked once
  std::size_t max_tickets = 256;    // waiting for their answers
  unsigned max_mismatches = 5;      // wrong answers, before a stream is asked for instead
  std::uint16_t edns_bytes = 1232;  // RFC 9715: no fragments
  DnsCacheSettings cache{};
};

enum class DnsVerdict : std::uint8_t {
  found,
  no_data,         // the name has no such records
  no_such_name,    // NXDOMAIN
  server_failed,   // every server refused or failed
  timed_out,       // no server answered
  chain_too_long,  // aliases without end
  too_busy,        // more questions than `max_questions`
};
const char* name(DnsVerdict verdict);  // "no such name"

struct DnsAnswer {
  std::uint32_t ticket = 0;
  wire::DnsQuestion question;
  DnsVerdict verdict = DnsVerdict::found;
  // The aliases from the name asked for to the last one (CNAME), then the records of the type;
  // of an absence that a zone answers for, its SOA record at the end.
  std::vector<wire::DnsRecord> records;
};

struct DnsExchange {
  std::uint32_t number = 0;
  Endpoint server;
  bool is_stream = false;             // the message then has its length before it
  std::vector<std::uint8_t> message;  // to be sent
};

struct ResolverCounters {
  std::uint64_t tickets = 0, exchanges = 0, streams = 0, timeouts = 0;
  std::uint64_t coalesced = 0;  // tickets that joined a question already asked
  std::uint64_t cached = 0;     // answered without asking
  DropCounters refused;         // answers, by the reason
};

class Resolver {
 public:
  // How a question is put to one server.
  enum class State : std::uint8_t { asking, asking_plainly, asking_by_stream, done };
  enum class Event : std::uint8_t { truncated, distrusted, refuses_edns, answered, given_up };
  static constexpr Transition<State, Event> rows[] = {
      {State::asking, Event::truncated, State::asking_by_stream, "RFC 7766 5"},
      {State::asking, Event::distrusted, State::asking_by_stream, "RFC 5452 9.2"},
      {State::asking, Event::refuses_edns, State::asking_plainly, "RFC 6891 6.2.2"},
      {State::asking, Event::answered, State::done, "RFC 1034 5.3.3"},
      {State::asking, Event::given_up, State::done, "RFC 1035 7.2"},
      {State::asking_plainly, Event::truncated, State::asking_by_stream, "RFC 7766 5"},
      {State::asking_plainly, Event::distrusted, State::asking_by_stream, "RFC 5452 9.2"},
      {State::asking_plainly, Event::answered, State::done, "RFC 1034 5.3.3"},
      {State::asking_plainly, Event::given_up, State::done, "RFC 1035 7.2"},
      {State::asking_by_stream, Event::answered, State::done, "RFC 7766 7"},
      {State::asking_by_stream, Event::given_up, State::done, "RFC 7766 6.2.4"},
  };

  // The key is for identifiers and spellings, and for nothing else.
  Resolver(ResolverSettings settings, SipKey key);

  // A ticket for the answer. Errors: would_block (too many tickets), invalid_argument (types that
  // cannot be asked for), network_unreachable (no servers).
  Result<std::uint32_t> ask(const wire::DnsQuestion& question, Instant now);
  // Nobody wants the answer any more; a dead ticket is ignored.
  void cancel(std::uint32_t ticket);
  // Other servers from now on, as DHCP brings them; forgets what others said.
  void set_servers(std::vector<Endpoint> servers);

  // ---- IN: what came on the socket of an exchange. The drop was counted.
  Drop on_datagram(std::uint32_t exchange, Endpoint from, Bytes message, Instant now);
  Drop on_stream(std::uint32_t exchange, Bytes text, Instant now);
  // The socket failed (refused, unreachable, ended).
  void on_failure(std::uint32_t exchange, Instant now);

  // ---- OUT
  std::optional<DnsExchange> next_exchange();
  std::optional<std::uint32_t> next_closed();
  std::optional<DnsAnswer> next_answer();

  // ---- TIME
  Instant deadline() const { return dues_.empty() ? never : dues_.begin()->first; }
  void on_time(Instant now);

  const ResolverCounters& counters() const { return counters_; }
  const DnsCache& cache() const { return cache_; }
  const ResolverSettings& settings() const { return settings_; }
  std::size_t questions() const { return queries_.size(); }
  void digest(Digest& digest) const;

 private:
  struct Ticket {
    wire::DnsQuestion question;
    wire::DnsName name;  // where the chain has come to
    unsigned links = 0;
    std::vector<wire::DnsRecord> chain;
  };
  struct Query {
    State state = State::asking;
    std::vector<std::uint32_t> tickets;
    std::size_t first_server = 0;  // which was asked first
    unsigned attempt = 0;          // how many were asked before, the same again counted
    std::uint32_t exchange = 0;
    std::uint16_t id = 0;
    wire::DnsName spelling;
    unsigned mismatches = 0;
    bool has_failed = false;  // some server answered that it cannot
    Instant due = never;
    wire::DnsFraming stream;
  };
  using Queries = std::map<wire::DnsQuestion, Query>;
  // What a whole answer says about a question.
  struct Finding {
    enum class Kind : std::uint8_t { records, no_data, no_such_name, goes_on, too_long };
    Kind kind = Kind::records;
    std::vector<wire::DnsRecord> links;
    wire::DnsName last;
    std::vector<wire::DnsRecord> records;  // or the SOA of an absence
  };

  // resolver.cpp: the way of a question
  void advance(std::uint32_t number, Instant now);
  bool follow_cache(std::uint32_t number, Instant now);
  void finish(std::uint32_t number, DnsVerdict verdict, std::vector<wire::DnsRecord> records);
  void finish_all(Queries::iterator query, DnsVerdict verdict);
  void send(Queries::iterator query, Instant now);
  void close(Query& query);
  void step(Queries::iterator query, Event event, Instant now);
  void ask_next_server(Queries::iterator query, Instant now);
  const Endpoint& server_of(const Query& query) const;
  std::size_t server_index(const Query& query) const;

  // resolver_answer.cpp: the way of an answer
  Queries::iterator query_of(std::uint32_t exchange);
  Drop judge(const wire::DnsQuestion& question, const Query& query,
             const wire::DnsMessage& message) const;
  void on_mismatch(Queries::iterator query, Drop drop, Instant now);
  void on_message(Queries::iterator query, const wire::DnsMessage& message, Instant now);
  Finding find_in(const wire::DnsQuestion& question, const wire::DnsMessage& message);
  void keep(const wire::DnsQuestion& question, const Finding& finding, Instant now);
  void deliver(std::uint32_t number, const Finding& finding, Instant now);

  ResolverSettings settings_;
  SecretNumbers numbers_;
  DnsCache cache_;
  std::map<std::uint32_t, Ticket> tickets_;
  Queries queries_;
  std::map<std::uint32_t, wire::DnsQuestion> exchanges_;  // open ones
  std::set<std::pair<Instant, std::uint32_t>> dues_;      // and their exchange
  std::set<Endpoint> plain_servers_;                      // that know no EDNS
  std::size_t preferred_ = 0;                             // the server that answered last
  std::uint32_t next_ticket_ = 1;
  std::uint32_t next_exchange_ = 1;
  std::deque<DnsExchange> to_send_;
  std::deque<std::uint32_t> closed_;
  std::deque<DnsAnswer> answers_;
  ResolverCounters counters_;
};

static_assert(is_deterministic(Resolver::rows));
static_assert(is_connected(Resolver::rows, 4, Resolver::State::asking, Resolver::State::done));

}  // namespace acksu
