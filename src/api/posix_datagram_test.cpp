// Datagrams through the POSIX-shaped layer, and what ICMP says about them.
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include "api/posix_scene_test.h"

namespace acksu::posix {
namespace {

const Outcome well = Outcome::of(0);

struct Datagrams : Scene {
  int at_server = made(server.socket(AF_INET, SOCK_DGRAM, 0));
  int at_client = made(client.socket(AF_INET, SOCK_DGRAM, 0));

  Datagrams() { EXPECT_EQ(bind(server, at_server, name_v4({}, 53)), well); }

  Outcome send_to(const WrittenName& to, std::string_view text) {
    WrittenName name = to;
    iovec part{const_cast<char*>(text.data()), text.size()};
    msghdr message{};
    message.msg_name = &name.name;
    message.msg_namelen = name.bytes;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Transfer transfer = Transfer::of(at_client, message, 0);
    return client.send(transfer, now());
  }
};

TEST(PosixDatagram, CarryTextWithNames) {
  Datagrams scene;
  EXPECT_EQ(scene.write(scene.client, scene.at_client, "?").error, EDESTADDRREQ);
  EXPECT_EQ(scene.send_to(Scene::name_v4(Scene::server_v4, 53), "question").value, 8);
  EXPECT_EQ(scene.send_to(Scene::name_v4(Scene::server_v4, 53), "").value, 0);
  EXPECT_EQ(scene.send_to(Scene::name_v4(Scene::server_v4, 0), "x").error, EINVAL);
  EXPECT_EQ(scene.server.readiness(scene.at_server, scene.now()),
            POLLOUT | POLLWRNORM | POLLWRBAND);
  scene.pass(1s);
  EXPECT_EQ(scene.server.readiness(scene.at_server, scene.now()),
            POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLWRBAND);
  int count = 0;
  EXPECT_EQ(scene.server.ioctl(scene.at_server, FIONREAD, &count, scene.now()), well);
  EXPECT_EQ(count, 8);
  std::string text(4, '?');
  WrittenName from;
  iovec part{text.data(), text.size()};
  msghdr message{};
  message.msg_name = &from.name;
  message.msg_namelen = sizeof from.name;
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  Transfer peek = Transfer::of(scene.at_server, message, MSG_PEEK | MSG_TRUNC);
  EXPECT_EQ(scene.server.receive(peek, scene.now()).value, 8);
  Transfer take = Transfer::of(scene.at_server, message, 0);
  EXPECT_EQ(scene.server.receive(take, scene.now()).value, 4);
  EXPECT_EQ(text, "ques");
  EXPECT_EQ(take.message.msg_flags, MSG_TRUNC);
  EXPECT_EQ(take.message.msg_namelen, sizeof(sockaddr_in));
  const Endpoint peer = read_name(AF_INET, Scene::pointer(from), sizeof(sockaddr_in)).endpoint;
  EXPECT_EQ(peer.address, Scene::client_v4);
  EXPECT_EQ(peer,
            (Endpoint{Scene::client_v4, scene.local_name(scene.client, scene.at_client).port}));
  EXPECT_EQ(scene.read(scene.server, scene.at_server), "(end)");  // the empty one
  EXPECT_FALSE(scene.server.receive(take, scene.now()).is_over());
}

TEST(PosixDatagram, AConnectedOneHearsThatNobodyListens) {
  Datagrams scene;
  EXPECT_EQ(scene.connect(scene.client, scene.at_client, Scene::name_v4(Scene::server_v4, 99)),
            well);
  EXPECT_EQ(scene.peer_name(scene.client, scene.at_client), (Endpoint{Scene::server_v4, 99}));
  EXPECT_EQ(scene.local_name(scene.client, scene.at_client).address, Scene::client_v4);
  EXPECT_EQ(scene.write(scene.client, scene.at_client, "hello?").value, 6);
  scene.pass(1s);
  EXPECT_NE(scene.client.readiness(scene.at_client, scene.now()) & POLLERR, 0);
  EXPECT_EQ(scene.read(scene.client, scene.at_client), "errno 111");
  EXPECT_EQ(scene.write(scene.client, scene.at_client, "again").value, 5);
  scene.pass(1s);
  EXPECT_EQ(scene.option(scene.client, scene.at_client, {SOL_SOCKET, SO_ERROR}), ECONNREFUSED);
}

TEST(PosixDatagram, AnUnconnectedOneHearsOnlyWhatItAskedFor) {
  Datagrams scene;
  const WrittenName nobody = Scene::name_v4(Scene::server_v4, 99);
  EXPECT_EQ(scene.send_to(nobody, "one").value, 3);
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.client, scene.at_client, 10, MSG_DONTWAIT), "errno 11");
  EXPECT_EQ(scene.set(scene.client, scene.at_client, {IPPROTO_IP, IP_RECVERR}, 1), well);
  EXPECT_EQ(scene.send_to(nobody, "two").value, 3);
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.client, scene.at_client, 10, MSG_DONTWAIT), "errno 111");
  EXPECT_EQ(scene.read(scene.client, scene.at_client, 10, MSG_ERRQUEUE), "(end)");
  EXPECT_EQ(scene.read(scene.client, scene.at_client, 10, MSG_ERRQUEUE), "errno 11");
}

