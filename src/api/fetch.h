// Fetches a page of a server that is given by name or address: looks the name up, tries its
// addresses as RFC 8305 says (in the order of RFC 6724), and asks by HTTP on the connection that is
// established first.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/http_client.h"
#include "api/name_service.h"
#include "host/happy_eyeballs.h"

namespace acksu {

struct FetchSettings {
  http::ClientSettings client{};  // of `server` the port only
  std::string name;               // or an address
  NameServiceSettings names{};
  HappyEyeballsSettings eyeballs{};
};

class Fetch : public Application {
 public:
  enum class Stage : std::uint8_t { looking_up, connecting, fetching, done };

  // `sink` takes the body as it comes; it may be null.
  Fetch(FetchSettings settings, http::BodySink sink)
      : settings_(std::move(settings)),
        names_(settings_.names),
        eyeballs_(settings_.eyeballs),
        client_(settings_.client, std::move(sink)) {}

  void start(Host& host, Instant now) override;
  void on_event(Host& host, const SocketEvent& event, Instant now) override;
  Instant deadline() const override;
  void on_time(Host& host, Instant now) override;
  void stop(Host& host, Instant now) override;
  bool is_done() const override { return stage_ == Stage::done; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Fetch>(*this); }
  void digest(Digest& digest) const override;

  Stage stage() const { return stage_; }
  // What came of the lookup.
  DnsVerdict verdict() const { return verdict_; }
  // Why no connection could be made; `none` while one can.
  Error error() const { return error_; }
  // The address that won.
  std::optional<IpAddress> address() const { return eyeballs_.winner(); }
  const http::Client& client() const { return client_; }
  bool has_succeeded() const { return client_.has_succeeded(); }

 private:
  void advance(Host& host, Instant now);
  void take_news(Host& host, Instant now);
  void begin_attempt(Host& host, IpAddress address, Instant now);
  void take_fate(Host& host, const SocketEvent& event, Instant now);
  void finish();

  FetchSettings settings_;
  NameService names_;
  HappyEyeballs eyeballs_;
  http::Client client_;
  Stage stage_ = Stage::looking_up;
  DnsVerdict verdict_ = DnsVerdict::found;
  Error error_ = Error::none;
  std::map<Handle, IpAddress> attempts_;  // under way
};

}  // namespace acksu
