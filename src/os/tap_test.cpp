// Names of wires, and frames through a message socket in place of a device.
#include "os/tap.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <numeric>

#include "os/descriptor_wire.h"

namespace acksu::os {
namespace {

TEST(WireName, IsAnInterfaceOrADescriptor) {
  EXPECT_EQ(parse_wire("tap:acksu0").name->interface, "acksu0");
  EXPECT_EQ(parse_wire("tap:exactly15chars_").name->interface, "exactly15chars_");
  EXPECT_EQ(parse_wire("tap:fd=7").name->descriptor, 7);
  EXPECT_TRUE(parse_wire("tap:fd=7").name->interface.empty());
}

TEST(WireName, SaysWhatTheWireCarries) {
  EXPECT_EQ(parse_wire("tap:x").name->link_kind(), LinkKind::ethernet);
  EXPECT_EQ(parse_wire("tun:x").name->interface, "x");
  EXPECT_EQ(parse_wire("tun:x").name->link_kind(), LinkKind::ip);
  EXPECT_EQ(parse_wire("tun:fd=3").name->link_kind(), LinkKind::ip);
  EXPECT_EQ(parse_wire("unix:/run/a b:c,d").name->path, "/run/a b:c,d");
  EXPECT_EQ(parse_wire("unix-listen:/x").name->kind, WireName::Kind::unix_listen);
  EXPECT_EQ(parse_wire("unix:/x").name->link_kind(), LinkKind::ethernet);
  EXPECT_TRUE(parse_wire("unix:" + std::string(107, 'x')).name);
  EXPECT_FALSE(parse_wire("unix:" + std::string(108, 'x')).name);
}

TEST(WireName, IsRefusedWithASentence) {
  for (const char* text :
       {"", "eth0", "tap:", "tun:", "tun:a/b", "unix:", "unix-listen:", "tap:sixteen_letters_",
        "tap:a/b", "tap:a b", "tap:..", "tap:fd=", "tap:fd=-1", "tap:fd=1x", "tap:a%d"}) {
    const ParsedWire parsed = parse_wire(text);
    EXPECT_FALSE(parsed.name) << text;
    EXPECT_FALSE(parsed.problem.empty()) << text;
  }
}

class Pair : public testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    wire_ = std::make_unique<DescriptorWire>(UniqueDescriptor{ends[0]}, 1518, pool_);
    other_ = std::make_unique<DescriptorWire>(UniqueDescriptor{ends[1]}, 9018, pool_);
  }

  Frame frame(std::size_t bytes) {
    std::vector<std::uint8_t> text(bytes);
    std::iota(text.begin(), text.end(), std::uint8_t{0});
    Frame result;
    result.bytes.append(pool_->copy_of(text));
    return result;
  }

  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>();
  std::unique_ptr<DescriptorWire> wire_;
  std::unique_ptr<DescriptorWire> other_;
  std::vector<Frame> frames_;
};

TEST_F(Pair, CarriesFramesInBursts) {
  const std::vector<Frame> sent{frame(60), frame(1514), frame(1)};
  EXPECT_EQ(wire_->send(sent), 3u);
  EXPECT_EQ(other_->receive(frames_, 2), 2u);
  EXPECT_EQ(other_->receive(frames_, 2), 1u);
  EXPECT_EQ(other_->receive(frames_, 2), 0u);
  ASSERT_EQ(frames_.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(frames_[i].bytes.flatten(), sent[i].bytes.flatten());
    EXPECT_EQ(frames_[i].bytes.count(), 1u);
  }
  EXPECT_EQ(wire_->counters().bytes_out, 1575u);
  EXPECT_EQ(other_->counters().frames_in, 3u);
}

TEST_F(Pair, GathersTheSlicesOfAFrame) {
  std::vector<Frame> sent{frame(54)};
  for (int i = 0; i < 100; ++i)
    sent[0].bytes.append(pool_->copy_of(std::vector<std::uint8_t>(7, 9)));
  EXPECT_EQ(wire_->send(sent), 1u);
  EXPECT_EQ(other_->receive(frames_, 64), 1u);
  EXPECT_EQ(frames_[0].bytes.flatten(), sent[0].bytes.flatten());
}

TEST_F(Pair, StopsWhenTheQueueIsFullAndGoesOnLater) {
  const std::vector<Frame> sent(10'000, frame(1514));
  std::size_t done = wire_->send(sent);
  EXPECT_GT(done, 0u);
  EXPECT_LT(done, sent.size());
  EXPECT_EQ(wire_->counters().queue_full, 1u);
  EXPECT_TRUE(wire_->failure().empty());
  while (done < sent.size()) {
    while (other_->receive(frames_, 64) > 0) frames_.clear();
    done += wire_->send(std::span{sent}.subspan(done));
  }
  EXPECT_EQ(wire_->counters().frames_out, sent.size());
}

TEST_F(Pair, DropsWhatIsLongerThanAFrame) {
  const std::vector<Frame> sent{frame(1519), frame(1518)};
  EXPECT_EQ(other_->send(sent), 2u);
  EXPECT_EQ(wire_->receive(frames_, 64), 1u);
  EXPECT_EQ(frames_[0].bytes.size(), 1518u);
  EXPECT_EQ(wire_->counters().too_long_in, 1u);
}

TEST_F(Pair, FailsWhenTheOtherEndIsClosed) {
  other_.reset();
  EXPECT_EQ(wire_->receive(frames_, 64), 0u);
  EXPECT_EQ(wire_->failure(), "the other end of the wire is closed");
  // Frames for a wire that has failed are done with: nothing waits for it.
  EXPECT_EQ(wire_->send(std::vector<Frame>{frame(60)}), 1u);
}

TEST_F(Pair, GivesEveryBufferBack) {
  wire_->send(std::vector<Frame>(20, frame(100)));
  other_->receive(frames_, 64);
  frames_.clear();
  EXPECT_EQ(pool_->live_blocks(), 0u);
}

TEST(OpenWire, TakesAMessageSocketAndNothingElse) {
  const auto pool = std::make_shared<BufferPool>();
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
  const UniqueDescriptor other{ends[1]};
  EXPECT_NE(open_wire({{}, ends[0]}, 1500, pool).wire, nullptr);

  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const UniqueDescriptor other_stream{ends[1]};
  EXPECT_EQ(open_wire({{}, ends[0]}, 1500, pool).wire, nullptr);

  const OpenedWire closed = open_wire({{}, 987}, 1500, pool);
  EXPECT_EQ(closed.wire, nullptr);
  EXPECT_FALSE(closed.problem.empty());
}

TEST(OpenWire, NamesTheWayOutWhenItCannot) {
  // A network interface that is no TAP device stands on every machine.
  const OpenedWire opened = open_wire({"lo", -1}, 1500, std::make_shared<BufferPool>());
  EXPECT_EQ(opened.wire, nullptr);
  EXPECT_NE(opened.problem.find("sudo"), std::string::npos) << opened.problem;
}

}  // namespace
}  // namespace acksu::os
