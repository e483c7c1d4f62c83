// The DNS server: zones, forwarding, and answers of a size that their way can carry.
#include "host/dns_server.h"

#include <algorithm>

#include "base/assert.h"

namespace acksu {

using wire::DnsCode;
using wire::DnsMessage;
using wire::DnsName;
using wire::DnsQuestion;
using wire::DnsRecord;
using wire::DnsType;

namespace {

constexpr unsigned max_links = 8;
constexpr std::size_t max_replies = 1024;

std::vector<DnsRecord> records_of(const DnsZone& zone, const DnsQuestion& question) {
  std::vector<DnsRecord> found;
  for (const DnsRecord& record : zone.records) {
    if (record.owner != question.name) continue;
    // RFC 8482 section 4.1: whoever asks for any gets one set.
    const bool is_wanted = question.type == DnsType::any
                               ? found.empty() || found.front().type == record.type
                               : record.type == question.type;
    if (is_wanted) found.push_back(record);
  }
  return found;
}

DnsRecord soa_of(const DnsZone& zone) {
  return {zone.origin, DnsType::soa, wire::dns_class_in, zone.ttl, zone.soa};
}

// RFC 8020: a name exists when anything stands at or below it.
bool has_name(const DnsZone& zone, const DnsName& name) {
  return name == zone.origin ||
         std::any_of(zone.records.begin(), zone.records.end(),
                     [&name](const DnsRecord& record) { return record.owner.is_in(name); });
}

DnsMessage failed(DnsCode code) {
  DnsMessage answer;
  answer.code = code;
  return answer;
}

DnsMessage answer_of(const DnsAnswer& found) {
  DnsMessage answer;
  answer.has_recursion = true;
  switch (found.verdict) {
    case DnsVerdict::found: break;
    case DnsVerdict::no_data: break;
    case DnsVerdict::no_such_name: answer.code = DnsCode::no_such_name; break;
    default: answer.code = DnsCode::server_failure; return answer;
  }
  for (const DnsRecord& record : found.records) {
    const bool is_soa = record.type == DnsType::soa && (found.verdict != DnsVerdict::found);
    (is_soa ? answer.authorities : answer.answers).push_back(record);
  }
  return answer;
}

}  // namespace

DnsMessage answer_from(const DnsZone& zone, const DnsQuestion& question) {
  DnsMessage answer;
  answer.is_authoritative = true;
  DnsQuestion wanted = question;
  // RFC 1034 section 4.3.2 step 3 a: aliases are followed as long as they stay in the zone.
  for (unsigned links = 0; links <= max_links; ++links) {
    std::vector<DnsRecord> found = records_of(zone, wanted);
    if (wanted.name == zone.origin && wanted.type == DnsType::soa) found = {soa_of(zone)};
    if (!found.empty()) {
      answer.answers.insert(answer.answers.end(), found.begin(), found.end());
      return answer;
    }
    const auto alias = records_of(zone, {wanted.name, DnsType::cname});
    if (alias.empty()) break;
    answer.answers.push_back(alias.front());
    wanted.name = std::get<DnsName>(alias.front().data);
    if (!wanted.name.is_in(zone.origin)) return answer;
  }
  if (!has_name(zone, wanted.name)) answer.code = DnsCode::no_such_name;
  // RFC 2308 section 3: an absence is told with the zone's SOA record.
  answer.authorities.push_back(soa_of(zone));
  return answer;
}

DnsServer::DnsServer(DnsServerSettings settings, SipKey key)
    : settings_(std::move(settings)), resolver_(settings_.resolver, key) {
  ACKSU_ASSERT(settings_.max_udp_bytes >= wire::plain_dns_bytes);
  for (const DnsZone& zone : settings_.zones) {
    for (const DnsRecord& record : zone.records) ACKSU_ASSERT(record.owner.is_in(zone.origin));
  }
}

const DnsZone* DnsServer::zone_of(const DnsName& name) const {
  const DnsZone* best = nullptr;
  for (const DnsZone& zone : settings_.zones) {
    if (!name.is_in(zone.origin)) continue;
    if (best == nullptr || zone.origin.labels() > best->origin.labels()) best = &zone;
  }
  return best;
}

DnsCode DnsServer::judge(const DnsMessage& question) const {
  if (question.opcode != 0) return DnsCode::not_implemented;
  if (question.questions.size() != 1) return DnsCode::format_error;
  // RFC 6891 section 6.1.3.
  if (question.edns && question.edns->version != 0) return DnsCode::bad_version;
  if (question.questions[0].question_class != wire::dns_class_in) return DnsCode::refused;
  return DnsCode::no_error;
}

// RFC 5358: a resolver that asks for anybody amplifies for everybody.
bool DnsServer::may_forward(const DnsClient& client, const DnsMessage& question) const {
  return settings_.forwards && question.wants_recursion &&
         std::any_of(settings_.clients.begin(), settings_.clients.end(),
                     [&](const Prefix& prefix) { return prefix.contains(client.remote.address); });
}

Drop DnsServer::on_message(const DnsClient& client, Bytes bytes, Instant now) {
  DnsMessage question;
  Drop drop = wire::read(bytes, question);
  // An answer to an answer would go round for ever.
  if (drop == Drop::none && question.is_answer) drop = Drop::dns_not_a_question;
  if (drop == Drop::none && replies_.size() >= max_replies) drop = Drop::dns_queue_full;
  counters_.refused.add(drop);
  if (drop != Drop::none) return drop;
  ++counters_.questions;
  DnsCode code = judge(question);
  if (code == DnsCode::no_error) {
    if (const DnsZone* zone = zone_of(question.questions[0].name)) {
      DnsMessage answer = answer_from(*zone, question.questions[0]);
      answer.has_recursion = settings_.forwards;
      reply(client, question, std::move(answer));
      return Drop::none;
    }
    code = DnsCode::refused;
    if (may_forward(client, question)) {
      code = forward(client, question, now);
      if (code == DnsCode::no_error) return Drop::none;
    } else {
      drop = Drop::dns_not_served;
      counters_.refused.add(drop);
    }
  }
  reply(client, question, failed(code));
  return drop;
}

DnsCode DnsServer::forward(const DnsClient& client, const DnsMessage& question, Instant now) {
  if (pending_.size() >= settings_.max_pending) {
    counters_.refused.add(Drop::dns_queue_full);
    return DnsCode::server_failure;
  }
  const auto ticket = resolver_.ask(question.questions[0], now);
  if (!ticket) {
    return ticket.error() == Error::invalid_argument ? DnsCode::not_implemented
                                                     : DnsCode::server_failure;
  }
  ++counters_.forwarded;
  pending_.emplace(*ticket, Pending{client, question});
  return DnsCode::no_error;
}

void DnsServer::on_stream_closed(std::uint64_t stream) {
  std::erase_if(replies_, [stream](const DnsReply& reply) { return reply.to.stream == stream; });
  for (auto place = pending_.begin(); place != pending_.end();) {
    const bool is_gone = place->second.client.stream == stream;
    if (is_gone) resolver_.cancel(place->first);
    place = is_gone ? pending_.erase(place) : std::next(place);
  }
}

void DnsServer::take_answers() {
  while (const auto found = resolver_.next_answer()) {
    const auto place = pending_.find(found->ticket);
    if (place == pending_.end()) continue;
    const Pending pending = std::move(place->second);
    pending_.erase(place);
    reply(pending.client, pending.question, answer_of(*found));
  }
}

void DnsServer::reply(const DnsClient& client, const DnsMessage& question, DnsMessage answer) {
  answer.id = question.id;
  answer.is_answer = true;
  answer.opcode = question.opcode;
  answer.wants_recursion = question.wants_recursion;
  answer.is_checking_disabled = question.is_checking_disabled;
  if (question.questions.size() == 1) answer.questions = question.questions;
  std::size_t most = wire::plain_dns_bytes;
  if (question.edns) {
    // RFC 6891 section 6.2.3: sizes below 512 mean 512.
    most = std::clamp<std::size_t>(question.edns->udp_bytes, most, settings_.max_udp_bytes);
    answer.edns = wire::DnsEdns{.udp_bytes = settings_.max_udp_bytes, .options = {}};
  }
  if (client.stream != 0) most = wire::max_dns_bytes;
  // The client checks that its own spelling comes back (0x20); so do owners of that name.
  for (DnsRecord& record : answer.answers) {
    if (!answer.questions.empty() && record.owner == answer.questions[0].name)
      record.owner = answer.questions[0].name;
  }
  std::vector<std::uint8_t> bytes = to_bytes(answer, most);
  counters_.truncated += (bytes[2] & 2) != 0;
  ++counters_.answered;
  replies_.push_back({client, client.stream != 0 ? wire::framed(bytes) : std::move(bytes)});
}

std::optional<DnsReply> DnsServer::next_reply() {
  take_answers();
  if (replies_.empty()) return std::nullopt;
  std::optional<DnsReply> reply = std::move(replies_.front());
  replies_.pop_front();
  return reply;
}

void DnsServer::digest(Digest& digest) const {
  resolver_.digest(digest);
  digest.add(counters_.questions);
  digest.add(counters_.answered);
  for (const auto& [ticket, pending] : pending_) {
    digest.add(std::uint64_t{ticket} << 32 | pending.question.id);
    digest.add(pending.client.remote.address.low());
  }
  for (const DnsReply& reply : replies_) digest.add(reply.message);
}

}  // namespace acksu
