// Connected networks, the gateway, and addresses that nobody may use.
#include "host/routes.h"

#include <gtest/gtest.h>

namespace acksu {
namespace {

HostSettings two_links() {
  HostSettings settings;
  settings.links.resize(2);
  settings.links[0].addresses = {{IpAddress::v4(10, 0, 0, 1), 8}};
  settings.links[1].addresses = {{IpAddress::v4(10, 1, 0, 1), 16},
                                 {IpAddress::v4(192, 168, 0, 1), 31}};
  settings.gateway = IpAddress::v4(10, 1, 0, 254);
  return settings;
}

TEST(Routes, TheLongestPrefixThenTheGateway) {  // RFC 1122 3.2.1.3 (1), 3.2.2.9, 3.3.1.1, 3.3.1.2
                                                // (a), 3.3.1.6.
  const Routes routes(two_links());
  EXPECT_EQ(routes.find(IpAddress::v4(10, 9, 9, 9))->link, 0);
  const auto near = routes.find(IpAddress::v4(10, 1, 9, 9));
  EXPECT_EQ(near->link, 1);
  EXPECT_EQ(near->next_hop, IpAddress::v4(10, 1, 9, 9));
  EXPECT_EQ(near->source, IpAddress::v4(10, 1, 0, 1));
  const auto far = routes.find(IpAddress::v4(8, 8, 8, 8));
  EXPECT_EQ(far->link, 1);
  EXPECT_EQ(far->next_hop, IpAddress::v4(10, 1, 0, 254));
  HostSettings without = two_links();
  without.gateway.reset();
  EXPECT_FALSE(Routes(without).find(IpAddress::v4(8, 8, 8, 8)));
}

TEST(Routes, AnAddressIsOursOnItsOwnLink) {
  const Routes routes(two_links());
  EXPECT_TRUE(routes.is_ours_on(1, IpAddress::v4(10, 1, 0, 1)));
  EXPECT_FALSE(routes.is_ours_on(0, IpAddress::v4(10, 1, 0, 1)));
  EXPECT_FALSE(routes.is_ours(IpAddress::v4(10, 1, 0, 2)));
}

TEST(Routes, KnowsBroadcasts) {  // RFC 1122 3.3.6 (a)
  const Routes routes(two_links());
  EXPECT_TRUE(routes.is_broadcast(IpAddress::v4(255, 255, 255, 255)));
  EXPECT_TRUE(routes.is_broadcast(IpAddress::v4(10, 255, 255, 255)));
  EXPECT_TRUE(routes.is_broadcast(IpAddress::v4(10, 1, 255, 255)));
  EXPECT_FALSE(routes.is_broadcast(IpAddress::v4(10, 2, 255, 255)));
  EXPECT_FALSE(routes.is_broadcast(IpAddress::v4(192, 168, 0, 1))) << "RFC 3021";
}

// RFC 6890 and RFC 1122 3.2.1.3.
TEST(Routes, KnowsWhoCannotSend) {
  const Routes routes(two_links());
  for (const auto address :
       {IpAddress{}, IpAddress::v4(0, 0, 0, 0), IpAddress::v4(0, 1, 2, 3),
        IpAddress::v4(127, 0, 0, 1), IpAddress::v4(224, 0, 0, 1), IpAddress::v4(239, 1, 1, 1),
        IpAddress::v4(240, 0, 0, 1), IpAddress::v4(255, 255, 255, 255), IpAddress::v4(10, 0, 0, 1),
        IpAddress::v4(10, 1, 255, 255), IpAddress{0, 1}, IpAddress{0xff02'0000'0000'0000, 1}}) {
    EXPECT_TRUE(routes.is_bad_source(address)) << to_string(address);
  }
  for (const auto address :
       {IpAddress::v4(1, 1, 1, 1), IpAddress::v4(10, 0, 0, 2), IpAddress::v4(223, 255, 255, 254),
        IpAddress{0x2001'0db8'0000'0000, 1}}) {
    EXPECT_FALSE(routes.is_bad_source(address)) << to_string(address);
  }
}

}  // namespace
}  // namespace acksu
