// What commands say about a real wire, made into what it takes to open one.
#pragma once

#include <memory>
#include <string>

#include "host/settings.h"
#include "os/wire.h"

namespace acksu::tools {

// `text` as an address, or with its prefix. Throw UsageError.
IpAddress address_of(const std::string& text);
Prefix prefix_of(const std::string& text);

// The same address gives the same card each time, so that neighbours need not learn it anew.
MacAddress mac_for(IpAddress address);

// What a wire of that name carries. Throws UsageError for a name that is none.
LinkKind link_kind_of(const std::string& name);

// The wire of that name, such as tap:acksu0. Throws UsageError for a name that is none, and
// std::runtime_error with the way out when the system refuses.
// `has_offloads`: segments that the wire splits, where it can.
std::unique_ptr<os::Wire> open_wire(const std::string& name, std::uint32_t mtu,
                                    const std::shared_ptr<BufferPool>& pool,
                                    bool has_offloads = false);

// From the system. Throws std::runtime_error.
HostSecrets take_secrets();

}  // namespace acksu::tools
