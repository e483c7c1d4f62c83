// MAC addresses inside headers.
#pragma once

#include "base/address.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace acksu::wire {

template <std::uint32_t offset, std::uint32_t count>
constexpr MacAddress mac_at(const Fixed<count>& header) {
  return {{header.template u8<offset>(), header.template u8<offset + 1>(),
           header.template u8<offset + 2>(), header.template u8<offset + 3>(),
           header.template u8<offset + 4>(), header.template u8<offset + 5>()}};
}

template <std::uint32_t offset, std::uint32_t count>
constexpr void put_mac_at(const FixedRoom<count>& header, const MacAddress& mac) {
  header.template octets<offset>(mac.octets);
}

}  // namespace acksu::wire
