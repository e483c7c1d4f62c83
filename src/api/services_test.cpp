// Echo, discard and source in a simulated world.
#include "api/services.h"

#include <gtest/gtest.h>

#include "sim/world.h"

namespace acksu::services_test {
namespace {

constexpr sim::HostId client = 0, server = 1;

HostSettings settings(std::uint8_t number) {
  LinkSettings link;
  link.mac = {{2, 0, 0, 0, 0, number}};
  link.addresses = {{IpAddress::v4(10, 0, 0, number), 24}};
  HostSettings settings;
  settings.links = {link};
  return settings;
}

// Sends a text, closes its side unless told to stay, and keeps all that comes back.
class Talker final : public Application {
 public:
  Talker(std::uint16_t port, std::string text, bool stays)
      : port_(port), text_(std::move(text)), stays_(stays) {}
  void start(Host& host, Instant now) override {
    socket_ = *host.connect({IpAddress::v4(10, 0, 0, 2), port_}, {}, now);
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    if (event.socket != socket_) return;
    failed = failed || event.readiness.has(Readiness::failed);
    write_some(host, now);
    std::uint8_t bytes[5000];
    while (!has_ended) {
      const Result<std::uint32_t> count = host.read(socket_, bytes, now);
      if (!count) return;
      has_ended = *count == 0;
      answer.append(reinterpret_cast<const char*>(bytes), *count);
    }
    host.close(socket_, now);
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Talker>(*this); }

  std::string answer;
  bool has_ended = false;
  bool failed = false;

 private:
  void write_some(Host& host, Instant now) {
    while (written_ < text_.size()) {
      const auto* from = reinterpret_cast<const std::uint8_t*>(text_.data());
      const Result<std::uint32_t> count =
          host.write(socket_, {from + written_, text_.size() - written_}, now);
      if (!count) return;
      written_ += *count;
    }
    if (!stays_ && host.shutdown_write(socket_, now) == Error::none) stays_ = true;
  }

  std::uint16_t port_;
  std::string text_;
  bool stays_;
  std::size_t written_ = 0;
  Handle socket_;
};

struct Scene {
  explicit Scene(ServiceSettings serves) : world(7), port(serves.local.port) {
    world.add_host(settings(1));
    world.add_host(settings(2));
    world.connect({client, 0}, {server, 0}, sim::CableSettings::both({.delay = 1ms}));
    world.install(server, std::make_unique<Service>(serves));
    world.step();
  }
  const Talker& talk(std::string text, bool stays = false) {
    world.install(client, std::make_unique<Talker>(port, std::move(text), stays));
    return *static_cast<const Talker*>(world.application(client));
  }
  const Service& service() { return *static_cast<const Service*>(world.application(server)); }

  sim::World world;
  std::uint16_t port;
};

std::string long_text(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

TEST(Service, EchoesAllOfATextLargerThanAnyBuffer) {
  Scene scene{{.kind = ServiceKind::echo}};
  const std::string text = long_text(3'000'000);
  const Talker& talker = scene.talk(text);
  EXPECT_TRUE(scene.world.run_until_quiet(1h));
  EXPECT_EQ(talker.answer, text);
  EXPECT_EQ(scene.service().counters().finished, 1u);
  EXPECT_EQ(scene.world.host(server).holdings().connections, 0u);
}

TEST(Service, EchoesDatagramsOfOneHostToOneHost) {  // RFC 862
  Scene scene{{.kind = ServiceKind::echo}};
  Host& host = scene.world.host(client);
  const auto answer_to = [&](std::uint16_t from, IpAddress to) {
    const Handle socket = *host.open_udp({{}, from}, {.allows_broadcast = true}, scene.world.now());
    const std::string text = long_text(5'000);  // in fragments
    const Bytes bytes{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    EXPECT_EQ(host.send_to(socket, {to, 7}, bytes, scene.world.now()), Error::none);
    scene.world.run_until(scene.world.now() + 1s);
    std::vector<std::uint8_t> heard(6'000);
    const Result<Datagram> answer = host.receive_from(socket, heard);
    host.close(socket, scene.world.now());
    return answer && std::string(heard.begin(), heard.begin() + answer->length) == text;
  };
  const IpAddress service = IpAddress::v4(10, 0, 0, 2);
  EXPECT_TRUE(answer_to(1024, service));
  EXPECT_FALSE(answer_to(1023, service)) << "another service might answer the answer";
  EXPECT_FALSE(answer_to(1025, IpAddress::v4(10, 0, 0, 255)));
  EXPECT_EQ(scene.service().counters().datagrams_in, 3u);
  EXPECT_EQ(scene.service().counters().datagrams_refused, 2u);
}

TEST(Service, DiscardsAndClosesWhenThePeerHas) {
  Scene scene{{.kind = ServiceKind::discard, .local = {{}, 9}}};
  const Talker& talker = scene.talk(long_text(100'000));
  EXPECT_TRUE(scene.world.run_until_quiet(1h));
  EXPECT_TRUE(talker.has_ended);
  EXPECT_EQ(talker.answer, "");
  EXPECT_EQ(scene.service().counters().bytes_in, 100'000u);
}

TEST(Service, SourceSendsSoManyBytesAndCloses) {
  Scene scene{{.kind = ServiceKind::source, .local = {{}, 19}, .source_bytes = 300'000}};
  const Talker& talker = scene.talk("read and forgotten");
  EXPECT_TRUE(scene.world.run_until_quiet(1h));
  EXPECT_TRUE(talker.has_ended);
  ASSERT_EQ(talker.answer.size(), 300'000u);
  EXPECT_EQ(talker.answer.substr(0, 9), "00000 ABC");
  EXPECT_EQ(talker.answer.substr(64, 9), "00001 ABC");
  EXPECT_EQ(talker.answer.substr(4095 * 64, 9), "04095 ABC");
  EXPECT_EQ(talker.answer.substr(4096 * 64, 9), "00000 ABC");
}

TEST(Service, EndlessSourceEndsByStop) {
  Scene scene{{.kind = ServiceKind::source, .local = {{}, 19}}};
  const Talker& talker = scene.talk("");
  scene.world.run_until(scene.world.now() + 50ms);
  EXPECT_GT(talker.answer.size(), 1'000'000u);
  EXPECT_FALSE(talker.has_ended);
  scene.world.stop();
  EXPECT_TRUE(scene.world.run_until_quiet(1h));
  EXPECT_TRUE(talker.has_ended);
  EXPECT_TRUE(scene.service().is_done());
  EXPECT_EQ(talker.answer.size(), scene.service().counters().bytes_out);
}

TEST(Service, SaysWhenItCannotListen) {
  Scene scene{{.kind = ServiceKind::echo, .local = {IpAddress::v4(10, 0, 0, 99), 7}}};
  EXPECT_EQ(scene.service().error(), Error::address_not_available);
  EXPECT_TRUE(scene.service().is_done());
}

}  // namespace
}  // namespace acksu::services_test
