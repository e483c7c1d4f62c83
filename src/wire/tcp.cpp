// TCP segments on the wire (RFC 9293 section 3.1; options of RFC 9293, 7323, 2018, 5482, 7413,
// 9768).
#include "wire/tcp.h"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/ipv4.h"
#include "wire/reader.h"
#include "wire/tcp_options.h"
#include "wire/writer.h"

namespace acksu::wire {
namespace {

// What nearly every segment of an established connection carries: NOP, NOP, time stamps
// (RFC 7323 appendix A).
constexpr std::uint32_t aligned_timestamps = 0x0101'080a;
constexpr std::uint32_t aligned_timestamps_bytes = 12;
// The other options as words; the missing octets are filled in.
constexpr std::uint32_t mss_word = 0x0204'0000;                   // MSS
constexpr std::uint32_t sack_permitted_timestamps = 0x0402'080a;  // and the time stamps follow
constexpr std::uint32_t aligned_sack_permitted = 0x0101'0402;     // NOP, NOP, SACK permitted
constexpr std::uint32_t window_scale_word = 0x0103'0300;          // NOP, window scale
constexpr std::uint32_t sack_word = 0x0101'0500;                  // NOP, NOP, SACK
constexpr std::uint32_t sack_prefix_bytes = 4;
// What a SYN of Linux and of ours carries: MSS, SACK permitted, time stamps, NOP, window scale.
constexpr std::uint32_t usual_syn_options_bytes = 20;
constexpr std::uint32_t user_timeout_word = 0x1c04'0000;
constexpr std::uint32_t acc_ecn_word = 0x0002'0101;  // AccECN of either order, NOP, NOP

void take_sack(Bytes body, SegmentOptions& options) {
  Reader reader(body);
  options.sack.clear();
  while (reader.remaining() > 0) {
    const auto block = reader.take<TcpOption::sack_block_bytes>();
    options.sack.push_back({Seq{block.be32<0>()}, Seq{block.be32<4>()}});
  }
}

// RFC 9768 3.2.3: of any length the whole counts are read, and what follows is padding.
void take_acc_ecn(AccEcnOption::Order order, Bytes body, SegmentOptions& options) {
  const auto counts = static_cast<std::uint32_t>(body.size() / TcpOption::acc_ecn_count_bytes);
  options.acc_ecn = AccEcnOption{order, std::min(counts, AccEcnOption::most)};
  Reader reader(body);
  for (std::uint32_t i = 0; i < options.acc_ecn.size(); ++i) {
    const auto count = reader.take<TcpOption::acc_ecn_count_bytes>();
    options.acc_ecn.set(i, std::uint32_t{count.be16<0>()} << 8 | count.u8<2>());
  }
}

// RFC 9293 MUST-6: an option that we do not implement is ignored without error. That is every
// other kind, and a known kind of a length that its RFC does not know.
void take_option(std::uint8_t kind, Bytes body, SegmentOptions& options) {
  const std::size_t length = body.size() + 2;
  Reader reader(body);
  // RFC 9293 MUST-4, MUST-14.
  if (kind == TcpOption::mss && length == TcpOption::mss_bytes) {
    options.mss = reader.be16();
  } else if (kind == TcpOption::window_scale && length == TcpOption::window_scale_bytes) {
    // RFC 7323 2.3: a shift larger than 14 must be used as 14.
    options.window_scale = std::min(reader.u8(), TcpOption::largest_window_scale);
  } else if (kind == TcpOption::sack_permitted && length == TcpOption::sack_permitted_bytes) {
    options.sack_permitted = true;
  } else if (kind == TcpOption::timestamps && length == TcpOption::timestamps_bytes) {
    options.has_timestamps = true;
    options.timestamps.value = reader.be32();
    options.timestamps.echo_reply = reader.be32();
  } else if (kind == TcpOption::sack && !body.empty() &&
             body.size() % TcpOption::sack_block_bytes == 0) {
    take_sack(body, options);
  } else if (kind == TcpOption::user_timeout && length == TcpOption::user_timeout_bytes) {
    const std::uint16_t value = reader.be16();
    options.user_timeout = (value & 0x7fff) == 0 ? 0 : value;  // RFC 5482 3.4: 0 is ignored
  } else if (kind == TcpOption::fast_open) {
    // RFC 7413 4.1.1: what has an invalid length is ignored.
    if (const auto option = FastOpenOption::of(body)) options.fast_open = *option;
  } else if (kind == TcpOption::experimental && body.size() >= 2 &&
             reader.be16() == TcpOption::fast_open_experiment) {
    const auto option = FastOpenOption::of(body.subspan(2));
    if (option) options.fast_open = option->as_experimental();
  } else if (kind == TcpOption::acc_ecn_0 || kind == TcpOption::acc_ecn_1) {
    using Order = AccEcnOption::Order;
    take_acc_ecn(kind == TcpOption::acc_ecn_0 ? Order::zero : Order::one, body, options);
  }
}

// Each round reads a byte or ends, so a header's 40 bytes of options take at most 40 rounds.
// RFC 9293 MUST-64: no option needs to stand at a word.
[[gnu::noinline]] Drop read_options(Reader reader, SegmentOptions& options) {
  while (reader.remaining() > 0) {
    const std::uint8_t kind = reader.u8();
    // RFC 9293 MUST-4: these two have no length.
    if (kind == TcpOption::end) return Drop::none;  // what follows is padding
    if (kind == TcpOption::no_operation) continue;
    // RFC 9293 MUST-7: be prepared for an illegal length (zero, one, past the end of the header).
    const std::uint8_t length = reader.u8();
    if (length < 2) return Drop::tcp_malformed_option;
    const Bytes body = reader.bytes(length - 2u);
    if (reader.failed()) return Drop::tcp_malformed_option;
    take_option(kind, body, options);
  }
  return Drop::none;
}

// The options of a SYN where they stand as in most; false, and nothing done, where they do not.
bool read_usual_syn_options(Bytes bytes, SegmentOptions& options, HeaderSum& sum) {
  const Fixed<usual_syn_options_bytes> given(bytes.first<usual_syn_options_bytes>());
  const std::uint32_t mss = given.be32<0>(), scale = given.be32<16>();
  if ((mss & 0xffff'0000) != mss_word || given.be32<4>() != sack_permitted_timestamps ||
      (scale & 0xffff'ff00) != window_scale_word) {
    return false;
  }
  options.mss = static_cast<std::uint16_t>(mss);
  options.sack_permitted = true;
  options.has_timestamps = true;
  options.timestamps = {given.be32<8>(), given.be32<12>()};
  // RFC 7323 2.3: a shift larger than 14 must be used as 14.
  options.window_scale =
      std::min(static_cast<std::uint8_t>(scale), TcpOption::largest_window_scale);
  sum.add_all(std::uint64_t{mss} + sack_permitted_timestamps + options.timestamps.value +
              options.timestamps.echo_reply + scale);
  return true;
}

// Reads the options, and adds their words to the header's sum.
[[gnu::always_inline]] inline Drop read_options(Bytes bytes, SegmentOptions& options,
                                                HeaderSum& sum) {
  options.clear();
  if (bytes.size() == aligned_timestamps_bytes && load_be32(bytes.data()) == aligned_timestamps)
      [[likely]] {
    options.has_timestamps = true;
    options.timestamps = {load_be32(bytes.data() + 4), load_be32(bytes.data() + 8)};
    sum.add_all(std::uint64_t{aligned_timestamps} + options.timestamps.value +
                options.timestamps.echo_reply);
    return Drop::none;
  }
  if (bytes.empty()) return Drop::none;
  if (bytes.size() == usual_syn_options_bytes && read_usual_syn_options(bytes, options, sum))
    return Drop::none;
  sum.add_words(bytes);
  return read_options(Reader(bytes), options);
}

// The fixed part, by words.
struct TcpFields {
  explicit TcpFields(const Fixed<tcp_header_size>& header)
      : ports(header.be32<0>()),
        seq(header.be32<4>()),
        ack(header.be32<8>()),
        control(header.be32<12>()),
        last(header.be32<16>()) {}

  std::uint32_t ports;
  std::uint32_t seq;
  std::uint32_t ack;
  std::uint32_t control;  // data offset, flags, window
  std::uint32_t last;     // checksum, urgent pointer

  std::uint32_t header_bytes() const { return control >> 28 << 2; }
  // Whether the whole header is in the first `bytes`.
  bool is_header_in(std::size_t bytes) const {
    return header_bytes() >= tcp_header_size && header_bytes() <= bytes;
  }
  Bytes options(Bytes packet) const {
    return packet.subspan(tcp_header_size, header_bytes() - tcp_header_size);
  }
  bool has_port_zero() const { return ports >> 16 == 0 || (ports & 0xffff) == 0; }
  std::uint64_t sum() const { return std::uint64_t{ports} + seq + ack + control + last; }
};

void fill(const TcpFields& fields, Segment& out) {
  out.source_port = static_cast<std::uint16_t>(fields.ports >> 16);
  out.destination_port = static_cast<std::uint16_t>(fields.ports);
  out.seq = Seq{fields.seq};
  out.ack = Seq{fields.ack};
  out.flags = Flags{static_cast<std::uint16_t>(fields.control >> 16 & 0x1ff)};
  out.window = static_cast<std::uint16_t>(fields.control);
  out.urgent_pointer = static_cast<std::uint16_t>(fields.last);
}

// Writes a header by words and sums them on the way. That they fit is checked before.
class WordWriter {
 public:
  explicit WordWriter(std::uint8_t* room) : begin_(room), at_(room) {}
  void put(std::uint32_t word) {
    sum_.add(word);
    store_be32(at_, word);
    at_ += 4;
  }
  // Data offset, flags and window are known last.
  void skip_control() { at_ += 4; }
  void put_control(std::uint32_t word) {
    sum_.add(word);
    store_be32(begin_ + 12, word);
  }
  void put_checksum(std::uint16_t checksum) { store_be16(begin_ + 16, checksum); }
  std::uint32_t position() const { return static_cast<std::uint32_t>(at_ - begin_); }
  HeaderSum& sum() { return sum_; }

 private:
  std::uint8_t* begin_;
  std::uint8_t* at_;
  HeaderSum sum_;
};

// How many SACK blocks fit behind `header_bytes` of header.
std::uint32_t sack_blocks_that_fit(const SegmentOptions& options, std::uint32_t header_bytes) {
  const std::uint32_t room = largest_tcp_header - header_bytes;
  if (options.sack.size() == 0 || room < sack_prefix_bytes) return 0;
  return std::min<std::uint32_t>(options.sack.size(),
                                 (room - sack_prefix_bytes) / TcpOption::sack_block_bytes);
}

// What an AccECN option takes behind `header_bytes` of header; 0 where it does not fit: behind the
// longest cookies.
std::uint32_t acc_ecn_bytes(const AccEcnOption& option, std::uint32_t header_bytes) {
  if (!option.is_given()) [[likely]]
    return 0;
  return header_bytes + option.bytes() <= largest_tcp_header ? option.bytes() : 0;
}

// Bytes of header with all options but AccECN and SACK blocks.
std::uint32_t header_bytes_before_counts(const SegmentOptions& options, bool is_syn) {
  std::uint32_t bytes = tcp_header_size;
  if (options.has_timestamps) bytes += aligned_timestamps_bytes;
  if (!is_syn) return options.user_timeout == 0 ? bytes : bytes + TcpOption::user_timeout_bytes;
  if (options.mss != 0) bytes += 4;
  if (options.sack_permitted && !options.has_timestamps) bytes += 4;
  if (options.window_scale != SegmentOptions::no_window_scale) bytes += 4;
  if (options.fast_open.is_given()) bytes += (options.fast_open.length() + 3u) & ~3u;
  const bool has_room = bytes < largest_tcp_header;  // the longest cookie leaves none
  return options.user_timeout != 0 && has_room ? bytes + TcpOption::user_timeout_bytes : bytes;
}

std::uint32_t header_bytes_before_sack(const SegmentOptions& options, bool is_syn) {
  const std::uint32_t bytes = header_bytes_before_counts(options, is_syn);
  return bytes + acc_ecn_bytes(options.acc_ecn, bytes);
}

// NOPs stand behind it, as with Linux.
void write_fast_open(const FastOpenOption& option, WordWriter& to) {
  std::array<std::uint8_t, FastOpenOption::most + 4> bytes;
  bytes.fill(TcpOption::no_operation);
  std::size_t start = 2;
  bytes[0] = option.is_experimental() ? TcpOption::experimental : TcpOption::fast_open;
  bytes[1] = option.length();
  if (option.is_experimental()) {
    store_be16(bytes.data() + start, TcpOption::fast_open_experiment);
    start += 2;
  }
  const Bytes cookie = option.cookie();
  std::copy(cookie.begin(), cookie.end(), bytes.begin() + static_cast<std::ptrdiff_t>(start));
  for (std::size_t at = 0; at < option.length(); at += 4) to.put(load_be32(bytes.data() + at));
}

// NOPs stand behind it, as with Linux.
void write_acc_ecn(const AccEcnOption& option, WordWriter& to) {
  const std::uint32_t kind =
      option.order() == AccEcnOption::Order::zero ? TcpOption::acc_ecn_0 : TcpOption::acc_ecn_1;
  const std::uint32_t beginning = kind << 24 | (2 + 3 * option.size()) << 16;
  if (option.size() == 0) return to.put(acc_ecn_word | kind << 24);
  to.put(beginning | option[0] >> 8);
  if (option.size() == 1) return to.put(option[0] << 24 | 0x01'0101);
  to.put(option[0] << 24 | option[1]);
  if (option.size() > 2) to.put(option[2] << 8 | TcpOption::no_operation);
}
// Where it fits: all other options but SACK blocks go first.
bool is_acc_ecn_written(const Segment& segment) {
  const SegmentOptions& options = segment.options;
  if (!options.acc_ecn.is_given()) [[likely]]
    return false;
  const std::uint32_t bytes = header_bytes_before_counts(options, segment.has(Flags::syn));
  return acc_ecn_bytes(options.acc_ecn, bytes) > 0;
}

// RFC 9293 MUST-68, MUST-69: each has its length. NOPs fill words; no end is written, and nothing
// stands behind one.
// The order is that of Linux, so that a SYN looks like most others.
// RFC 9293 MUST-65 (MSS), RFC 7323 2.2, RFC 2018 2: these belong on a SYN only.
void write_syn_options(const Segment& segment, WordWriter& to) {
  const SegmentOptions& options = segment.options;
  if (options.mss != 0) to.put(mss_word | options.mss);
  if (options.has_timestamps) {
    to.put(options.sack_permitted ? sack_permitted_timestamps : aligned_timestamps);
    to.put(options.timestamps.value);
    to.put(options.timestamps.echo_reply);
  }
  if (is_acc_ecn_written(segment)) [[unlikely]]
    write_acc_ecn(options.acc_ecn, to);
  if (options.sack_permitted && !options.has_timestamps) to.put(aligned_sack_permitted);
  if (options.window_scale != SegmentOptions::no_window_scale)
    to.put(window_scale_word | options.window_scale);
  if (options.fast_open.is_given()) [[unlikely]]
    write_fast_open(options.fast_open, to);
  if (options.user_timeout != 0 && to.position() < largest_tcp_header) [[unlikely]]
    to.put(user_timeout_word | options.user_timeout);
}

void write_sack(const SegmentOptions& options, WordWriter& to) {
  const std::uint32_t blocks = sack_blocks_that_fit(options, to.position());
  if (blocks == 0) return;
  to.put(sack_word | (2 + blocks * TcpOption::sack_block_bytes));
  for (std::uint32_t i = 0; i < blocks; ++i) {
    to.put(options.sack[i].start.value());
    to.put(options.sack[i].end.value());
  }
}

}  // namespace

Drop read_tcp_header(Bytes packet, Segment& out, std::uint32_t& header_bytes) {
  if (packet.size() < tcp_header_size) return Drop::tcp_truncated;
  const TcpFields fields{Fixed<tcp_header_size>{packet.first<tcp_header_size>()}};
  if (!fields.is_header_in(packet.size())) return Drop::tcp_bad_data_offset;
  header_bytes = fields.header_bytes();
  fill(fields, out);
  if (fields.has_port_zero()) return Drop::tcp_port_zero;
  HeaderSum sum;
  return read_options(fields.options(packet), out.options, sum);
}

Drop read_tcp(BufferChain&& packet, PseudoHeader pseudo, bool is_checksum_trusted, Segment& out) {
  const Bytes beginning = packet.front();
  if (beginning.size() < tcp_header_size) return Drop::tcp_truncated;
  const TcpFields fields{Fixed<tcp_header_size>{beginning.first<tcp_header_size>()}};
  if (!fields.is_header_in(beginning.size())) return Drop::tcp_bad_data_offset;
  fill(fields, out);
  HeaderSum sum;
  pseudo.add_to(sum, IpProtocol::tcp, packet.size());
  sum.add_all(fields.sum());
  // RFC 9293 MUST-5: in any segment.
  const Drop option_drop = read_options(fields.options(beginning), out.options, sum);

  out.text.clear();
  out.text_sum.reset();
  Sum text_sum;
  if (packet.size() > fields.header_bytes()) {
    packet.drop_front(fields.header_bytes());
    out.text = std::move(packet);
    if (!is_checksum_trusted) text_sum = out.text.sum();
  }
  if (!is_checksum_trusted) {
    // RFC 9293 MUST-3: the receiver must check the checksum.
    sum.add(text_sum.folded());
    if (!sum.is_whole()) return Drop::tcp_bad_checksum;
    out.text_sum = text_sum;
  }
  return fields.has_port_zero() ? Drop::tcp_port_zero : option_drop;
}

std::uint32_t tcp_header_bytes(const SegmentOptions& options, Flags flags) {
  const std::uint32_t bytes = header_bytes_before_sack(options, flags.has(Flags::syn));
  const std::uint32_t blocks = sack_blocks_that_fit(options, bytes);
  return blocks == 0 ? bytes : bytes + sack_prefix_bytes + blocks * TcpOption::sack_block_bytes;
}

std::uint32_t write_tcp(const Segment& segment, PseudoHeader pseudo, MutableBytes room) {
  const SegmentOptions& options = segment.options;
  ACKSU_ASSERT(room.size() >= largest_tcp_header ||
               room.size() >= tcp_header_bytes(options, segment.flags));
  WordWriter to(room.data());
  to.put(std::uint32_t{segment.source_port} << 16 | segment.destination_port);
  to.put(segment.seq.value());
  to.put(segment.ack.value());
  to.skip_control();
  to.put(segment.urgent_pointer);
  if (segment.has(Flags::syn)) {
    write_syn_options(segment, to);
  } else if (options.has_timestamps) {
    to.put(aligned_timestamps);
    to.put(options.timestamps.value);
    to.put(options.timestamps.echo_reply);
  }
  if (!segment.has(Flags::syn)) {
    if (options.user_timeout != 0) [[unlikely]]
      to.put(user_timeout_word | options.user_timeout);
    if (is_acc_ecn_written(segment)) [[unlikely]]
      write_acc_ecn(options.acc_ecn, to);
  }
  if (options.sack.size() > 0) write_sack(options, to);
  const std::uint32_t header_bytes = to.position();
  to.put_control(header_bytes / 4 << 28 | std::uint32_t{segment.flags.bits} << 16 | segment.window);

  pseudo.add_to(to.sum(), IpProtocol::tcp, header_bytes + segment.text.size());
  Sum text_sum;
  if (!segment.text.is_empty()) {
    text_sum = segment.text_sum ? *segment.text_sum : segment.text.sum();
  }
  // RFC 9293 MUST-2.
  to.put_checksum((to.sum().folded() + text_sum).checksum());
  return header_bytes;
}

}  // namespace acksu::wire
