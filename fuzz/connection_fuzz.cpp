// A host whose peer is the input: segments near what is expected, calls of the application, and
// time, in any order. The checkers of simulated worlds watch each step, a copy goes the same way,
// and at the end nothing is held.
// SECURITY B3, C5, I1, I7: any segments in every state, calls at every moment.
#include "fuzz/fuzz.h"
#include "host/host.h"
#include "sim/checker.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

using namespace acksu;

namespace {

constexpr IpAddress ours = IpAddress::v4(10, 0, 0, 2), theirs = IpAddress::v4(10, 0, 0, 1);
constexpr MacAddress our_mac{{2, 0, 0, 0, 0, 2}}, their_mac{{2, 0, 0, 0, 0, 1}};
constexpr std::uint16_t listening_port = 80;
constexpr std::size_t most_sockets = 8;

HostSettings settings(std::uint8_t choice) {
  HostSettings settings;
  settings.links.push_back({.mac = our_mac, .addresses = {{ours, 24}}});
  settings.tcp.sack = (choice & 1) != 0;
  settings.tcp.timestamps = (choice & 2) != 0;
  settings.tcp.max_half_open = (choice & 4) != 0 ? 0 : 4;  // 0: every connection by a cookie
  settings.tcp.receive_buffer = (choice & 8) != 0 ? 3000 : 512 * 1024;
  settings.tcp.send_buffer = (choice & 16) != 0 ? 3000 : 1 << 20;
  settings.max_memory_bytes = (choice & 32) != 0 ? 20'000 : 1 << 30;
  settings.tcp.max_time_wait = 2;
  return settings;
}

// What the peer knows of one connection: where each side has come to.
struct Talk {
  std::uint16_t our_port = listening_port, their_port = 0;
  Seq next_of_us, next_of_them;
  std::uint32_t our_clock = 0;
};

class Peer {
 public:
  explicit Peer(Bytes bytes)
      : choices_(bytes), host_(settings(choices_.octet()), {{1, 2}, 3}, pool_) {
    learn_neighbour();
    listener_ = *host_.listen({{}, listening_port}, {.backlog = 2}, now_);
  }

  void run() {
    while (!choices_.is_done()) {
      step();
      emit();
      check();
    }
    finish();
  }

 private:
  void step() {
    const std::uint8_t choice = choices_.octet();
    const std::uint8_t which = choice / 8;
    switch (choice % 8) {
      case 0: pass(1ms * choices_.octet() * choices_.octet()); break;
      case 1: begin(which); break;
      case 2:
      case 3:
      case 4: say(which); break;
      case 5: call(which); break;
      case 6: connect(which); break;
      case 7: accept(); break;
    }
  }