TEST(PosixDatagram, TellsWhereItCameInAndHowFar) {
  Datagrams scene;
  EXPECT_EQ(scene.set(scene.server, scene.at_server, {IPPROTO_IP, IP_PKTINFO}, 1), well);
  EXPECT_EQ(scene.set(scene.server, scene.at_server, {IPPROTO_IP, IP_RECVTTL}, 1), well);
  EXPECT_EQ(scene.set(scene.client, scene.at_client, {IPPROTO_IP, IP_TTL}, 7), well);
  EXPECT_EQ(scene.send_to(Scene::name_v4(Scene::server_v4, 53), "x").value, 1);
  scene.pass(1s);
  std::array<std::uint8_t, 64> control{};
  char text = 0;
  iovec part{&text, 1};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  Transfer transfer = Transfer::of(scene.at_server, message, 0);
  EXPECT_EQ(scene.server.receive(transfer, scene.now()).value, 1);
  const cmsghdr* each = CMSG_FIRSTHDR(&transfer.message);
  ASSERT_NE(each, nullptr);
  EXPECT_EQ(each->cmsg_type, IP_PKTINFO);
  in_pktinfo info;
  std::memcpy(&info, CMSG_DATA(each), sizeof info);
  EXPECT_EQ(ntohl(info.ipi_addr.s_addr), Scene::server_v4.as_v4());
  each = CMSG_NXTHDR(&transfer.message, const_cast<cmsghdr*>(each));
  ASSERT_NE(each, nullptr);
  EXPECT_EQ(each->cmsg_type, IP_TTL);
  int ttl = 0;
  std::memcpy(&ttl, CMSG_DATA(each), sizeof ttl);
  EXPECT_EQ(ttl, 7);
}

// Lengths of control messages are claims.
TEST(PosixDatagram, ReadsNothingBehindControlMessages) {
  Datagrams scene;
  const WrittenName to = Scene::name_v4(Scene::server_v4, 53);
  char text = 'x';
  iovec part{&text, 1};
  const auto send = [&](std::size_t room, std::size_t said, int level) {
    std::vector<std::uint8_t> control(room);  // as large as that: a sanitizer sees who goes on
    cmsghdr header{};
    header.cmsg_len = said;
    header.cmsg_level = level;
    header.cmsg_type = IP_PKTINFO;
    std::memcpy(control.data(), &header, std::min(room, sizeof header));
    msghdr message{};
    message.msg_name = const_cast<sockaddr_storage*>(&to.name);
    message.msg_namelen = to.bytes;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = room;
    Transfer transfer = Transfer::of(scene.at_client, message, 0);
    return scene.client.send(transfer, scene.now());
  };
  const std::size_t whole = CMSG_LEN(sizeof(in_pktinfo));
  EXPECT_EQ(send(whole, whole, IPPROTO_IP).value, 1);
  EXPECT_EQ(send(whole - 1, whole, IPPROTO_IP).error, EINVAL);
  EXPECT_EQ(send(sizeof(cmsghdr), whole, IPPROTO_IP).error, EINVAL);
  EXPECT_EQ(send(sizeof(cmsghdr), sizeof(cmsghdr), IPPROTO_IP).error, EINVAL);
  EXPECT_EQ(send(sizeof(cmsghdr), 0, IPPROTO_IP).error, EINVAL) << "and no walk without end";
  EXPECT_EQ(send(whole, ~std::size_t{0}, SOL_SOCKET).error, EINVAL);
  EXPECT_EQ(send(sizeof(cmsghdr) + 1, sizeof(cmsghdr) + 1, SOL_SOCKET).value, 1);
  EXPECT_EQ(send(3, 0, IPPROTO_IP).value, 1) << "too short to be one";
}

TEST(PosixDatagram, SharesAPortWithTheOtherVersionOnly) {
  Datagrams scene;
  const int v6 = Scene::made(scene.server.socket(AF_INET6, SOCK_DGRAM, 0));
  const WrittenName any = write_name(AF_INET6, {IpAddress{}, 53});
  EXPECT_EQ(scene.bind(scene.server, v6, any).error, EADDRINUSE);
  EXPECT_EQ(scene.set(scene.server, v6, {IPPROTO_IPV6, IPV6_V6ONLY}, 1), well);
  EXPECT_EQ(scene.bind(scene.server, v6, any), well);
  EXPECT_EQ(scene.send_to(Scene::name_v4(Scene::server_v4, 53), "four").value, 4);
  scene.pass(1s);
  EXPECT_EQ(scene.read(scene.server, scene.at_server), "four");
}

}  // namespace
}  // namespace acksu::posix
