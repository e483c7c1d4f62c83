// Names between hosts of a simulated world: a resolver, a server of a zone, one that asks on, and
// pages that are fetched by name.
#include "api/name_service.h"

#include <gtest/gtest.h>

#include "api/fetch.h"
#include "api/http_server.h"
#include "api/online.h"
#include "host/applications.h"
#include "sim/topology.h"

namespace acksu::name_service_test {
namespace {

using wire::DnsName;
using wire::DnsType;

constexpr sim::HostId client = 0, forwarder = 1, authority = 2;
constexpr IpAddress forwarder_address = sim::simple_address(2);
constexpr IpAddress authority_address = sim::simple_address(3);

DnsName named(const char* text) { return *DnsName::parse(text); }

DnsZone home_zone() {
  DnsZone zone{.origin = named("home.test")};
  const auto add = [&](const char* owner, DnsType type, wire::DnsData data) {
    zone.records.push_back({named(owner), type, wire::dns_class_in, 60, std::move(data)});
  };
  add("www.home.test", DnsType::a, authority_address);
  add("alias.home.test", DnsType::cname, named("www.home.test"));
  add("two.home.test", DnsType::a, sim::simple_address(77));  // nobody is there
  add("two.home.test", DnsType::a, authority_address);
  for (int i = 0; i < 10; ++i) {
    add("large.home.test", DnsType::txt,
        wire::DnsText{{std::string(200, static_cast<char>('a' + i))}});
  }
  return zone;
}

NameServiceSettings asking(IpAddress server) {
  NameServiceSettings settings;
  settings.resolver.servers = {{server, 53}};
  settings.lookup.search = {named("home.test")};
  return settings;
}

struct Net {
  sim::World world = sim::hosts_around_switch(7, 3, sim::CableSettings::both({.delay = 5ms}));

