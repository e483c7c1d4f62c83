// What the options of LCP (RFC 1661 section 6, RFC 1662 section 7), IPCP (RFC 1332, with the name
// servers of RFC 1877) and IPV6CP (RFC 5072) mean to an end of PPP. Left out on purpose:
// authentication, which is refused by name, link quality, and compression of headers.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "host/ppp_layer.h"
#include "host/secret_numbers.h"

namespace acksu {

class LcpOptions final : public PppNegotiator {
 public:
  static constexpr std::uint16_t default_mru = PppSettings::default_mru;
  // IPv4 lets hosts count on 576 bytes (RFC 791).
  static constexpr std::uint16_t smallest_mru = 576;

  LcpOptions(std::uint16_t mru, std::uint32_t control_map, SipKey key)
      : wanted_mru_(mru), wanted_map_(control_map), numbers_(key) {}

  void begin() override;
  std::vector<wire::PppOption> wishes() const override;
  Judgement judge(const wire::PppOption& option) override;
  void grant(const std::vector<wire::PppOption>& options) override;
  void take_nak(const wire::PppOption& option) override;
  void take_reject(std::uint8_t type) override;

  // What holds for sending: as the peer asked.
  std::uint16_t peer_mru() const { return peer_mru_; }
  const wire::PppFraming& framing() const { return framing_; }
  std::uint32_t peer_magic() const { return peer_magic_; }
  // What holds for receiving; 0 is no number (RFC 1661 section 6.4).
  std::uint32_t magic() const { return has_magic_ ? magic_ : 0; }
  std::uint32_t control_map() const { return has_map_ ? map_ : wire::PppFraming::escape_all; }
  // Requests in a row that were our own.
  unsigned loops() const { return loops_; }
  void forget_loops() { loops_ = 0; }
  bool was_asked_to_authenticate() const { return was_asked_to_authenticate_; }
  void digest(Digest& digest) const;

 private:
  std::uint32_t draw_magic();

  std::uint16_t wanted_mru_;
  std::uint32_t wanted_map_;
  SecretNumbers numbers_;
  std::uint16_t mru_ = default_mru;
  std::uint32_t map_ = 0;
  std::uint32_t magic_ = 0;
  bool has_mru_ = false, has_map_ = false, has_magic_ = false;
  bool has_short_protocol_ = false, has_no_address_ = false;
  std::uint16_t peer_mru_ = default_mru;
  std::uint32_t peer_magic_ = 0;
  wire::PppFraming framing_;
  unsigned loops_ = 0;
  bool was_asked_to_authenticate_ = false;
};

class IpcpOptions final : public PppNegotiator {
 public:
  explicit IpcpOptions(IpcpSettings settings) : settings_(std::move(settings)) {}

  void begin() override;
  std::vector<wire::PppOption> wishes() const override;
  Judgement judge(const wire::PppOption& option) override;
  void grant(const std::vector<wire::PppOption>& options) override;
  void take_nak(const wire::PppOption& option) override;
  void take_reject(std::uint8_t type) override;

  IpAddress local() const { return local_; }
  IpAddress remote() const { return remote_; }
  std::vector<IpAddress> name_servers() const;  // that the peer gave
  void digest(Digest& digest) const;

 private:
  IpcpSettings settings_;
  IpAddress local_ = IpcpSettings::none;
  IpAddress remote_ = IpcpSettings::none;
  bool has_address_ = false;
  std::optional<IpAddress> first_server_, second_server_;  // asked for
};

class Ipv6cpOptions final : public PppNegotiator {
 public:
  // 0: an identifier by chance.
  Ipv6cpOptions(std::uint64_t identifier, SipKey key) : wanted_(identifier), numbers_(key) {}

  void begin() override;
  std::vector<wire::PppOption> wishes() const override;
  Judgement judge(const wire::PppOption& option) override;
  void grant(const std::vector<wire::PppOption>& options) override;
  void take_nak(const wire::PppOption& option) override;
  void take_reject(std::uint8_t type) override;

  std::uint64_t local() const { return has_identifier_ ? local_ : 0; }
  std::uint64_t remote() const { return remote_; }
  void digest(Digest& digest) const;

 private:
  std::uint64_t draw();

  std::uint64_t wanted_;
  SecretNumbers numbers_;
  std::uint64_t local_ = 0;
  std::uint64_t remote_ = 0;
  bool has_identifier_ = false;
};

}  // namespace acksu
