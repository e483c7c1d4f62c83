// IPv4, IPv6 and both by one socket; what packets carry that a program may choose; Fast Open.
#include <gtest/gtest.h>

#include "api/posix_scene_test.h"

namespace acksu::posix {
namespace {

const Outcome good = Outcome::of(0);

// What the headers of frames say, as they leave.
struct Headers : sim::FrameWatcher {
  struct Seen {
    std::uint8_t traffic_class, ttl;
    bool has_syn;
    std::uint16_t length;
  };
  std::vector<Seen> from_client, from_server;

  void on_frame(Instant, sim::Port port, Way way, const Frame& frame) override {
    if (way != Way::out) return;
    std::vector<std::uint8_t> bytes;
    for (std::uint32_t i = 0; i < frame.bytes.count(); ++i) {
      const Bytes part = frame.bytes[i].bytes();
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    constexpr std::size_t ip = 14, tcp = 34;
    if (bytes.size() < tcp + 20 || bytes[12] != 8 || bytes[13] != 0) return;
    (port.host == 0 ? from_client : from_server)
        .push_back(
            {bytes[ip + 1], bytes[ip + 8], (bytes[tcp + 13] & 2) != 0, load_be16(&bytes[ip + 2])});
  }
};

TEST(PosixVersions, ASocketOfV6TakesBothUnlessToldNotTo) {
  Scene scene;
  const int v6 = Scene::made(scene.server.socket(AF_INET6, SOCK_STREAM, 0));
  const WrittenName any = write_name(AF_INET6, {IpAddress{}, 80});
  EXPECT_EQ(scene.bind(scene.server, v6, any), good);
  EXPECT_EQ(scene.server.listen(v6, 1, scene.now()), good);
  const int end = Scene::made(scene.client.socket(AF_INET6, SOCK_STREAM, 0));
  const WrittenName mapped = write_name(AF_INET6, {Scene::server_v4, 80});
  EXPECT_TRUE(scene.wait([&] { return scene.connect(scene.client, end, mapped); }));
  scene.pass(1s);
  const int accepted = Scene::made(scene.server.accept(v6, 0, scene.now()));
  EXPECT_EQ(scene.peer_name(scene.server, accepted).address, Scene::client_v4);
  WrittenName name;
  EXPECT_EQ(scene.server.getpeername(accepted, name), good);
  EXPECT_EQ(name.name.ss_family, AF_INET6);
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_IPV6, IPV6_V6ONLY}, 1).error, EINVAL);
}

TEST(PosixVersions, V6OnlyLeavesThePortToV4) {
  Scene scene;
  const int v6 = Scene::made(scene.server.socket(AF_INET6, SOCK_STREAM, 0));
  EXPECT_EQ(scene.set(scene.server, v6, {IPPROTO_IPV6, IPV6_V6ONLY}, 1), good);
  EXPECT_EQ(scene.bind(scene.server, v6, write_name(AF_INET6, {IpAddress{}, 80})), good);
  EXPECT_EQ(scene.server.listen(v6, 1, scene.now()), good);
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  const WrittenName name = Scene::name_v4(Scene::server_v4);
  EXPECT_EQ(scene.wait([&] { return scene.connect(scene.client, end, name); }).error, ECONNREFUSED);
  const int v4 = scene.listening();
  EXPECT_TRUE(scene.wait([&] { return scene.connect(scene.client, end, name); }));
  scene.pass(1s);
  EXPECT_NE(scene.server.readiness(v4, scene.now()) & POLLIN, 0);
  EXPECT_EQ(scene.server.readiness(v6, scene.now()), 0);
}

// RFC 9293 MUST-48, MUST-49, SHLD-21, SHLD-22, RFC 1122 3.2.1.6 (a): the DiffServ field and the TTL
// are the program's to choose, and to change while it speaks.
TEST(PosixVersions, PacketsCarryTheChosenTtlAndClass) {
  Scene scene;
  Headers headers;
  scene.world.watch(&headers);
  scene.listening();
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_IP, IP_TTL}, 3), good);
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_IP, IP_TOS}, 0xba), good);
  EXPECT_EQ(scene.option(scene.client, end, {IPPROTO_IP, IP_TOS}), 0xb8);
  EXPECT_TRUE(scene.wait(
      [&] { return scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)); }));
  EXPECT_EQ(scene.write(scene.client, end, "text").value, 4);
  scene.pass(1s);
  ASSERT_GE(headers.from_client.size(), 3u);
  for (const Headers::Seen& seen : headers.from_client) {
    EXPECT_EQ(seen.ttl, 3);
    EXPECT_EQ(seen.traffic_class & 0xfc, 0xb8);
  }
  headers.from_client.clear();
  EXPECT_EQ(scene.set(scene.client, end, {IPPROTO_IP, IP_TOS}, 0x28), good);
  EXPECT_EQ(scene.write(scene.client, end, "text").value, 4);
  scene.pass(1s);
  ASSERT_FALSE(headers.from_client.empty());
  EXPECT_EQ(headers.from_client.front().traffic_class & 0xfc, 0x28);
  EXPECT_EQ(scene.world.host(scene.server_host).counters().drops[Drop::ip_bad_checksum], 0u);
}