  explicit Net(NameServiceSettings settings = asking(forwarder_address)) {
    DnsServiceSettings serves;
    serves.server.zones = {home_zone()};
    auto both = std::make_unique<Applications>();
    both->add(std::make_unique<DnsService>(serves));
    both->add(std::make_unique<http::Server>(http::ServerSettings{},
                                             http::pages({{"/", "hello by name"}})));
    world.install(authority, std::move(both));
    DnsServiceSettings forwards;
    forwards.server.forwards = true;
    forwards.server.clients = {{sim::simple_address(0), 24}};
    forwards.server.resolver.servers = {{authority_address, 53}};
    world.install(forwarder, std::make_unique<DnsService>(forwards));
    world.install(client, std::make_unique<NameService>(settings));
    world.step();
  }
  NameService& names() { return static_cast<NameService&>(*world.application(client)); }
  DnsServer const& server(sim::HostId id) {
    if (id == forwarder) return *static_cast<DnsService&>(*world.application(id)).server();
    auto& both = static_cast<Applications&>(*world.application(id));
    return *static_cast<DnsService&>(both[0]).server();
  }
  DnsAnswer ask(const char* name, DnsType type) {
    EXPECT_TRUE(names().ask({named(name), type}, world.host(client), world.now()));
    world.run_until(world.now() + 60s);
    const auto answer = names().next_answer();
    EXPECT_TRUE(answer);
    return answer.value_or(DnsAnswer{});
  }
};

TEST(NameService, AsksAServerThatAsksOn) {
  Net net;
  const DnsAnswer answer = net.ask("alias.home.test", DnsType::a);
  EXPECT_EQ(answer.verdict, DnsVerdict::found);
  ASSERT_EQ(answer.records.size(), 2u);
  EXPECT_EQ(to_string(answer.records[0].owner), "alias.home.test") << "spelled as it was asked";
  EXPECT_EQ(to_string(answer.records[1]), "www.home.test 60 IN A 10.0.0.3");
  EXPECT_EQ(net.server(forwarder).counters().forwarded, 1u);
  EXPECT_EQ(net.ask("nothing.home.test", DnsType::a).verdict, DnsVerdict::no_such_name);
  EXPECT_EQ(net.world.host(client).holdings().udp_sockets, 0u);
  EXPECT_EQ(net.world.host(forwarder).holdings().udp_sockets, 1u) << "its own, on port 53";
}

// RFC 7766 section 5.
TEST(NameService, AsksByStreamWhatDoesNotFitIntoADatagram) {
  Net net;
  const DnsAnswer answer = net.ask("large.home.test", DnsType::txt);
  EXPECT_EQ(answer.verdict, DnsVerdict::found);
  EXPECT_EQ(answer.records.size(), 10u);
  EXPECT_EQ(net.names().resolver().counters().streams, 1u);
  EXPECT_GE(net.server(authority).counters().truncated, 1u);
  net.world.run_until(net.world.now() + 5min);
  for (sim::HostId id = 0; id < 3; ++id) {
    EXPECT_EQ(net.world.host(id).holdings().connections, 0u) << id;
  }
}

TEST(NameService, SoonKnowsThatNobodyIsThere) {
  NameServiceSettings settings = asking(authority_address);
  settings.resolver.servers = {{authority_address, 5353}, {authority_address, 53}};
  Net net(settings);
  const Instant before = net.world.now();
  EXPECT_TRUE(net.names().ask({named("www.home.test"), DnsType::a}, net.world.host(client),
                              net.world.now()));
  net.world.run_until(before + 500ms);
  const auto answer = net.names().next_answer();
  ASSERT_TRUE(answer) << "an ICMP error moves it to the next server at once";
  EXPECT_EQ(answer->verdict, DnsVerdict::found);
}

TEST(NameService, GivesUpInTimeWhenServersAreSilent) {
  Net net;
  net.world.application(forwarder)->stop(net.world.host(forwarder), net.world.now());
  net.names().set_servers({{sim::simple_address(99), 53}}, net.world.host(client), net.world.now());
  EXPECT_EQ(net.ask("www.home.test", DnsType::a).verdict, DnsVerdict::timed_out);
  EXPECT_EQ(net.world.host(client).holdings().udp_sockets, 0u);
}

TEST(NameService, LooksUpByTheSearchList) {
  Net net;
  ASSERT_TRUE(net.names().look_up("www", net.world.host(client), net.world.now()));
  net.world.run_until(net.world.now() + 10s);
  const auto news = net.names().next_news();
  ASSERT_TRUE(news);
  EXPECT_TRUE(news->is_last);
  ASSERT_EQ(news->addresses.size(), 1u);
  EXPECT_EQ(news->addresses[0], authority_address);
}

TEST(NameService, AWorldWithItCanBeCopiedAndCompared) {
  Net net;
  ASSERT_TRUE(net.names().ask({named("large.home.test"), DnsType::txt}, net.world.host(client),
                              net.world.now()));
  net.world.run_until(net.world.now() + 33ms);  // in the middle of the stream
  sim::World copy = net.world;
  EXPECT_EQ(copy.digest(), net.world.digest());
  copy.run_until(copy.now() + 60s);
  net.world.run_until(net.world.now() + 60s);
  EXPECT_EQ(copy.digest(), net.world.digest());
  EXPECT_TRUE(static_cast<NameService&>(*copy.application(client)).next_answer());
}

// ---- Pages by name

struct PageNet : Net {
  std::string body;
  const Fetch& fetch(FetchSettings settings) {
    settings.names = asking(forwarder_address);
    settings.client.server.port = 80;
    world.install(client, std::make_unique<Fetch>(settings, [this](Bytes bytes) {
                    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                  }));
    world.run_until(world.now() + 60s);
    return static_cast<const Fetch&>(*world.application(client));
  }
};

TEST(Fetch, GetsAPageByNameAndByAddress) {
  for (const char* name : {"www.home.test", "10.0.0.3", "www"}) {
    PageNet net;
    const Fetch& fetch = net.fetch({.name = name});
    EXPECT_TRUE(fetch.is_done()) << name;
    EXPECT_TRUE(fetch.has_succeeded()) << name;
    EXPECT_EQ(net.body, "hello by name");
    EXPECT_EQ(fetch.address(), authority_address);
  }
}

// RFC 8305 section 5: the second address is tried a quarter of a second after the first.
TEST(Fetch, TriesTheNextAddressSoon) {
  PageNet net;
  const Fetch& fetch = net.fetch({.name = "two.home.test"});
  EXPECT_TRUE(fetch.has_succeeded());
  EXPECT_EQ(fetch.address(), authority_address);
  net.world.run_until(net.world.now() + 5min);
  EXPECT_EQ(net.world.host(client).holdings().connections, 0u) << "the loser was ended";
}

TEST(Fetch, TellsWhyThereIsNoPage) {
  PageNet net;
  const Fetch& nobody = net.fetch({.name = "missing.home.test"});
  EXPECT_TRUE(nobody.is_done());
  EXPECT_EQ(nobody.verdict(), DnsVerdict::no_such_name);
  EXPECT_FALSE(nobody.has_succeeded());
  PageNet refusing;
  const Fetch& refused = refusing.fetch({.name = "10.0.0.2"});
  EXPECT_EQ(refused.error(), Error::connection_refused);
}

// Everything at once: an address by DHCP, the name server from the lease, a page by name.
TEST(Online, FetchesByNameWithALease) {
  sim::World world = sim::hosts_around_switch(5, 2);
  auto both = std::make_unique<Applications>();
  DnsServiceSettings dns;
  dns.server.zones = {home_zone()};
  dns.server.zones[0].records[0].data = sim::simple_address(1);
  both->add(std::make_unique<DnsService>(dns));
  both->add(std::make_unique<http::Server>(http::ServerSettings{}, http::pages({{"/", "leased"}})));
  DhcpServerServiceSettings dhcp;
  dhcp.server.address = {sim::simple_address(1), 24};
  dhcp.server.first = dhcp.server.last = sim::simple_address(50);
  dhcp.server.name_servers = {sim::simple_address(1)};
  dhcp.server.domain = "home.test";
  both->add(std::make_unique<DhcpServerService>(dhcp));
  world.install(0, std::move(both));
  ASSERT_EQ(world.host(1).remove_address(0, sim::simple_address(2), {}), Error::none);

  const Online::Make make = [](const NetworkInformation& lease) {
    FetchSettings settings{.name = "www"};
    settings.client.server.port = 80;
    settings.names.resolver.servers = {{lease.name_servers.at(0), 53}};
    settings.names.lookup.search = {named(lease.domain.c_str())};
    return std::make_unique<Fetch>(settings, nullptr);
  };
  world.install(1, std::make_unique<Online>(OnlineSettings{.dhcp = DhcpServiceSettings{}}, make));
  world.run_until(Instant{} + 60s);
  const auto& online = static_cast<const Online&>(*world.application(1));
  ASSERT_NE(online.program(), nullptr);
  EXPECT_TRUE(static_cast<const Fetch&>(*online.program()).has_succeeded());
  EXPECT_TRUE(online.is_done());
  EXPECT_TRUE(world.host(1).routes().addresses().empty()) << "the lease was given back";
}

// Done as soon as it starts; remembers when that was.
class Begin : public Application {
 public:
  void start(Host&, Instant now) override { at_ = now; }
  void on_event(Host&, const SocketEvent&, Instant) override {}
  Instant deadline() const override { return never; }
  void on_time(Host&, Instant) override {}
  void stop(Host&, Instant) override {}
  bool is_done() const override { return at_ != never; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Begin>(*this); }
  Instant at() const { return at_; }