  // ---- The peer
  void begin(std::uint8_t which) {
    Talk& talk = talks_[which % std::size(talks_)];
    talk.our_port = listening_port;
    talk.their_port = static_cast<std::uint16_t>(1000 + which % 4);
    talk.next_of_them = Seq{choices_.octet() * 0x0100'0000u};
    Segment syn = segment_of(talk);
    syn.flags.bits = Flags::syn;
    add_syn_options(syn, choices_.octet());
    talk.next_of_them = talk.next_of_them + 1;
    give(syn);
  }
  static void add_syn_options(Segment& syn, std::uint8_t choice) {
    static constexpr std::uint16_t sizes[] = {0, 1, 536, 1460};
    syn.options.mss = sizes[choice & 3];
    syn.options.sack_permitted = (choice & 4) != 0;
    syn.options.has_timestamps = (choice & 8) != 0;
    if ((choice & 16) != 0) syn.options.window_scale = choice >> 5;
  }
  // A segment near the one that is due.
  void say(std::uint8_t which) {
    Talk& talk = talks_[which % std::size(talks_)];
    if (talk.their_port == 0) return;
    Segment segment = segment_of(talk);
    const std::uint8_t how = choices_.octet();
    segment.flags.bits = (how & 1) != 0 ? choices_.octet() & 0x3f : Flags::ack;
    if ((how & 2) != 0) segment.seq = talk.next_of_them + displacement();
    if ((how & 4) != 0) segment.ack = talk.next_of_us + displacement();
    if ((how & 8) != 0) segment.window = static_cast<std::uint16_t>(choices_.octet() * 257);
    if ((how & 16) != 0) segment.text = text(choices_.octet());
    if ((how & 32) != 0) add_sack(segment, talk);
    if (talk.our_clock != 0 || (how & 64) != 0) {
      segment.options.has_timestamps = true;
      segment.options.timestamps = {clock(), talk.our_clock};
      if ((how & 64) != 0) segment.options.timestamps.value += displacement();
    }
    if ((how & 128) != 0) segment.urgent_pointer = choices_.octet();
    if (segment.has(Flags::syn)) add_syn_options(segment, how);
    // What is said in order moves on; all else was a lie.
    if (segment.seq == talk.next_of_them && !segment.has(Flags::rst))
      talk.next_of_them = segment.end();
    give(segment);
  }
  std::uint32_t displacement() {
    static constexpr std::uint32_t scales[] = {1, 100, 0x1'0000, 0x0100'0000};
    const std::uint8_t size = choices_.octet(), scale = choices_.octet();
    const std::uint32_t distance = size * scales[scale & 3];
    return (scale & 4) != 0 ? 0u - distance : distance;
  }
  void add_sack(Segment& segment, const Talk& talk) {
    const std::uint8_t blocks = choices_.octet() & 3;
    for (std::uint8_t i = 0; i <= blocks; ++i) {
      const Seq start = talk.next_of_us - displacement();
      segment.options.sack.push_back({start, start + displacement()});
    }
  }
  Segment segment_of(const Talk& talk) const {
    Segment segment;
    segment.source_port = talk.their_port;
    segment.destination_port = talk.our_port;
    segment.seq = talk.next_of_them;
    segment.ack = talk.next_of_us;
    segment.window = 60'000;
    return segment;
  }
  std::uint32_t clock() const { return static_cast<std::uint32_t>(nanoseconds(now_) / 1'000'000); }
  BufferChain text(std::uint8_t size) {
    const fuzz::Octets octets(size * 6u, size);
    return octets.empty() ? BufferChain{} : fuzz::chain_of(*pool_, octets);
  }
  void give(const Segment& segment) {
    Slice headers = pool_->allocate(34 + wire::tcp_header_bytes(segment.options, segment.flags));
    const MutableBytes room = headers.writable();
    wire::write(wire::EthernetHeader{our_mac, their_mac, wire::EtherType::ipv4}, room);
    const std::uint32_t length = headers.size() - 14 + segment.text.size();
    wire::write(wire::Ipv4Header{.total_length = static_cast<std::uint16_t>(length),
                                 .ttl = 64,
                                 .protocol = wire::IpProtocol::tcp,
                                 .source = theirs,
                                 .destination = ours},
                room.subspan(14));
    wire::write_tcp(segment, {theirs, ours}, room.subspan(34));
    Frame frame{.bytes = BufferChain(std::move(headers))};
    frame.bytes.append(segment.text);
    Frame again = frame;
    Host copy = host_;
    copy.absorb(0, {&again, 1}, now_);
    host_.absorb(0, {&frame, 1}, now_);
    ACKSU_ASSERT(digest_of(copy) == digest_of(host_));
  }
  void learn_neighbour() {
    Slice bytes = pool_->allocate(42);
    const MutableBytes room = bytes.writable();
    wire::write(wire::EthernetHeader{our_mac, their_mac, wire::EtherType::arp}, room);
    wire::write(wire::ArpPacket{.operation = wire::ArpPacket::Operation::request,
                                .sender_mac = their_mac,
                                .sender_ip = theirs,
                                .target_mac = {},
                                .target_ip = ours},
                room.subspan(14));
    Frame frame{.bytes = BufferChain(std::move(bytes))};
    host_.absorb(0, {&frame, 1}, now_);
    emit();
  }

  // ---- The application
  void connect(std::uint8_t which) {
    if (held_.size() >= most_sockets) return;
    const auto handle =
        host_.connect({theirs, static_cast<std::uint16_t>(2000 + which % 4)}, {}, now_);
    if (handle) held_.push_back(*handle);
  }
  void accept() {
    if (held_.size() >= most_sockets) return;
    if (const auto handle = host_.accept(listener_, now_)) held_.push_back(*handle);
  }
  void call(std::uint8_t which) {
    if (held_.empty()) return;
    const std::size_t place = which % held_.size();
    const Handle handle = held_[place];
    const std::uint8_t what = choices_.octet();
    std::uint8_t bytes[5000] = {};
    switch (what % 8) {
      case 0: check_count(host_.write(handle, Bytes(bytes).first(what * 19u), now_)); break;
      case 1: check_count(host_.read(handle, MutableBytes(bytes).first(what * 19u), now_)); break;
      case 2: host_.shutdown_write(handle, now_); break;
      case 3: host_.close(handle, now_); break;
      case 4: host_.abort(handle, now_); break;
      case 5: host_.set_options(handle, {.nodelay = (what & 64) != 0}, now_); break;
      case 6: share(handle, what * 19u); break;
      case 7: check_views(handle, what * 19u + 1); break;
    }
    if (what % 8 == 3 || what % 8 == 4) {
      ACKSU_ASSERT(!host_.info(handle) && host_.close(handle, now_) == Error::bad_handle);
      held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(place));
    }
  }

