// Frames through a stream socket: in parts, too long, and with an end that goes away.
#include "os/stream_wire.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "os/tap.h"

namespace acksu::os {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets with_length(std::size_t size, std::uint32_t length) {
  Octets bytes(4 + size, 0x55);
  store_be32(bytes.data(), length);
  return bytes;
}
Octets with_length(std::size_t size) { return with_length(size, static_cast<std::uint32_t>(size)); }

struct Stream : testing::Test {
  Stream() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    wire = StreamWire::connected(UniqueDescriptor{ends[0]}, 1518, pool);
    other = UniqueDescriptor{ends[1]};
  }

  void say(Bytes bytes) {
    ASSERT_EQ(::send(other.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  Octets hear(std::size_t most = 1 << 20) {
    Octets bytes(most);
    const ssize_t count = recv(other.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  Frame frame(std::size_t size) {
    Octets text(size);
    std::iota(text.begin(), text.end(), std::uint8_t{0});
    return Frame{.bytes = BufferChain(pool->copy_of(text))};
  }

  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  std::unique_ptr<StreamWire> wire;
  UniqueDescriptor other;
  std::vector<Frame> frames;
};

TEST_F(Stream, PutsALengthBeforeEachFrame) {
  const std::vector<Frame> sent{frame(60), frame(1514)};
  EXPECT_EQ(wire->send(sent), 2u);
  const Octets heard = hear();
  ASSERT_EQ(heard.size(), 4u + 60 + 4 + 1514);
  EXPECT_EQ(load_be32(heard.data()), 60u);
  EXPECT_EQ(load_be32(&heard[64]), 1514u);
  EXPECT_EQ(Octets(heard.begin() + 4, heard.begin() + 64), sent[0].bytes.flatten());
}

TEST_F(Stream, TakesFramesThatComeByteByByte) {
  Octets all = with_length(60);
  const Octets second = with_length(1518);
  all.insert(all.end(), second.begin(), second.end());
  for (const std::uint8_t byte : all) {
    say({&byte, 1});
    wire->receive(frames, 64);
  }
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].bytes.size(), 60u);
  EXPECT_EQ(frames[1].bytes.size(), 1518u);
  EXPECT_EQ(wire->counters().bytes_in, 1578u);
}

TEST_F(Stream, GivesNoMoreThanItIsAskedFor) {
  for (int i = 0; i < 5; ++i) say(with_length(100));
  EXPECT_EQ(wire->receive(frames, 2), 2u);
  EXPECT_EQ(wire->receive(frames, 2), 2u);
  EXPECT_EQ(wire->receive(frames, 2), 1u);
  EXPECT_EQ(wire->receive(frames, 2), 0u);
}

TEST_F(Stream, SkipsFramesThatAreTooLong) {
  say(with_length(1519));
  say(with_length(StreamWire::longest_frame));
  say(with_length(60));
  for (int i = 0; i < 10; ++i) wire->receive(frames, 64);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].bytes.size(), 60u);
  EXPECT_EQ(wire->counters().too_long_in, 2u);
  EXPECT_TRUE(wire->failure().empty());
}

TEST_F(Stream, FailsAtALengthThatNoFrameHas) {
  say(with_length(60));
  say(with_length(16, StreamWire::longest_frame + 1));
  EXPECT_EQ(wire->receive(frames, 64), 1u);
  EXPECT_EQ(wire->receive(frames, 64), 0u);
  EXPECT_NE(wire->failure().find("69633 bytes"), std::string::npos) << wire->failure();
  EXPECT_NE(wire->failure().find("QEMU"), std::string::npos);
  EXPECT_EQ(wire->send(std::vector<Frame>{frame(60)}), 1u) << "nothing waits for a dead wire";
}

TEST_F(Stream, AnEmptyFrameIsTheHostsToDrop) {
  say(with_length(0));
  EXPECT_EQ(wire->receive(frames, 64), 1u);
  EXPECT_TRUE(frames[0].bytes.is_empty());
}

TEST_F(Stream, SaysWhenTheOtherEndGoes) {
  other = UniqueDescriptor{};
  EXPECT_EQ(wire->receive(frames, 64), 0u);
  EXPECT_EQ(wire->failure(), "the other end of the wire is closed");
}

TEST_F(Stream, SaysWhenTheOtherEndGoesInTheMiddle) {
  const Octets bytes = with_length(60);
  say(Bytes{bytes}.first(30));
  wire->receive(frames, 64);
  other = UniqueDescriptor{};
  EXPECT_EQ(wire->receive(frames, 64), 0u);
  EXPECT_EQ(wire->failure(), "the other end of the wire has closed it in the middle of a frame");
}

TEST_F(Stream, SaysSoToWhoeverSends) {
  other = UniqueDescriptor{};
  EXPECT_EQ(wire->send(std::vector<Frame>{frame(60), frame(60)}), 2u);
  EXPECT_EQ(wire->failure(), "the other end of the wire is closed");
  EXPECT_EQ(wire->counters().refused_out, 2u);
}

TEST_F(Stream, GoesOnWithAFrameThatWasSentInPart) {
  const int little = 4096;
  setsockopt(wire->descriptor(), SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
  std::vector<Frame> sent;
  for (int i = 0; i < 200; ++i) {
    sent.push_back(frame(1000));
    for (int slice = 0; slice < 100; ++slice) sent.back().bytes.append(pool->copy_of(Octets(5)));
  }
  Octets heard;
  std::size_t done = 0;
  for (int round = 0; round < 100'000 && heard.size() < 200 * 1504; ++round) {
    done += wire->send(std::span{sent}.subspan(done));
    const Octets more = hear(777);
    heard.insert(heard.end(), more.begin(), more.end());
  }
  EXPECT_EQ(done, sent.size());
  EXPECT_GT(wire->counters().queue_full, 0u);
  ASSERT_EQ(heard.size(), 200u * 1504);
  for (std::size_t at = 0; at < heard.size(); at += 1504) {
    ASSERT_EQ(load_be32(&heard[at]), 1500u);
    ASSERT_EQ(Octets(heard.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                     heard.begin() + static_cast<std::ptrdiff_t>(at) + 1504),
              sent[0].bytes.flatten());
  }
}

struct UnixWire : testing::Test {
  UnixWire() {
    char name[] = "/tmp/acksu-wire-XXXXXX";
    folder = mkdtemp(name);
    path = folder / "socket";
  }
  ~UnixWire() override { std::filesystem::remove_all(folder); }

  OpenedWire open(const std::string& kind) {
    const ParsedWire parsed = parse_wire(kind + path.string());
    EXPECT_TRUE(parsed.name) << parsed.problem;
    return open_wire(*parsed.name, 1500, pool);
  }

  std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
  std::filesystem::path folder, path;
};

TEST_F(UnixWire, OneListensAndOthersComeAndGo) {
  OpenedWire listener = open("unix-listen:");
  ASSERT_NE(listener.wire, nullptr) << listener.problem;
  EXPECT_NE(listener.note.find("waiting"), std::string::npos);
  std::vector<Frame> frames;
  const Frame hello{.bytes = BufferChain(pool->copy_of(Octets(60)))};
  EXPECT_EQ(listener.wire->receive(frames, 64), 0u);
  EXPECT_EQ(listener.wire->send({&hello, 1}), 1u);
  EXPECT_EQ(listener.wire->counters().refused_out, 1u) << "nobody is there yet";
  for (int i = 0; i < 3; ++i) {
    OpenedWire peer = open("unix:");
    ASSERT_NE(peer.wire, nullptr) << peer.problem;
    EXPECT_EQ(peer.wire->send({&hello, 1}), 1u);
    frames.clear();
    EXPECT_EQ(listener.wire->receive(frames, 64), 1u);
    EXPECT_EQ(listener.wire->send({&hello, 1}), 1u);
    EXPECT_EQ(peer.wire->receive(frames, 64), 1u);
    peer.wire.reset();
    EXPECT_EQ(listener.wire->receive(frames, 64), 0u);
    EXPECT_TRUE(listener.wire->failure().empty());
  }
  listener.wire.reset();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixWire, NamesTheWayOutWhenNobodyListens) {
  OpenedWire opened = open("unix:");
  EXPECT_EQ(opened.wire, nullptr);
  EXPECT_NE(opened.problem.find("passt"), std::string::npos) << opened.problem;
}

TEST_F(UnixWire, TakesOverASocketThatIsLeftOverAndNothingElse) {
  {
    const UniqueDescriptor old{socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(old.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  OpenedWire first = open("unix-listen:");
  ASSERT_NE(first.wire, nullptr) << first.problem;
  EXPECT_EQ(open("unix-listen:").wire, nullptr) << "somebody listens there";
  first.wire.reset();
  std::ofstream{path} << "precious";
  EXPECT_EQ(open("unix-listen:").wire, nullptr);
  EXPECT_EQ(std::filesystem::file_size(path), 8u);
}

}  // namespace
}  // namespace acksu::os
