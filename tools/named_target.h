// Whom a command speaks to, given by name or address: found by the resolver. Of several addresses
// the one that the host had better try first (RFC 6724).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/name_service.h"
#include "trace/text.h"

namespace acksu::tools {

class NamedTarget {
 public:
  NamedTarget(std::string text, const NameServiceSettings& names);

  void start(Host& host, Instant now);
  void on_event(Host& host, const SocketEvent& event, Instant now);
  Instant deadline() const { return names_.deadline(); }
  void on_time(Host& host, Instant now);
  void stop(Host& host, Instant now) { names_.stop(host, now); }

  // Nothing: not known yet, or never to be.
  std::optional<IpAddress> address() const { return address_; }
  bool has_failed() const { return has_failed_; }
  // Why there is no address.
  std::string problem(trace::Language language) const;

 private:
  void take_news(const Host& host);

  std::string text_;
  NameService names_;
  std::vector<IpAddress> found_;
  std::optional<IpAddress> address_;
  bool has_failed_ = false;
  Error error_ = Error::none;
  DnsVerdict verdict_ = DnsVerdict::timed_out;
};

// A sentence about what a lookup came to.
std::string sentence(DnsVerdict verdict, trace::Language language);
// The same for what stood on the command line, which may be an address.
std::string verdict_about(const std::string& name, DnsVerdict verdict, trace::Language language);
// Why nothing could be asked at all.
std::string lookup_problem(Error error, trace::Language language);

}  // namespace acksu::tools
