// Tests of reading captures: what acksu writes, what others write, and what is cut or wrong.
#include "wire/pcap_reader.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "wire/pcapng.h"

namespace acksu::wire {
namespace {

using Octets = std::vector<std::uint8_t>;

// Numbers in one byte order.
class Writing {
 public:
  explicit Writing(bool is_big_endian = false) : is_big_endian_(is_big_endian) {}
  Writing& u16(std::uint32_t value) { return put(value, 2); }
  Writing& u32(std::uint32_t value) { return put(value, 4); }
  Writing& bytes(const Octets& more) {
    octets.insert(octets.end(), more.begin(), more.end());
    return *this;
  }
  // A whole block around `body`.
  Writing& block(std::uint32_t type, const Writing& body) {
    const auto length = static_cast<std::uint32_t>(12 + body.octets.size());
    return u32(type).u32(length).bytes(body.octets).u32(length);
  }
  Writing& section() {
    return block(0x0a0d0d0a,
                 Writing(is_big_endian_).u32(0x1a2b3c4d).u16(1).u16(0).u32(~0u).u32(~0u));
  }
  Writing& pcap_head(std::uint32_t magic, std::uint32_t link_type) {
    return u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(link_type);
  }

  Octets octets;

 private:
  Writing& put(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) {
      const int shift = 8 * (is_big_endian_ ? count - 1 - i : i);
      octets.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
  }
  bool is_big_endian_;
};

std::vector<ReadPacket> packets_of(const Octets& file, const char* problem = nullptr) {
  PcapReader reader{file};
  std::vector<ReadPacket> packets;
  for (ReadPacket packet; reader.next(packet);) packets.push_back(packet);
  EXPECT_STREQ(reader.problem() == nullptr ? "" : reader.problem(), problem ? problem : "");
  return packets;
}

Octets octets(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

TEST(PcapReader, ReadsWhatAcksuWrites) {
  Octets file;
  append_section(file);
  append_interface(file, LinkType::ethernet, "client");
  append_interface(file, LinkType::raw_ip, "server");
  const Octets first{1, 2, 3}, second{4, 5, 6, 7, 8};
  append_packet(file, {.interface = 1, .time = Instant{3s + 5ns}, .comment = "a word"}, first);
  append_packet(file, {.interface = 0, .time = Instant{4s}, .comment = {}}, second);
  const auto packets = packets_of(file);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0].interface, 1u);
  EXPECT_EQ(packets[0].link_type, 101);
  EXPECT_EQ(packets[0].time, Instant{3s + 5ns});
  EXPECT_EQ(octets(packets[0].bytes), first);
  EXPECT_EQ(packets[0].original_bytes, 3u);
  EXPECT_EQ(packets[1].link_type, 1);
  EXPECT_EQ(octets(packets[1].bytes), second);
}

TEST(PcapReader, ReadsPcapOfBothByteOrdersAndTimes) {
  for (const bool is_big : {false, true}) {
    for (const bool is_fine : {false, true}) {
      Writing file(is_big);
      file.pcap_head(is_fine ? 0xa1b23c4d : 0xa1b2c3d4, 113);
      file.u32(7).u32(250).u32(2).u32(1500).bytes({9, 8});
      const auto packets = packets_of(file.octets);
      ASSERT_EQ(packets.size(), 1u);
      EXPECT_EQ(packets[0].time, Instant{7s + (is_fine ? 250ns : 250us)});
      EXPECT_EQ(packets[0].link_type, 113);
      EXPECT_EQ(packets[0].original_bytes, 1500u);
      EXPECT_EQ(octets(packets[0].bytes), (Octets{9, 8}));
    }
  }
}

TEST(PcapReader, ReadsPcapngOfBothByteOrdersInOneFile) {
  Octets file;
  for (const bool is_big : {true, false}) {
    Writing part(is_big);
    part.section();
    // An interface that counts in 2^-10 s.
    part.block(1, Writing(is_big).u16(1).u16(0).u32(0).u16(9).u16(1).bytes({0x8a, 0, 0, 0}).u32(0));
    part.block(6, Writing(is_big).u32(0).u32(0).u32(2048 + 512).u32(1).u32(9).bytes({7, 0, 0, 0}));
    part.block(3, Writing(is_big).u32(2).bytes({5, 6, 0, 0}));
    part.block(5, Writing(is_big).u32(0));  // statistics: passed over
    part.block(2, Writing(is_big).u16(0).u16(0).u32(0).u32(1024).u32(0).u32(0));
    file.insert(file.end(), part.octets.begin(), part.octets.end());
  }
  const auto packets = packets_of(file);
  ASSERT_EQ(packets.size(), 6u);
  for (const std::size_t first : {0, 3}) {
    EXPECT_EQ(packets[first].interface, first / 3);
    EXPECT_EQ(packets[first].time, Instant{2500ms});
    EXPECT_EQ(packets[first].original_bytes, 9u);
    EXPECT_EQ(octets(packets[first + 1].bytes), (Octets{5, 6}));
    EXPECT_EQ(packets[first + 2].time, Instant{1s});
  }
}

TEST(PcapReader, KnowsTimesOfAllResolutions) {
  const auto time = [](std::uint8_t resolution, std::uint32_t high, std::uint32_t low) {
    Writing file;
    file.section();
    file.block(1, Writing().u16(1).u16(0).u32(0).u16(9).u16(1).bytes({resolution, 0, 0, 0}));
    file.block(6, Writing().u32(0).u32(high).u32(low).u32(0).u32(0));
    PcapReader reader{file.octets};
    ReadPacket packet;
    return reader.next(packet) ? packet.time : never;
  };
  EXPECT_EQ(time(0, 0, 3), Instant{3s});
  EXPECT_EQ(time(3, 0, 3), Instant{3ms});
  EXPECT_EQ(time(12, 0, 3000), Instant{3ns});
  EXPECT_EQ(time(0x80 | 32, 3, 0x8000'0000), Instant{3500ms});
  EXPECT_EQ(time(0x80 | 40, 0x300, 0x8000'0000), Instant{3s + 1953125ns});
  EXPECT_EQ(time(0, 0xffff'ffff, 0), never);  // nobody can say that
  EXPECT_EQ(time(0x7f, 0, 1), never);
  EXPECT_EQ(time(0xff, 0, 1), never);
}

TEST(PcapReader, SaysWhatIsWrong) {
  packets_of({1, 2, 3, 4, 5}, "it is neither pcap nor pcapng");
  packets_of({}, "it is neither pcap nor pcapng");
  packets_of(Writing().u32(0xa1b2c3d4).octets, "its head is cut off");
  Writing pcap;
  pcap.pcap_head(0xa1b2c3d4, 1);
  EXPECT_TRUE(packets_of(pcap.octets).empty());
  Writing cut = pcap, bare = pcap, huge = pcap;
  packets_of(cut.u32(0).u32(0).u32(5).u32(5).bytes({1}).octets, "a packet is cut off");
  packets_of(bare.u32(0).octets, "the head of a packet is cut off");
  packets_of(huge.u32(0).u32(0).u32(1 << 30).u32(5).octets, "a packet is longer than any");

  const auto wrong = [](const Octets& more, const char* problem) {
    packets_of(Writing().section().bytes(more).octets, problem);
  };
  wrong(Writing().u32(6).octets, "a block is cut off");
  wrong(Writing().u32(6).u32(13).u32(0).u32(0).octets, "a block has an impossible length");
  wrong(Writing().u32(6).u32(8).u32(0).u32(8).octets, "a block has an impossible length");
  wrong(Writing().u32(6).u32(16).u32(0).octets, "a block is cut off");
  wrong(Writing().u32(6).u32(16).u32(0).u32(12).octets, "a block does not end with its length");
  wrong(Writing().block(6, Writing().u32(0).u32(0).u32(0).u32(0).u32(0)).octets,
        "a packet has no interface");
  wrong(Writing().block(1, Writing().u16(1).u16(0)).octets,
        "the description of an interface is cut off");
  wrong(Writing().block(1, Writing().u16(1).u16(0).u32(0).u16(9).u16(99)).octets,
        "an option is cut off");
  const Octets interface = Writing().block(1, Writing().u16(1).u16(0).u32(0)).octets;
  wrong(Writing().bytes(interface).block(6, Writing().u32(0).u32(0).u32(0).u32(0)).octets,
        "the head of a packet is cut off");
  wrong(Writing()
            .bytes(interface)
            .block(6, Writing().u32(0).u32(0).u32(0).u32(1 << 30).u32(0))
            .octets,
        "a packet is longer than any");
  packets_of(Writing().block(0x0a0d0d0a, Writing().u32(0x12345678)).octets,
             "a section has no byte order");
}

// A resolution has one octet; what has more is something else, and microseconds are counted.
TEST(PcapReader, AResolutionOfTwoOctetsIsNone) {
  Writing file;
  file.section();
  file.block(1, Writing().u16(1).u16(0).u32(0).u16(9).u16(2).bytes({3, 3, 0, 0}));
  file.block(6, Writing().u32(0).u32(0).u32(5).u32(0).u32(0));
  EXPECT_EQ(packets_of(file.octets).at(0).time, Instant{5us});
}

TEST(PcapReader, HasAnEndOfInterfaces) {
  Writing file;
  file.section();
  const Writing interface = Writing().u16(1).u16(0).u32(0);
  for (std::uint32_t i = 0; i < PcapReader::most_interfaces; ++i) file.block(1, interface);
  Writing more = file;
  file.block(6, Writing().u32(PcapReader::most_interfaces - 1).u32(0).u32(0).u32(0).u32(0));
  EXPECT_EQ(packets_of(file.octets).size(), 1u);
  packets_of(more.block(1, interface).octets, "it has too many interfaces");
}

// What a packet says of its length on the wire is no promise of memory.
TEST(PcapReader, BelievesNoLengthBeyondAllPackets) {
  Writing file;
  file.pcap_head(0xa1b2c3d4, 1).u32(0).u32(0).u32(1).u32(0xffff'ffff).bytes({1});
  EXPECT_EQ(packets_of(file.octets).at(0).original_bytes, PcapReader::most_bytes);
  Writing less;
  less.pcap_head(0xa1b2c3d4, 1).u32(0).u32(0).u32(3).u32(1).bytes({1, 2, 3});
  EXPECT_EQ(packets_of(less.octets).at(0).original_bytes, 3u);
}

}  // namespace
}  // namespace acksu::wire
