// What routers of one link have told (RFC 4861 section 6.3, RFC 8106): who they are, which prefixes
// are on the link, who resolves names; and asking them.
//
// Everybody on a link can say that he is a router: each list is bounded, and what is known does not
// give way to what is new. What would hurt us at once is not taken: an MTU below the least one, a
// hop limit below our own (CVE-2015-2922).
//
// Left out on purpose: preferences and more specific routes (RFC 4191), redirects.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/digest.h"
#include "base/drop.h"
#include "base/time.h"
#include "host/ipv6_settings.h"
#include "host/secret_numbers.h"
#include "wire/ndp.h"

namespace acksu {

class Ipv6Routers {
 public:
  struct Entry {
    Prefix what;  // a router or a resolver with all its bits, or a prefix
    Instant until = never;
  };

  // `link_mtu` in bytes, `hop_limit` as the host's settings say.
  Ipv6Routers(const Ipv6LinkSettings& settings, std::uint32_t link_mtu, std::uint8_t hop_limit,
              SipKey key);

  // Drops: ndp_limit when something was refused; the rest of it was taken.
  Drop on_advertisement(const wire::RouterAdvertisement& said, IpAddress router, Instant now);
  // It says of itself that it is no router (any more).
  void forget_router(IpAddress router);
  // From now on routers may be asked: the link-local address is settled.
  void begin_asking(Instant now);
  bool has_begun() const { return has_begun_; }

  const std::vector<Entry>& routers() const { return routers_; }
  const std::vector<Entry>& prefixes() const { return prefixes_; }
  const std::vector<Entry>& resolvers() const { return resolvers_; }
  std::uint32_t mtu() const { return mtu_; }  // bytes
  std::uint8_t hop_limit() const { return hop_limit_; }
  std::optional<Duration> reachable() const { return reachable_; }
  // Whether addresses, or other things, are to be had by DHCPv6.
  bool is_managed() const { return is_managed_; }
  bool has_other() const { return has_other_; }

  Instant deadline() const;
  void on_time(Instant now);
  // Whether a solicitation is owed, once each.
  bool take_solicitation();
  // Whether routers or prefixes have changed since it was asked last.
  bool take_change();
  void digest(Digest& digest) const;

 private:
  // False: there is no room.
  bool keep(std::vector<Entry>& list, std::uint32_t most, const Entry& entry, Instant now);

  Ipv6LinkSettings settings_;
  std::uint32_t link_mtu_;
  std::uint32_t mtu_;
  std::uint8_t least_hop_limit_;
  std::uint8_t hop_limit_;
  SecretNumbers numbers_;
  std::vector<Entry> routers_;
  std::vector<Entry> prefixes_;
  std::vector<Entry> resolvers_;
  std::optional<Duration> reachable_;
  Instant next_solicitation_ = never;
  std::uint8_t solicitations_left_ = 0;
  bool has_begun_ = false;
  bool is_solicitation_owed_ = false;
  bool is_managed_ = false;
  bool has_other_ = false;
  bool is_changed_ = false;
};

}  // namespace acksu
