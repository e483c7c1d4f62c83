// The way of a question: cache, aliases, servers in turn, exchanges.
#include "host/resolver.h"

#include <algorithm>

#include "base/assert.h"

namespace acksu {

using wire::DnsQuestion;
using wire::DnsRecord;
using wire::DnsType;

namespace {

template <class Item>
std::optional<Item> take_front(std::deque<Item>& queue) {
  if (queue.empty()) return std::nullopt;
  std::optional<Item> item = std::move(queue.front());
  queue.pop_front();
  return item;
}

}  // namespace

const char* name(DnsVerdict verdict) {
  switch (verdict) {
    case DnsVerdict::found: return "found";
    case DnsVerdict::no_data: return "no data";
    case DnsVerdict::no_such_name: return "no such name";
    case DnsVerdict::server_failed: return "server failed";
    case DnsVerdict::timed_out: return "timed out";
    case DnsVerdict::chain_too_long: return "chain too long";
    case DnsVerdict::too_busy: return "too busy";
  }
  return "unknown";
}

Resolver::Resolver(ResolverSettings settings, SipKey key)
    : settings_(std::move(settings)), numbers_(key), cache_(settings_.cache) {
  ACKSU_ASSERT(settings_.rounds > 0 && settings_.rounds <= 16);
}

Result<std::uint32_t> Resolver::ask(const DnsQuestion& question, Instant now) {
  if (question.type == DnsType::any || question.type == DnsType::opt ||
      question.question_class != wire::dns_class_in)
    return Error::invalid_argument;
  if (settings_.servers.empty()) return Error::network_unreachable;
  if (tickets_.size() + answers_.size() >= settings_.max_tickets) return Error::would_block;
  const std::uint32_t number = next_ticket_++;
  ++counters_.tickets;
  tickets_.emplace(number, Ticket{.question = question, .name = question.name, .chain = {}});
  advance(number, now);
  return number;
}

void Resolver::cancel(std::uint32_t ticket) {
  tickets_.erase(ticket);
  std::erase_if(answers_, [ticket](const DnsAnswer& answer) { return answer.ticket == ticket; });
  for (auto query = queries_.begin(); query != queries_.end(); ++query) {
    if (std::erase(query->second.tickets, ticket) == 0) continue;
    if (!query->second.tickets.empty()) return;
    close(query->second);
    queries_.erase(query);
    return;
  }
}

void Resolver::set_servers(std::vector<Endpoint> servers) {
  if (servers == settings_.servers) return;
  settings_.servers = std::move(servers);
  preferred_ = 0;
  plain_servers_.clear();
  cache_.clear();
  // Questions under way were put to servers that are no more.
  while (!queries_.empty()) finish_all(queries_.begin(), DnsVerdict::server_failed);
}

std::optional<DnsExchange> Resolver::next_exchange() { return take_front(to_send_); }
std::optional<std::uint32_t> Resolver::next_closed() { return take_front(closed_); }
std::optional<DnsAnswer> Resolver::next_answer() { return take_front(answers_); }

// Goes on with a ticket from where its chain has come to.
void Resolver::advance(std::uint32_t number, Instant now) {
  if (follow_cache(number, now)) return;
  const Ticket& ticket = tickets_.at(number);
  const DnsQuestion question{ticket.name, ticket.question.type};
  if (const auto open = queries_.find(question); open != queries_.end()) {
    // RFC 5452 section 5: equal questions under way at once would invite birthday attacks.
    ++counters_.coalesced;
    open->second.tickets.push_back(number);
    return;
  }
  if (queries_.size() >= settings_.max_questions || settings_.servers.empty())
    return finish(number, DnsVerdict::too_busy, {});
  const auto query = queries_.emplace(question, Query{}).first;
  query->second.first_server = preferred_;
  query->second.tickets.push_back(number);
  send(query, now);
}

// True when the ticket has its answer.
bool Resolver::follow_cache(std::uint32_t number, Instant now) {
  Ticket& ticket = tickets_.at(number);
  while (true) {
    if (auto found = cache_.find({ticket.name, ticket.question.type}, now)) {
      ++counters_.cached;
      const DnsVerdict verdict = found->kind == DnsCache::Kind::records ? DnsVerdict::found
                                 : found->kind == DnsCache::Kind::no_data
                                     ? DnsVerdict::no_data
                                     : DnsVerdict::no_such_name;
      finish(number, verdict, std::move(found->records));
      return true;
    }
    const auto alias = cache_.find({ticket.name, DnsType::cname}, now);
    if (!alias || alias->kind != DnsCache::Kind::records) return false;
    ticket.chain.push_back(alias->records.front());
    ticket.name = std::get<wire::DnsName>(alias->records.front().data);
    if (++ticket.links > settings_.max_links) {
      finish(number, DnsVerdict::chain_too_long, {});
      return true;
    }
  }
}

void Resolver::finish(std::uint32_t number, DnsVerdict verdict, std::vector<DnsRecord> records) {
  const auto place = tickets_.find(number);
  DnsAnswer answer{number, place->second.question, verdict, std::move(place->second.chain)};
  std::move(records.begin(), records.end(), std::back_inserter(answer.records));
  tickets_.erase(place);
  answers_.push_back(std::move(answer));
}

void Resolver::finish_all(Queries::iterator query, DnsVerdict verdict) {
  close(query->second);
  const std::vector<std::uint32_t> tickets = std::move(query->second.tickets);
  queries_.erase(query);
  for (const std::uint32_t ticket : tickets) finish(ticket, verdict, {});
}

std::size_t Resolver::server_index(const Query& query) const {
  return (query.first_server + query.attempt) % settings_.servers.size();
}

const Endpoint& Resolver::server_of(const Query& query) const {
  return settings_.servers[server_index(query)];
}

// Puts the question as the query's state says, from a new socket.
void Resolver::send(Queries::iterator place, Instant now) {
  auto& [question, query] = *place;
  close(query);
  const Endpoint server = server_of(query);
  if (query.state == State::asking && plain_servers_.contains(server))
    query.state = State::asking_plainly;
  const bool is_stream = query.state == State::asking_by_stream;
  query.exchange = next_exchange_++;
  // RFC 5452 section 9.2: the whole range of identifiers, unpredictable.
  query.id = static_cast<std::uint16_t>(numbers_.next());
  query.spelling = question.name.spelled_by(numbers_.next());
  query.mismatches = 0;
  query.stream = {};

  wire::DnsMessage message;
  message.id = query.id;
  message.wants_recursion = true;
  message.questions = {{query.spelling, question.type}};
  if (query.state != State::asking_plainly && !plain_servers_.contains(server))
    message.edns = wire::DnsEdns{.udp_bytes = settings_.edns_bytes, .options = {}};
  std::vector<std::uint8_t> bytes = to_bytes(message, wire::plain_dns_bytes);
  if (is_stream) bytes = wire::framed(bytes);

  const auto round = static_cast<unsigned>(query.attempt / settings_.servers.size());
  query.due = later_by(now, is_stream ? settings_.stream_timeout
                                      : settings_.first_timeout * (std::int64_t{1} << round));
  dues_.emplace(query.due, query.exchange);
  exchanges_.emplace(query.exchange, question);
  ++counters_.exchanges;
  counters_.streams += is_stream;
  to_send_.push_back({query.exchange, server, is_stream, std::move(bytes)});
}

// The exchange is over: what still comes for it is dropped.
void Resolver::close(Query& query) {
  if (query.exchange == 0) return;
  dues_.erase({query.due, query.exchange});
  exchanges_.erase(query.exchange);
  const auto unsent = std::find_if(
      to_send_.begin(), to_send_.end(),
      [&query](const DnsExchange& exchange) { return exchange.number == query.exchange; });
  if (unsent != to_send_.end()) {
    to_send_.erase(unsent);  // no socket was opened
  } else {
    closed_.push_back(query.exchange);
  }
  query.exchange = 0;
}

void Resolver::step(Queries::iterator query, Event event, Instant now) {
  const State before = query->second.state;
  query->second.state = next_state(rows, before, event);
  if (event == Event::given_up) {
    ask_next_server(query, now);
  } else if (query->second.state != before && query->second.state != State::done) {
    send(query, now);
  }
}

// RFC 1034 section 5.3.3: the other servers, and all of them again, before giving up.
void Resolver::ask_next_server(Queries::iterator place, Instant now) {
  Query& query = place->second;
  ++query.attempt;
  if (query.attempt >= settings_.rounds * settings_.servers.size()) {
    return finish_all(place, query.has_failed ? DnsVerdict::server_failed : DnsVerdict::timed_out);
  }
  query.state = State::asking;
  send(place, now);
}

void Resolver::on_time(Instant now) {
  while (!dues_.empty() && dues_.begin()->first <= now) {
    ++counters_.timeouts;
    step(query_of(dues_.begin()->second), Event::given_up, now);
  }
}

void Resolver::digest(Digest& digest) const {
  numbers_.digest(digest);
  cache_.digest(digest);
  digest.add(std::uint64_t{next_ticket_} << 32 | next_exchange_);
  digest.add(std::uint64_t{preferred_});
  for (const auto& [number, ticket] : tickets_) {
    digest.add(std::uint64_t{number} << 32 | ticket.links);
    digest.add(ticket.name.octets());
  }
  for (const auto& [question, query] : queries_) {
    digest.add(question.name.octets());
    digest.add(static_cast<std::uint64_t>(question.type) << 32 | query.exchange);
    digest.add(std::uint64_t{query.attempt} << 32 | static_cast<std::uint64_t>(query.state));
    digest.add(query.due);
    digest.add(query.stream.held());
  }
  digest.add(std::uint64_t{to_send_.size()} << 32 | answers_.size());
}

}  // namespace acksu
