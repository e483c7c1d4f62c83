// The way of an answer: judged, then the state moves, then the records are used.
#include <algorithm>

#include "base/assert.h"
#include "host/resolver.h"

namespace acksu {

using wire::DnsCode;
using wire::DnsMessage;
using wire::DnsQuestion;
using wire::DnsRecord;
using wire::DnsType;

Resolver::Queries::iterator Resolver::query_of(std::uint32_t exchange) {
  const auto open = exchanges_.find(exchange);
  return open == exchanges_.end() ? queries_.end() : queries_.find(open->second);
}

Drop Resolver::on_datagram(std::uint32_t exchange, Endpoint from, Bytes bytes, Instant now) {
  const auto query = query_of(exchange);
  Drop drop = Drop::none;
  DnsMessage message;
  if (query == queries_.end() || query->second.state == State::asking_by_stream) {
    drop = Drop::dns_unexpected;
  } else if (from != server_of(query->second)) {
    drop = Drop::dns_wrong_server;  // RFC 5452 section 9.1
  } else {
    drop = wire::read(bytes, message);
    if (drop == Drop::none) drop = judge(query->first, query->second, message);
  }
  counters_.refused.add(drop);
  if (drop == Drop::none) {
    on_message(query, message, now);
  } else if (query != queries_.end()) {
    on_mismatch(query, drop, now);
  }
  return drop;
}

Drop Resolver::on_stream(std::uint32_t exchange, Bytes text, Instant now) {
  const auto query = query_of(exchange);
  Drop drop = Drop::none;
  if (query == queries_.end() || query->second.state != State::asking_by_stream)
    drop = Drop::dns_unexpected;
  counters_.refused.add(drop);
  if (drop != Drop::none) return drop;
  query->second.stream.take(text);
  const auto bytes = query->second.stream.next();
  if (!bytes) return Drop::none;
  DnsMessage message;
  drop = wire::read(*bytes, message);
  if (drop == Drop::none) drop = judge(query->first, query->second, message);
  // A stream is not easily forged: the spelling does not matter there.
  if (drop == Drop::dns_wrong_case) drop = Drop::none;
  counters_.refused.add(drop);
  if (drop == Drop::none) {
    on_message(query, message, now);
  } else {
    step(query, Event::given_up, now);
  }
  return drop;
}

void Resolver::on_failure(std::uint32_t exchange, Instant now) {
  if (const auto query = query_of(exchange); query != queries_.end())
    step(query, Event::given_up, now);
}

// RFC 5452 section 9.1: what must match before anything in an answer is looked at.
Drop Resolver::judge(const DnsQuestion& question, const Query& query,
                     const DnsMessage& message) const {
  if (!message.is_answer || message.opcode != 0) return Drop::dns_not_an_answer;
  if (message.id != query.id) return Drop::dns_wrong_id;
  // RFC 6891 section 7: servers of old may send back nothing but their complaint.
  const bool is_complaint =
      message.code == DnsCode::format_error || message.code == DnsCode::not_implemented;
  if (message.questions.empty() && is_complaint) return Drop::none;
  if (message.questions.size() != 1 || message.questions[0] != question)
    return Drop::dns_wrong_question;
  const bool is_alike = message.questions[0].name.is_spelled_like(query.spelling);
  return is_alike ? Drop::none : Drop::dns_wrong_case;
}

// Somebody guesses, or a server does not send back the letters as they were: a stream tells.
void Resolver::on_mismatch(Queries::iterator query, Drop drop, Instant now) {
  if (query->second.state == State::asking_by_stream) return;
  const bool is_enough = ++query->second.mismatches >= settings_.max_mismatches;
  if (drop == Drop::dns_wrong_case || is_enough) step(query, Event::distrusted, now);
}

void Resolver::on_message(Queries::iterator place, const DnsMessage& message, Instant now) {
  Query& query = place->second;
  if (message.is_truncated && query.state != State::asking_by_stream)
    return step(place, Event::truncated, now);
  const bool refuses_edns = message.code == DnsCode::format_error ||
                            message.code == DnsCode::not_implemented ||
                            message.code == DnsCode::bad_version;
  if (refuses_edns && query.state == State::asking) {
    plain_servers_.insert(server_of(query));
    return step(place, Event::refuses_edns, now);
  }
  const bool is_answer = message.code == DnsCode::no_error || message.code == DnsCode::no_such_name;
  // RFC 2308 section 2.2: nothing from one who neither knows nor recurses is a referral.
  const bool is_lame = message.code == DnsCode::no_error && message.answers.empty() &&
                       !message.is_authoritative && !message.has_recursion;
  if (!is_answer || is_lame || message.is_truncated) {
    query.has_failed = true;
    return step(place, Event::given_up, now);
  }
  step(place, Event::answered, now);
  preferred_ = server_index(query);
  const DnsQuestion question = place->first;
  const Finding finding = find_in(question, message);
  keep(question, finding, now);
  close(query);
  const std::vector<std::uint32_t> tickets = std::move(query.tickets);
  queries_.erase(place);
  for (const std::uint32_t ticket : tickets) deliver(ticket, finding, now);
}

namespace {

bool is_of(const DnsRecord& record, const wire::DnsName& owner, DnsType type) {
  return record.record_class == wire::dns_class_in && record.type == type && record.owner == owner;
}

// Of this set, each record once.
std::vector<DnsRecord> set_of(const std::vector<DnsRecord>& records, const DnsQuestion& question) {
  std::vector<DnsRecord> set;
  for (const DnsRecord& record : records) {
    if (!is_of(record, question.name, question.type)) continue;
    const bool is_again = std::any_of(set.begin(), set.end(), [&record](const DnsRecord& other) {
      return other.data == record.data;
    });
    if (!is_again) set.push_back(record);
  }
  return set;
}

}  // namespace

// RFC 1034 section 4.3.1. Only what leads from the question to its answer is looked at, whatever
// else the message holds.
Resolver::Finding Resolver::find_in(const DnsQuestion& question, const DnsMessage& message) {
  using Kind = Finding::Kind;
  Finding finding;
  finding.last = question.name;
  while (true) {
    finding.records = set_of(message.answers, {finding.last, question.type});
    if (!finding.records.empty()) break;
    const std::vector<DnsRecord> alias = set_of(message.answers, {finding.last, DnsType::cname});
    if (alias.empty()) break;
    finding.links.push_back(alias.front());
    finding.last = std::get<wire::DnsName>(alias.front().data);
    if (finding.links.size() > settings_.max_links) {
      finding.kind = Kind::too_long;
      return finding;
    }
  }
  const std::size_t used = finding.links.size() + finding.records.size();
  for (std::size_t i = used; i < message.answers.size(); ++i)
    counters_.refused.add(Drop::dns_unrelated_record);
  if (!finding.records.empty()) return finding;

  const bool is_absent = message.code == DnsCode::no_such_name;
  for (const DnsRecord& record : message.authorities) {
    const bool is_soa = record.type == DnsType::soa && record.record_class == wire::dns_class_in;
    if (is_soa && finding.last.is_in(record.owner)) finding.records = {record};
  }
  finding.kind = is_absent ? Kind::no_such_name : Kind::no_data;
  // RFC 1034 section 5.3.3 step 4 c: an alias alone is to be followed by the next question.
  if (!is_absent && finding.records.empty() && !finding.links.empty()) finding.kind = Kind::goes_on;
  return finding;
}

void Resolver::keep(const DnsQuestion& question, const Finding& finding, Instant now) {
  using Kind = Finding::Kind;
  if (finding.kind == Kind::too_long) return;
  for (const DnsRecord& link : finding.links)
    cache_.store({link.owner, DnsType::cname}, {link}, now);
  if (finding.records.empty()) return;
  const DnsQuestion last{finding.last, question.type};
  if (finding.kind == Kind::records) {
    cache_.store(last, finding.records, now);
  } else {
    const bool is_absent = finding.kind == Kind::no_such_name;
    cache_.store_absence(last, is_absent, finding.records.front(), now);
  }
}

void Resolver::deliver(std::uint32_t number, const Finding& finding, Instant now) {
  using Kind = Finding::Kind;
  Ticket& ticket = tickets_.at(number);
  ticket.chain.insert(ticket.chain.end(), finding.links.begin(), finding.links.end());
  ticket.links += static_cast<unsigned>(finding.links.size());
  ticket.name = finding.last;
  if (finding.kind == Kind::too_long || ticket.links > settings_.max_links)
    return finish(number, DnsVerdict::chain_too_long, {});
  switch (finding.kind) {
    case Kind::records: return finish(number, DnsVerdict::found, finding.records);
    case Kind::no_data: return finish(number, DnsVerdict::no_data, finding.records);
    case Kind::no_such_name: return finish(number, DnsVerdict::no_such_name, finding.records);
    case Kind::goes_on:
    case Kind::too_long: return advance(number, now);
  }
}

}  // namespace acksu
