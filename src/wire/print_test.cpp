// Headers as text: lines, opened frames, both languages, malformed frames.
#include "wire/print.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <string>

#include "wire/print_words.h"
#include "wire/tcp.h"
#include "wire/test_frames.h"

namespace acksu::wire {
namespace {

using test::hex;
using test::operator+;

const std::string ethernet = "020000000002 020000000001 0800 ";
const std::string ip_tcp_syn = "4500003c 00004000 400626ba 0a000001 0a000002 ";
const std::string syn =
    "c0000050 000003e8 00000000 a002ffff 6fc40000 020405b4 0402080a 00000001 00000000 01030307 ";
const std::string arp_request =
    "ffffffffffff 020000000001 0806 0001 0800 0604 0001 020000000001 0a000001 000000000000 "
    "0a000002";

const std::string rarp_request =
    "ffffffffffff 020000000001 8035 0001 0800 0604 0003 020000000001 00000000 020000000001 "
    "00000000";
const std::string rarp_reply =
    "020000000001 020000000002 8035 0001 0800 0604 0004 020000000002 0a000002 020000000001 "
    "0a000001";

// An IPv4 packet (and Ethernet header) around a payload, with the right checksum.
std::vector<std::uint8_t> frame_of(std::uint8_t protocol,
                                   const std::vector<std::uint8_t>& payload) {
  auto header = hex("45000000 00004000 40000000 0a000001 0a000002");
  header[9] = protocol;
  store_be16(&header[2], static_cast<std::uint16_t>(20 + payload.size()));
  store_be16(&header[10], sum_of(header).checksum());
  return hex(ethernet) + header + payload;
}

std::vector<std::uint8_t> http_frame() {
  return frame_of(6,
                  hex("c0000050 000003e9 000007d1 801801f6 57dd0000 0101080a 00000002 00000003") +
                      test::bytes_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
}

std::vector<std::uint8_t> unreachable_frame() {
  // Port unreachable, quoting a UDP datagram; the message's checksum is put in below.
  auto message =
      hex("03030000 00000000 4500001f 00004000 401126cc 0a000002 0a000001 0035 14e9 000b 1255");
  store_be16(&message[2], sum_of(message).checksum());
  return frame_of(1, message);
}

TEST(Summary, Tcp) {
  EXPECT_EQ(summary_of_frame(hex(ethernet + ip_tcp_syn + syn)),
            "10.0.0.1 > 10.0.0.2 TCP 49152 > 80 [SYN] seq=1000 win=65535 "
            "<mss 1460,sackOK,TS 1 0,wscale 7>");
  EXPECT_EQ(
      summary_of_frame(http_frame()),
      "10.0.0.1 > 10.0.0.2 TCP 49152 > 80 [PSH,ACK] seq=1001 ack=2001 win=502 len=27 <TS 2 3>");
  Segment segment;
  segment.source_port = 1;
  segment.destination_port = 2;
  segment.flags = Flags{0x1ff};
  segment.urgent_pointer = 9;
  segment.options.sack.push_back({Seq{5}, Seq{8}});
  EXPECT_EQ(summary(segment),
            "TCP 1 > 2 [FIN,SYN,RST,PSH,ACK,URG,ECE,CWR,AE] seq=0 ack=0 win=0 urg=9 <sack 5:8>");
  segment.options.sack.clear();
  segment.options.acc_ecn = AccEcnOption{AccEcnOption::Order::one, 2};
  segment.options.acc_ecn.set(0, 7);
  segment.options.acc_ecn.set(1, 9);
  EXPECT_EQ(options_text(segment.options), "AccECN ceb 9 e1b 7");
}

TEST(Summary, OtherLayers) {
  EXPECT_EQ(summary_of_frame(hex(arp_request)), "ARP who has 10.0.0.2? tell 10.0.0.1");
  EXPECT_EQ(summary_of_frame(hex("020000000002 020000000001 88cc 02")),
            "Ethernet 02:00:00:00:00:01 > 02:00:00:00:00:02 type 0x88cc");
  EXPECT_EQ(summary_of_frame(frame_of(1, hex("0800cdcf 00010002 616263646566"))),
            "10.0.0.1 > 10.0.0.2 ICMP echo request id=1 seq=2 len=6");
  EXPECT_EQ(summary_of_frame(unreachable_frame()),
            "10.0.0.1 > 10.0.0.2 ICMP port unreachable len=28");
  EXPECT_EQ(summary_of_frame(frame_of(17, hex("14e90035 000b1255 616263"))),
            "10.0.0.1 > 10.0.0.2 UDP 5353 > 53 len=3");
  EXPECT_EQ(summary_of_frame(frame_of(132, hex("00"))), "10.0.0.1 > 10.0.0.2 protocol 132 len=1");
  ArpPacket reply{ArpPacket::Operation::reply, MacAddress{{2, 0, 0, 0, 0, 2}},
                  IpAddress::v4(10, 0, 0, 2), MacAddress{}, IpAddress::v4(10, 0, 0, 1)};
  EXPECT_EQ(summary(reply), "ARP 10.0.0.2 is at 02:00:00:00:00:02");
  EXPECT_EQ(summary_of_frame(hex(rarp_request)),
            "RARP which address has 02:00:00:00:00:01? tell 02:00:00:00:00:01");
  EXPECT_EQ(summary_of_frame(hex(rarp_reply)), "RARP 02:00:00:00:00:01 has 10.0.0.1");
  EXPECT_EQ(summary_of_frame(hex("020000000001 020000000002 8035 0001")),
            "RARP dropped: rarp malformed");
}

TEST(Summary, SaysWhyAFrameWouldBeDropped) {
  EXPECT_EQ(summary_of_frame(hex("0102")), "Ethernet dropped: ethernet truncated");
  EXPECT_EQ(summary_of_frame(hex(ethernet + "4500")), "IPv4 dropped: ip truncated");
  EXPECT_EQ(summary_of_frame(frame_of(6, hex("c000"))),
            "10.0.0.1 > 10.0.0.2 TCP dropped: tcp truncated");
  EXPECT_EQ(summary_of_frame(frame_of(17, hex("14e90035 00ff1255"))),
            "10.0.0.1 > 10.0.0.2 UDP dropped: udp malformed");
}

const Field* find(const std::vector<Layer>& layers, const std::string& layer,
                  const std::string& key) {
  for (const Layer& each : layers) {
    if (each.key != layer) continue;
    for (const Field& field : each.fields) {
      if (field.key == key) return &field;
    }
  }
  return nullptr;
}

std::string value(const std::vector<Layer>& layers, const std::string& layer,
                  const std::string& key) {
  const Field* field = find(layers, layer, key);
  return field == nullptr ? "(none)" : field->value;
}

std::string meaning(const std::vector<Layer>& layers, const std::string& layer,
                    const std::string& key) {
  const Field* field = find(layers, layer, key);
  return field == nullptr ? "(none)" : field->meaning;
}

std::string keys(const std::vector<Layer>& layers) {
  std::string text;
  for (const Layer& layer : layers)
    text +=
        layer.key + " " + std::to_string(layer.offset) + "+" + std::to_string(layer.length) + " ";
  return text;
}

std::string faults(const std::vector<Layer>& layers) {
  std::string text;
  for (const Layer& layer : layers) text += layer.fault;
  return text;
}

TEST(Open, Syn) {
  const auto layers = open(hex(ethernet + ip_tcp_syn + syn));
  EXPECT_EQ(keys(layers), "ethernet 0+14 ipv4 14+20 tcp 34+40 ");
  EXPECT_EQ(faults(layers), "");
  EXPECT_EQ(layers[2].name, "TCP");
  EXPECT_EQ(value(layers, "ethernet", "ethernet.source"), "02:00:00:00:00:01");
  EXPECT_EQ(meaning(layers, "ethernet", "ethernet.type"), "IPv4");
  EXPECT_EQ(value(layers, "ipv4", "ipv4.total_length"), "60");
  EXPECT_EQ(value(layers, "ipv4", "ipv4.dont_fragment"), "1");
  EXPECT_EQ(value(layers, "ipv4", "ipv4.checksum"), "0x26ba");
  EXPECT_EQ(meaning(layers, "ipv4", "ipv4.checksum"), "correct");
  EXPECT_EQ(value(layers, "ipv4", "ipv4.destination"), "10.0.0.2");
  EXPECT_EQ(value(layers, "tcp", "tcp.seq"), "1000");
  EXPECT_EQ(find(layers, "tcp", "tcp.seq")->offset, 38u);
  EXPECT_EQ(find(layers, "tcp", "tcp.seq")->length, 4u);
  EXPECT_EQ(value(layers, "tcp", "tcp.flags"), "SYN");
  EXPECT_EQ(value(layers, "tcp", "tcp.flag.syn"), "1");
  EXPECT_EQ(value(layers, "tcp", "tcp.flag.fin"), "0");
  EXPECT_EQ(meaning(layers, "tcp", "tcp.checksum"), "correct");
  EXPECT_EQ(value(layers, "tcp", "tcp.option.mss"), "1460");
  EXPECT_EQ(value(layers, "tcp", "tcp.option.sack_permitted"), "");
  EXPECT_EQ(value(layers, "tcp", "tcp.option.timestamps"), "1, 0");
  EXPECT_EQ(value(layers, "tcp", "tcp.option.window_scale"), "7 (×128)");
  EXPECT_EQ(find(layers, "tcp", "tcp.option.window_scale")->offset, 71u);
}

// AE stands in the octet of the data offset; behind the SYNs the three flags are a number. An
// option shows its counts in its own order.
TEST(Open, AccurateEcn) {
  auto segment = hex(syn);
  segment[12] = 0xa1;
  segment[13] = 0x50;
  const auto options = hex("ac0b000001000002000003");
  std::copy(options.begin(), options.end(), segment.begin() + 20);
  for (std::size_t i = 20 + options.size(); i < segment.size(); ++i) segment[i] = 1;
  auto layers = open(frame_of(6, segment));
  EXPECT_EQ(value(layers, "tcp", "tcp.flags"), "ACK,ECE,AE");
  EXPECT_EQ(value(layers, "tcp", "tcp.flag.ae"), "1");
  EXPECT_EQ(find(layers, "tcp", "tcp.flag.ae")->offset, 34u + 12);
  EXPECT_EQ(value(layers, "tcp", "tcp.reserved"), "0");
  EXPECT_EQ(value(layers, "tcp", "tcp.ace"), "5");
  EXPECT_EQ(value(layers, "tcp", "tcp.option.acc_ecn"), "ECT(0) 1, CE 2, ECT(1) 3");
  segment[20] = 0xae;
  layers = open(frame_of(6, segment));
  EXPECT_EQ(value(layers, "tcp", "tcp.option.acc_ecn"), "ECT(1) 1, CE 2, ECT(0) 3");
  EXPECT_EQ(find(open(hex(ethernet + ip_tcp_syn + syn)), "tcp", "tcp.ace"), nullptr);
}

TEST(Open, HttpRequest) {
  const auto layers = open(http_frame());
  EXPECT_EQ(keys(layers), "ethernet 0+14 ipv4 14+20 tcp 34+32 text 66+27 ");
  EXPECT_EQ(value(layers, "text", "http.request"), "GET / HTTP/1.1");
  EXPECT_EQ(value(layers, "text", "http.field"), "Host: a");
  EXPECT_EQ(find(layers, "text", "http.end")->offset, 91u);
  EXPECT_EQ(find(layers, "text", "text.bytes"), nullptr);
}

TEST(Open, HttpStatusAndContent) {
  const auto layers = open(frame_of(
      17, hex("00500050 00281234") + test::bytes_of("HTTP/1.1 200 OK\r\nA: b\r\n\r\nhello \x01")));
  EXPECT_EQ(value(layers, "text", "http.status"), "HTTP/1.1 200 OK");
  EXPECT_EQ(value(layers, "text", "text.bytes"), "68 65 6c 6c 6f 20 01");
  EXPECT_EQ(meaning(layers, "text", "text.bytes"), "hello .");
}

TEST(Open, LongTextShowsItsStart) {
  const auto layers = open(frame_of(132, std::vector<std::uint8_t>(1000, 'z')));
  EXPECT_EQ(find(layers, "text", "text.bytes")->length, 32u);
  EXPECT_EQ(value(layers, "text", "text.more"), "968");
}

TEST(Open, ArpWithPadding) {
  auto frame = hex(arp_request);
  frame.resize(60);
  const auto layers = open(frame);
  EXPECT_EQ(keys(layers), "ethernet 0+14 arp 14+28 ");
  EXPECT_EQ(meaning(layers, "arp", "arp.operation"), "request: who has the target address?");
  EXPECT_EQ(value(layers, "arp", "arp.target_ip"), "10.0.0.2");
  EXPECT_EQ(value(layers, "ethernet", "ethernet.padding"), "18");
  EXPECT_EQ(find(layers, "ethernet", "ethernet.padding")->offset, 42u);
}

TEST(Open, ReverseArp) {
  const auto layers = open(hex(rarp_reply));
  EXPECT_EQ(keys(layers), "ethernet 0+14 rarp 14+28 ");
  EXPECT_EQ(meaning(layers, "rarp", "arp.operation"), "RARP reply: the target has this address");
  EXPECT_EQ(value(layers, "rarp", "arp.target_ip"), "10.0.0.1");
  const auto korean = open(hex(rarp_request), Language::korean);
  EXPECT_EQ(meaning(korean, "rarp", "arp.operation"), "RARP 요청: 대상 MAC의 IP 주소는?");
}

TEST(Open, UnreachableWithItsQuote) {
  const auto layers = open(unreachable_frame());
  EXPECT_EQ(keys(layers), "ethernet 0+14 ipv4 14+20 icmp 34+8 quoted.ipv4 42+20 quoted.udp 62+8 ");
  EXPECT_EQ(faults(layers), "");
  EXPECT_EQ(meaning(layers, "icmp", "icmp.code"), "nobody has opened that port");
  EXPECT_EQ(meaning(layers, "icmp", "icmp.checksum"), "correct");
  EXPECT_EQ(value(layers, "quoted.udp", "udp.destination_port"), "5353");
}

TEST(Open, PacketWithoutEthernet) {
  EXPECT_EQ(keys(open_packet(hex(ip_tcp_syn + syn))), "ipv4 0+20 tcp 20+40 ");
}

TEST(Open, SaysWhatIsWrong) {
  const struct {
    std::size_t offset;
    std::uint8_t value;
    const char* layer;
    const char* fault;
  } rows[] = {{14, 0x55, "ipv4", "the version is not that of the packet's type"},
              {14, 0x44, "ipv4", "a header has at least 20 bytes"},
              {16, 0xff, "ipv4", "the packet is cut short"},
              {17, 0x13, "ipv4", "the total length is less than the header's"},
              {24, 0x12, "ipv4", "the header checksum is wrong"},
              {50, 0x00, "tcp", "the checksum is wrong"}};
  for (const auto& row : rows) {
    auto frame = hex(ethernet + ip_tcp_syn + syn);
    frame[row.offset] = row.value;
    std::string fault = "no layer";
    for (const Layer& layer : open(frame)) {
      if (layer.key == row.layer) fault = layer.fault;
    }
    EXPECT_EQ(fault, row.fault) << row.offset;
  }
  auto frame = hex(ethernet + ip_tcp_syn + syn);
  frame[50] = 0;
  EXPECT_EQ(meaning(open(frame), "tcp", "tcp.checksum"), "wrong, should be 0x6fc4");
}

TEST(Open, BothZerosOfAChecksumAreRight) {
  BufferPool pool;
  auto payload = hex("c0000050 00000000 00000000 50100000 00000000");
  HeaderSum sum;
  test::pseudo.add_to(sum, 6, 20);
  // With this window the checksum comes out as zero, which all ones say, too.
  store_be16(&payload[14], (sum.folded() + sum_of(payload)).checksum());
  store_be16(&payload[16], 0xffff);
  Segment segment;
  EXPECT_EQ(read_tcp(test::chain(pool, payload), test::pseudo, false, segment), Drop::none);
  EXPECT_EQ(faults(open(frame_of(6, payload))), "");
}

TEST(Open, MalformedOptionsAreShownUpToTheFault) {
  auto payload = hex("c0000050 00000000 00000000 70100000 00000000 020405b4 08010203");
  HeaderSum sum;
  test::pseudo.add_to(sum, 6, 28);
  store_be16(&payload[16], (sum.folded() + sum_of(payload)).checksum());
  const auto layers = open(frame_of(6, payload));
  EXPECT_EQ(faults(layers), "an option's length is illegal");
  EXPECT_EQ(value(layers, "tcp", "tcp.option.mss"), "1460");
  EXPECT_EQ(value(layers, "tcp", "rest"), "4");
}

TEST(Open, TruncatedHeaderShowsTheFieldsThatAreThere) {
  const auto layers = open(frame_of(6, hex("c0000050 000003e8 0000")));
  EXPECT_EQ(faults(layers), "the segment ends inside its header");
  EXPECT_EQ(value(layers, "tcp", "tcp.seq"), "1000");
  EXPECT_EQ(find(layers, "tcp", "tcp.ack"), nullptr);
  EXPECT_EQ(value(layers, "tcp", "rest"), "2");
}

// Every field and layer lies inside the frame, whatever it is cut to and whichever byte is wrong.
void check_places(const std::vector<Layer>& layers, std::size_t frame_bytes) {
  for (const Layer& layer : layers) {
    ASSERT_LE(layer.offset + layer.length, frame_bytes) << layer.key;
    for (const Field& field : layer.fields)
      ASSERT_LE(field.offset + field.length, frame_bytes) << field.key;
  }
}

TEST(Open, AnyTruncationAndAnyWrongByte) {
  for (const auto& frame : {hex(ethernet + ip_tcp_syn + syn), http_frame(), unreachable_frame(),
                            hex(arp_request), frame_of(17, hex("14e90035 000b1255 616263"))}) {
    for (std::size_t size = 0; size <= frame.size(); ++size) {
      const std::vector<std::uint8_t> cut(frame.begin(),
                                          frame.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_FALSE(open(cut).empty());
      check_places(open(cut), size);
      EXPECT_FALSE(summary_of_frame(cut).empty());
    }
    for (std::size_t at = 0; at < frame.size(); ++at) {
      // Behind the headers a byte is text: a few of them do.
      for (unsigned value = 0; value < 256; value += at < 64 ? 1 : 15) {
        auto changed = frame;
        changed[at] = static_cast<std::uint8_t>(value);
        check_places(open(changed), frame.size());
      }
    }
  }
}

TEST(Open, RandomBytes) {
  EXPECT_TRUE(rc::check([] {
    auto frame = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
    frame = hex(ethernet + "45") + frame;
    check_places(open(frame), frame.size());
    RC_ASSERT(!testing::Test::HasFatalFailure());
  }));
}

TEST(Words, EveryOneHasBothLanguages) {
  std::set<std::string_view> seen;
  for (const Words& row : all_words()) {
    EXPECT_TRUE(seen.insert(row.key).second) << row.key << " stands twice";
    EXPECT_EQ(row.english_name.empty(), row.korean_name.empty()) << row.key;
    EXPECT_EQ(row.english_meaning.empty(), row.korean_meaning.empty()) << row.key;
    EXPECT_FALSE(row.english_name.empty() && row.english_meaning.empty()) << row.key;
  }
}

TEST(Words, EveryFieldOfOpenedFramesHasAName) {
  for (const auto& frame : {hex(ethernet + ip_tcp_syn + syn), http_frame(), unreachable_frame(),
                            hex(arp_request), frame_of(1, hex("0800cdcf 00010002 616263646566")),
                            frame_of(17, hex("14e90035 000b1255 616263"))}) {
    for (const Layer& layer : open(frame)) {
      EXPECT_NE(layer.name, layer.key);
      for (const Field& field : layer.fields) EXPECT_NE(field.name, field.key);
    }
  }
}

TEST(Words, Korean) {
  const auto layers = open(hex(ethernet + ip_tcp_syn + syn), Language::korean);
  EXPECT_EQ(find(layers, "tcp", "tcp.seq")->name, "순서 번호");
  EXPECT_EQ(meaning(layers, "tcp", "tcp.checksum"), "맞음");
  EXPECT_EQ(value(layers, "tcp", "tcp.seq"), "1000");
  EXPECT_EQ(word_name("no.such.key", Language::korean), "no.such.key");
  EXPECT_EQ(word_meaning("no.such.key", Language::korean), "");
}

}  // namespace
}  // namespace acksu::wire