 private:
  Instant at_ = never;
};

Duration online_after(Duration grace) {
  sim::World world = sim::hosts_around_switch(5, 2);
  DhcpServerServiceSettings dhcp;
  dhcp.server.address = {sim::simple_address(1), 24};
  dhcp.server.first = dhcp.server.last = sim::simple_address(50);
  world.install(0, std::make_unique<DhcpServerService>(dhcp));
  EXPECT_EQ(world.host(1).remove_address(0, sim::simple_address(2), {}), Error::none);
  world.install(1, std::make_unique<Online>(
                       OnlineSettings{.dhcp = DhcpServiceSettings{},
                                      .ipv6 = AutoconfigurationSettings{},
                                      .grace = grace},
                       [](const NetworkInformation&) { return std::make_unique<Begin>(); }));
  world.run_until(Instant{} + 60s);
  const auto& online = static_cast<const Online&>(*world.application(1));
  EXPECT_TRUE(online.is_done());
  if (online.program() == nullptr) return forever;
  return static_cast<const Begin&>(*online.program()).at() - Instant{};
}

TEST(Online, WaitsForTheOtherFamilyAsLongAsItIsTold) {
  const Duration at_once = online_after({});
  EXPECT_LT(at_once, 2500ms) << "a lease and its probes";
  EXPECT_EQ(online_after(3s), at_once + 3s) << "no router answers";
}

TEST(Online, GivesUpWithoutAServer) {
  sim::World world = sim::hosts_around_switch(5, 2);
  ASSERT_EQ(world.host(1).remove_address(0, sim::simple_address(2), {}), Error::none);
  world.install(1, std::make_unique<Online>(
                       OnlineSettings{.dhcp = DhcpServiceSettings{}},
                       [](const NetworkInformation&) { return std::unique_ptr<Application>{}; }));
  world.run_until(Instant{} + 40s);
  EXPECT_TRUE(world.application(1)->is_done());
  EXPECT_EQ(static_cast<const Online&>(*world.application(1)).program(), nullptr);
}

}  // namespace
}  // namespace acksu::name_service_test