// What a listener has chosen begins with the SYN+ACK, also where nothing is remembered of the SYN.
TEST(PosixVersions, SynAcksCarryTheListenersTtlAndClass) {
  for (const bool sends_cookies : {false, true}) {
    HostSettings pressed = Scene::settings(2);
    if (sends_cookies) pressed.tcp.max_half_open = 0;
    Scene scene{Scene::settings(1), pressed};
    Headers headers;
    scene.world.watch(&headers);
    const int listener = scene.listening();
    EXPECT_EQ(scene.set(scene.server, listener, {IPPROTO_IP, IP_TTL}, 7), good);
    EXPECT_EQ(scene.set(scene.server, listener, {IPPROTO_IP, IP_TOS}, 0x28), good);
    const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_TRUE(scene.wait(
        [&] { return scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)); }));
    ASSERT_FALSE(headers.from_server.empty());
    EXPECT_TRUE(headers.from_server.front().has_syn);
    EXPECT_EQ(headers.from_server.front().ttl, 7);
    EXPECT_EQ(headers.from_server.front().traffic_class & 0xfc, 0x28);
    EXPECT_EQ(scene.world.host(scene.client_host).counters().drops[Drop::ip_bad_checksum], 0u);
  }
}

TEST(PosixVersions, SegmentsAreNoLargerThanAsked) {
  Scene scene;
  const int listener = Scene::made(scene.server.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(scene.set(scene.server, listener, {IPPROTO_TCP, TCP_MAXSEG}, 40'000).error, EINVAL);
  EXPECT_EQ(scene.set(scene.server, listener, {IPPROTO_TCP, TCP_MAXSEG}, 500), good);
  EXPECT_EQ(scene.bind(scene.server, listener, Scene::name_v4({})), good);
  EXPECT_EQ(scene.server.listen(listener, 1, scene.now()), good);
  const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_TRUE(scene.wait(
      [&] { return scene.connect(scene.client, end, Scene::name_v4(Scene::server_v4)); }));
  EXPECT_EQ(scene.option(scene.client, end, {IPPROTO_TCP, TCP_MAXSEG}), 488);  // time stamps
  scene.pass(1s);
  const int accepted = Scene::made(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.option(scene.server, accepted, {IPPROTO_TCP, TCP_MAXSEG}), 488);
}

TEST(PosixVersions, FastOpenSendsTextWithTheSynOnceACookieIsKnown) {
  Scene scene;
  Headers headers;
  const int listener = scene.listening();
  EXPECT_EQ(scene.set(scene.server, listener, {IPPROTO_TCP, TCP_FASTOPEN}, 5), good);
  WrittenName name = Scene::name_v4(Scene::server_v4);
  std::string text = "request";
  iovec parts[] = {{text.data(), 3}, {nullptr, 0}, {text.data() + 3, 4}};  // all go with it
  msghdr message{};
  message.msg_name = &name.name;
  message.msg_namelen = name.bytes;
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  const auto send = [&](int type) {
    const int end = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM | type, 0));
    Transfer transfer = Transfer::of(end, message, MSG_FASTOPEN);
    return scene.wait([&] { return scene.client.send(transfer, scene.now()); });
  };
  EXPECT_EQ(send(SOCK_NONBLOCK).error, EINPROGRESS);  // asks for a cookie, and takes no text
  scene.pass(1s);
  EXPECT_TRUE(scene.server.accept(listener, 0, scene.now()));
  scene.world.watch(&headers);
  EXPECT_EQ(send(SOCK_NONBLOCK).value, 7);
  scene.pass(6ms);
  ASSERT_FALSE(headers.from_client.empty());
  EXPECT_TRUE(headers.from_client.front().has_syn);
  EXPECT_GT(headers.from_client.front().length, 60);
  const int accepted = Scene::made(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.read(scene.server, accepted), "request");
  EXPECT_EQ(send(0).value, 7);  // and who waits comes back with all of it
}

TEST(PosixVersions, TellHowMuchMoreThereIsToRead) {
  Scene scene;
  const auto [listener, at_client, at_server] = scene.established();
  EXPECT_EQ(scene.set(scene.server, at_server, {IPPROTO_TCP, TCP_INQ}, 1), good);
  EXPECT_EQ(scene.write(scene.client, at_client, "123456").value, 6);
  EXPECT_EQ(scene.client.shutdown(at_client, SHUT_WR, scene.now()), good);
  scene.pass(1s);
  for (const int left : {4, 2, 1, 1}) {
    std::array<std::uint8_t, 64> control{};
    std::array<char, 2> text{};
    iovec part{text.data(), text.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    Transfer transfer = Transfer::of(at_server, message, 0);
    EXPECT_TRUE(scene.server.receive(transfer, scene.now()));
    const cmsghdr* const told = CMSG_FIRSTHDR(&transfer.message);
    ASSERT_NE(told, nullptr);
    int value = 0;
    std::memcpy(&value, CMSG_DATA(told), sizeof value);
    EXPECT_EQ(value, left);
  }
}

}  // namespace
}  // namespace acksu::posix
