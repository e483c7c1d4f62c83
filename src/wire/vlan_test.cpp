// Tags of virtual LANs: all of them.
#include "wire/vlan.h"

#include <gtest/gtest.h>

#include "wire/ethernet.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using Octets = std::vector<std::uint8_t>;

TEST(Vlan, ExactBytes) {
  Octets room(4);
  EXPECT_EQ(write(VlanTag{5, true, 100, EtherType::ipv4}, room), 4u);
  EXPECT_EQ(room, test::hex("b064 0800"));
}

TEST(Vlan, EveryTagIsReadAsWritten) {
  for (unsigned control = 0; control < 0x1'0000; ++control) {
    Octets bytes{static_cast<std::uint8_t>(control >> 8), static_cast<std::uint8_t>(control), 0x86,
                 0xdd};
    VlanTag tag;
    const Drop drop = read(bytes, tag);
    ASSERT_EQ(drop, (control & 0xfff) == 0xfff ? Drop::vlan_bad_id : Drop::none);
    if (drop != Drop::none) continue;
    ASSERT_EQ(tag.type, EtherType::ipv6);
    Octets room(4);
    write(tag, room);
    ASSERT_EQ(room, bytes);
  }
}

// SECURITY F6: frames that end inside the tag, and lengths where a type should be.
TEST(Vlan, SecurityF6Truncated) {
  for (std::size_t size = 0; size < 4; ++size) {
    VlanTag tag;
    EXPECT_EQ(read(Octets(size), tag), Drop::ethernet_truncated);
  }
  VlanTag tag;
  EXPECT_EQ(read(test::hex("0064 05ff"), tag), Drop::ethernet_unknown_type);
  EXPECT_EQ(read(test::hex("0064 0600"), tag), Drop::none);
}

}  // namespace
}  // namespace acksu::wire