  // Parts of one block one behind another, from any place on.
  void share(Handle handle, std::uint32_t size) {
    Slice text = pool_->allocate(size);
    for (std::uint8_t& octet : text.writable()) octet = static_cast<std::uint8_t>(size);
    const std::uint8_t parts = choices_.octet();
    for (std::uint32_t left = size; left > 0; left = std::min(left - 1, left / 2)) {
      const std::uint32_t length = std::max(left / 2, 1u), from = parts % (size - length + 1);
      check_count(host_.write_shared(handle, text.part(from, length), now_));
    }
  }
  void check_views(Handle handle, std::uint32_t most) {
    const Result<BufferChain> views = host_.read_shared(handle, most, now_);
    ACKSU_ASSERT(!views || views->size() <= most);
  }

  static void check_count(const Result<std::uint32_t>& count) {
    ACKSU_ASSERT(!count || *count <= 5000);
  }

  // ---- The host speaks; time passes
  void emit() {
    std::vector<Frame> frames;
    host_.emit(0, frames, 1000, now_);
    for (const Frame& frame : frames) hear(frame);
    while (host_.next_event()) {
    }
  }
  void hear(const Frame& frame) {
    BufferChain packet = frame.bytes;
    wire::EthernetHeader ethernet;
    ACKSU_ASSERT(wire::read(packet.front(), ethernet) == Drop::none);
    if (ethernet.type != wire::EtherType::ipv4) return;
    packet.drop_front(wire::EthernetHeader::size);
    wire::Ipv4Header ip;
    ACKSU_ASSERT(wire::read(packet.front(), packet.size(), ip) == Drop::none);
    ACKSU_ASSERT(ip.source == ours && ip.total_length <= 1500);
    packet.drop_front(ip.header_bytes);
    Segment segment;
    const Drop drop = wire::read_tcp(std::move(packet), {ours, theirs}, false, segment);
    ACKSU_ASSERT(drop == Drop::none);
    Talk& talk = talk_with(segment.source_port, segment.destination_port);
    if (segment.has(Flags::rst)) return;
    talk.next_of_us = segment.end();
    if (segment.options.has_timestamps) talk.our_clock = segment.options.timestamps.value;
  }
  Talk& talk_with(std::uint16_t our_port, std::uint16_t their_port) {
    for (Talk& talk : talks_) {
      if (talk.our_port == our_port && talk.their_port == their_port) return talk;
    }
    Talk& talk = talks_[their_port % std::size(talks_)];
    if (our_port == listening_port) return talk;
    talk = {.our_port = our_port, .their_port = their_port, .next_of_us = {}, .next_of_them = {}};
    return talk;
  }
  void pass(Duration duration) {
    const Instant end = now_ + duration;
    for (int i = 0; i < 10'000 && host_.deadline() <= end; ++i) {
      now_ = std::max(now_, host_.deadline());
      host_.on_time(now_);
      emit();
      check();
    }
    now_ = end;
  }
  void check() {
    checker_.stand_at(0, now_, "host");
    checker_.check_sockets(host_.sockets(), host_.has_output(0));
    if (checker_.violation()) std::fputs(to_string(*checker_.violation()).c_str(), stderr);
    ACKSU_ASSERT(!checker_.violation());
  }
  // Everybody goes; the peer says nothing any more.
  void finish() {
    host_.close(listener_, now_);
    for (const Handle handle : held_) host_.close(handle, now_);
    emit();
    pass(3h);
    checker_.check_holdings(host_.holdings());
    check();
  }
  static std::uint64_t digest_of(const Host& host) {
    Digest digest;
    host.digest(digest);
    return digest.value();
  }

  fuzz::Choices choices_;
  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>();
  Host host_;
  Instant now_{1s};
  Handle listener_;
  std::vector<Handle> held_;
  Talk talks_[4];
  sim::Checker checker_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Peer({data, size}).run();
  return 0;
}
