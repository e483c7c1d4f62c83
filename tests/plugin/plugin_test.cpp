// The plug-in for packetdrill, loaded and driven as packetdrill does it: by its table of calls,
// from two threads, in its own time.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/seq.h"
#include "host/packets_test.h"
#include "packetdrill/interface.h"

namespace acksu::test {
namespace {

using packetdrill::Interface;

constexpr std::uint32_t peer_isn = 1000;
constexpr std::size_t pointer = sizeof(void*);

// Rows stand where packetdrill looks for them: one pointer each.
static_assert(sizeof(Interface) == 33 * pointer);
static_assert(offsetof(Interface, socket) == 2 * pointer);
static_assert(offsetof(Interface, read) == 7 * pointer);
static_assert(offsetof(Interface, write) == 12 * pointer);
static_assert(offsetof(Interface, fcntl) == 17 * pointer);
static_assert(offsetof(Interface, getsockopt) == 21 * pointer);
static_assert(offsetof(Interface, netdev_send) == 24 * pointer);
static_assert(offsetof(Interface, gettimeofday) == 27 * pointer);
static_assert(offsetof(Interface, epoll_create) == 28 * pointer);
static_assert(offsetof(Interface, splice) == 32 * pointer);

std::string thread_state(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string word;
  for (int i = 0; i < 3; ++i) file >> word;
  return word;
}

class PluginTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const path = std::getenv("ACKSU_PACKETDRILL_PLUGIN");
    if (path == nullptr) GTEST_SKIP() << "no plug-in was built";
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE | RTLD_DEEPBIND);
    ASSERT_NE(handle, nullptr) << dlerror();
    const auto init = reinterpret_cast<void (*)(const char*, Interface*)>(
        dlsym(handle, "packetdrill_interface_init"));
    ASSERT_NE(init, nullptr);
    init("local=192.168.0.1/16,mtu=1500,sysctls=no", &table);
  }
  void TearDown() override {
    if (table.free != nullptr) table.free(table.owner);
    if (handle != nullptr) dlclose(handle);
  }

  static sockaddr_in name_of(std::uint32_t address, std::uint16_t port) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(port);
    name.sin_addr.s_addr = htonl(address);
    return name;
  }
  int listen() {
    const int listener = table.socket(table.owner, AF_INET, SOCK_STREAM, 0);
    const sockaddr_in name = name_of(0xc0a80001, 8080);
    EXPECT_EQ(
        table.bind(table.owner, listener, reinterpret_cast<const sockaddr*>(&name), sizeof name),
        0);
    EXPECT_EQ(table.listen(table.owner, listener, 1), 0);
    return listener;
  }
  void send(Said said) {
    said.protocol = wire::IpProtocol::tcp;
    said.from = at("192.0.2.1:40000");
    said.to = at("192.168.0.1:8080");
    const Octets packet = packets.bytes_of(said);
    EXPECT_EQ(table.netdev_send(table.owner, packet.data(), packet.size()), 0);
  }
  // The next segment that the stack sends.
  Segment receive() {
    Octets packet(65536);
    std::size_t size = packet.size();
    EXPECT_EQ(table.netdev_receive(table.owner, packet.data(), &size, &left_at), 0);
    packet.resize(size);
    Segment segment;
    if (size < 40) return segment;
    std::uint32_t header = 0;
    EXPECT_EQ(wire::read_tcp_header(Bytes{packet}.subspan(20), segment, header), Drop::none);
    text.assign(packet.begin() + 20 + header, packet.end());
    return segment;
  }
  std::int64_t now() {
    timeval time{};
    table.gettimeofday(table.owner, &time, nullptr);
    return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec;
  }
  // Returns the accepted descriptor.
  int shake_hands(int listener) {
    send({.flags = Flags::syn, .seq = peer_isn});
    const Segment answer = receive();
    EXPECT_TRUE(answer.has(Flags::syn) && answer.has(Flags::ack));
    isn = answer.seq;
    send({.flags = Flags::ack, .seq = peer_isn + 1, .ack = isn.value() + 1});
    sockaddr_in peer{};
    socklen_t bytes = sizeof peer;
    const int accepted =
        table.accept(table.owner, listener, reinterpret_cast<sockaddr*>(&peer), &bytes);
    EXPECT_EQ(ntohs(peer.sin_port), 40000);
    EXPECT_EQ(ntohl(peer.sin_addr.s_addr), 0xc0000201u);
    return accepted;
  }

  void* handle = nullptr;
  Interface table{};
  Packets packets;
  Seq isn;
  Octets text;
  long long left_at = 0;
};

