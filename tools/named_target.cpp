// From a name on the command line to an address.
#include "tools/named_target.h"

#include "api/preference.h"
#include "host/host.h"

namespace acksu::tools {
NamedTarget::NamedTarget(std::string text, const NameServiceSettings& names)
    : text_(std::move(text)), names_(names) {}

void NamedTarget::start(Host& host, Instant now) {
  names_.start(host, now);
  const Result<std::uint32_t> lookup = names_.look_up(text_, host, now);
  error_ = lookup.error();
  has_failed_ = !lookup;
  take_news(host);
}

void NamedTarget::on_event(Host& host, const SocketEvent& event, Instant now) {
  names_.on_event(host, event, now);
  take_news(host);
}

void NamedTarget::on_time(Host& host, Instant now) {
  if (deadline() > now) return;
  names_.on_time(host, now);
  take_news(host);
}

void NamedTarget::take_news(const Host& host) {
  while (const std::optional<LookupNews> news = names_.next_news()) {
    found_.insert(found_.end(), news->addresses.begin(), news->addresses.end());
    if (!news->is_last) continue;
    verdict_ = news->verdict;
    if (!found_.empty()) address_ = in_order_of_preference(host, found_).front();
    has_failed_ = !address_;
  }
}

std::string NamedTarget::problem(trace::Language language) const {
  const bool was_asked = error_ == Error::none;
  return text_ + ": " +
         (was_asked ? verdict_about(text_, verdict_, language) : lookup_problem(error_, language));
}

std::string verdict_about(const std::string& name, DnsVerdict verdict, trace::Language language) {
  // An address is found at once, unless nobody of its family can be reached.
  if (verdict == DnsVerdict::no_such_name && parse_ip(name)) {
    return trace::say(language, "there is no IPv6 address here to reach it from",
                      "이 호스트에는 그곳에 닿을 IPv6 주소가 없음");
  }
  return sentence(verdict, language);
}

std::string sentence(DnsVerdict verdict, trace::Language language) {
  const auto say = [language](const char* english, const char* korean) {
    return std::string{trace::say(language, english, korean)};
  };
  switch (verdict) {
    case DnsVerdict::found: return say("found", "찾음");
    case DnsVerdict::no_data:
      return say("the name has no such records", "그 이름에 해당 종류의 레코드가 없음");
    case DnsVerdict::no_such_name: return say("there is no such name", "그런 이름이 없음");
    case DnsVerdict::server_failed:
      return say("every name server refused or failed", "모든 네임 서버가 거부하거나 실패함");
    case DnsVerdict::timed_out: return say("no name server answered", "응답한 네임 서버가 없음");
    case DnsVerdict::chain_too_long:
      return say("its aliases lead to no end", "별칭이 끝없이 이어짐");
    case DnsVerdict::too_busy:
      return say("too many questions at once", "동시에 처리 중인 질의가 너무 많음");
  }
  return {};
}

std::string lookup_problem(Error error, trace::Language language) {
  if (error == Error::network_unreachable) {
    return trace::say(language, "no name server is known; give one by --dns",
                      "알려진 네임 서버가 없음; --dns로 지정할 것");
  }
  if (error == Error::invalid_argument) {
    return trace::say(language, "this is no name that can be asked for",
                      "조회할 수 있는 이름이 아님");
  }
  return acksu::sentence(error);
}

}  // namespace acksu::tools