TEST_F(PluginTest, LeavesNoRowEmpty) {
  std::array<void*, sizeof(Interface) / pointer> rows{};
  std::memcpy(rows.data(), &table, sizeof table);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_NE(rows[i], nullptr) << "row " << i;
}

TEST_F(PluginTest, CarriesTextBothWays) {
  const int connection = shake_hands(listen());
  ASSERT_GE(connection, 0);
  EXPECT_EQ(table.write(table.owner, connection, "hello", 5), 5);
  const Segment said = receive();
  EXPECT_EQ(said.seq, isn + 1);
  EXPECT_EQ(text, (Octets{'h', 'e', 'l', 'l', 'o'}));
  send({.text = {1, 2, 3},
        .flags = Flags::ack | Flags::psh,
        .seq = peer_isn + 1,
        .ack = isn.value() + 6});
  std::array<char, 8> got{};
  EXPECT_EQ(table.read(table.owner, connection, got.data(), got.size()), 3);
  EXPECT_EQ(table.close(table.owner, connection), 0);
}

TEST_F(PluginTest, TimePassesWhileOneSleepsAndNotOtherwise) {
  const std::int64_t before = now();
  table.usleep(table.owner, 500'000);
  EXPECT_GE(now() - before, 500'000);
  EXPECT_LT(now() - before, 500'500);
}

TEST_F(PluginTest, WaitingForAPacketTakesTimeToTheNextTimer) {
  listen();
  send({.flags = Flags::syn, .seq = peer_isn});
  receive();
  const long long first = left_at;
  EXPECT_TRUE(receive().has(Flags::syn));  // nobody answered: again after a second
  EXPECT_EQ(left_at - first, 1'000'000);
}

TEST_F(PluginTest, NothingToComeIsAnEmptyPacket) {
  Octets packet(100);
  std::size_t size = packet.size();
  long long time = 0;
  EXPECT_EQ(table.netdev_receive(table.owner, packet.data(), &size, &time), 0);
  EXPECT_EQ(size, 0u);
}

// packetdrill sees by the state of the thread that a call blocks, and takes the time when it ends.
TEST_F(PluginTest, ABlockedReadSleepsUntilItsTextAndEndsAtThatTime) {
  const int connection = shake_hands(listen());
  std::int64_t ended = 0;
  ssize_t count = 0;
  std::atomic<pid_t> thread{0};
  std::thread reader([&] {
    thread = gettid();
    std::array<char, 8> got{};
    count = table.read(table.owner, connection, got.data(), got.size());
    ended = now();
  });
  while (thread == 0 || thread_state(thread) != "S") std::this_thread::yield();
  table.usleep(table.owner, 100'000);
  const std::int64_t sent = now();
  send({.text = {7}, .flags = Flags::ack, .seq = peer_isn + 1, .ack = isn.value() + 1});
  table.usleep(table.owner, 100'000);
  reader.join();
  EXPECT_EQ(count, 1);
  EXPECT_LT(ended - sent, 100);
}

TEST_F(PluginTest, DescriptorsAreTheKernelsToo) {
  const int socket = table.socket(table.owner, AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(close(socket), 0);  // as packetdrill does with what a script has left open
  EXPECT_EQ(table.close(table.owner, socket), 0);
  EXPECT_EQ(table.close(table.owner, socket), -1);
  EXPECT_EQ(errno, EBADF);
}

TEST_F(PluginTest, TellsWhatCodeInScriptsAsks) {
  const int connection = shake_hands(listen());
  std::array<std::uint8_t, 512> value{};
  socklen_t bytes = value.size();
  EXPECT_EQ(table.getsockopt(table.owner, connection, IPPROTO_TCP, TCP_INFO, value.data(), &bytes),
            0);
  EXPECT_GE(bytes, 280u);
  EXPECT_EQ(value[0], TCP_ESTABLISHED);
  bytes = value.size();
  EXPECT_EQ(
      table.getsockopt(table.owner, connection, IPPROTO_TCP, TCP_CC_INFO, value.data(), &bytes), 0);
  bytes = value.size();
  EXPECT_EQ(table.getsockopt(table.owner, connection, SOL_SOCKET, SO_MEMINFO, value.data(), &bytes),
            0);
  EXPECT_EQ(bytes, 36u);
}

}  // namespace
}  // namespace acksu::test
