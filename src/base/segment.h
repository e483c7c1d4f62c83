// A TCP segment as a legal value (RFC 9293 section 3.1): what `wire` reads and writes and `tcp`
// judges and makes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/buffer.h"
#include "base/seq.h"

namespace acksu {

struct Flags {
  static constexpr std::uint16_t fin = 0x01, syn = 0x02, rst = 0x04, psh = 0x08, ack = 0x10,
                                 urg = 0x20, ece = 0x40, cwr = 0x80, ae = 0x100;
  std::uint16_t bits = 0;

  constexpr bool has(std::uint16_t flag) const { return (bits & flag) != 0; }
  constexpr void set(std::uint16_t flag) { bits |= flag; }
  constexpr void clear(std::uint16_t flag) { bits &= static_cast<std::uint16_t>(~flag); }
  // AE, CWR and ECE as one number (RFC 9768 3.2.2).
  constexpr std::uint8_t ace() const { return bits >> ace_shift & 7; }
  constexpr void set_ace(std::uint32_t value) {
    clear(ae | cwr | ece);
    set(static_cast<std::uint16_t>((value & 7) << ace_shift));
  }
  constexpr bool operator==(const Flags&) const = default;

  static constexpr int ace_shift = 6;
};

// The field of IP's header in which routers mark congestion (RFC 3168 5).
enum class Ecn : std::uint8_t { not_capable, capable_1, capable, congestion_experienced };

// [start, end): bytes received behind a hole (RFC 2018), or received twice (RFC 2883).
struct SackBlock {
  Seq start;
  Seq end;
  constexpr bool operator==(const SackBlock&) const = default;
};

inline constexpr std::uint32_t timestamp_option_bytes = 12;  // with two NOPs

// What a SACK option tells: at most four blocks. Made with every segment, and few carry any: what
// is not there is not even cleared.
class SackBlocks {
 public:
  static constexpr std::uint32_t most = 4;

  SackBlocks() {}
  SackBlocks(const SackBlocks& other) { copy(other); }
  SackBlocks& operator=(const SackBlocks& other) {
    copy(other);
    return *this;
  }

  std::uint32_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }
  const SackBlock& operator[](std::uint32_t i) const { return blocks_[i]; }
  const SackBlock* begin() const { return blocks_; }
  const SackBlock* end() const { return blocks_ + size_; }
  void push_back(SackBlock block) {  // size() < most
    ACKSU_ASSERT(size_ < most);
    blocks_[size_++] = block;
  }
  void clear() { size_ = 0; }

 private:
  void copy(const SackBlocks& other) {
    size_ = other.size_;
    for (std::uint32_t i = 0; i < size_; ++i) blocks_[i] = other.blocks_[i];
  }

  std::uint32_t size_ = 0;
  union {
    SackBlock blocks_[most];  // of these size_ live
  };
};

// The Fast Open option of a SYN (RFC 7413 4.1.1): a cookie, or the wish for one. Few segments carry
// it: what is not there is not even cleared.
class FastOpenOption {
 public:
  static constexpr std::uint8_t least = 4, most = 16;  // bytes of a cookie; always even

  FastOpenOption() {}
  FastOpenOption(const FastOpenOption& other) { copy(other); }
  FastOpenOption& operator=(const FastOpenOption& other) {
    copy(other);
    return *this;
  }
  // With no bytes: the wish. Nothing when no cookie can have that size.
  static std::optional<FastOpenOption> of(Bytes cookie) {
    FastOpenOption option;
    const std::size_t size = cookie.size();
    if (size != 0 && (size < least || size > most || size % 2 != 0)) return std::nullopt;
    option.length_ = static_cast<std::uint8_t>(size + header_bytes);
    for (std::size_t i = 0; i < size; ++i) option.cookie_[i] = cookie[i];
    return option;
  }

  // By the experimental kind that the option had before RFC 7413 gave it one (appendix A).
  FastOpenOption as_experimental() const {
    FastOpenOption option = *this;
    if (is_given()) option.length_ |= experimental_mark;
    return option;
  }

  bool is_given() const { return length_ != 0; }
  bool is_experimental() const { return (length_ & experimental_mark) != 0; }
  bool is_request() const { return plain_length() == header_bytes; }
  bool has_cookie() const { return plain_length() > header_bytes; }
  Bytes cookie() const { return {cookie_, has_cookie() ? plain_length() - header_bytes : 0u}; }
  // With kind and length, as it stands there.
  std::uint8_t length() const {
    return static_cast<std::uint8_t>(plain_length() + (is_experimental() ? magic_bytes : 0));
  }
  void clear() { length_ = 0; }
  // The same wish or cookie, by whatever kind.
  bool operator==(const FastOpenOption& other) const {
    if (plain_length() != other.plain_length()) return false;
    for (std::uint8_t i = 0; i + header_bytes < plain_length(); ++i) {
      if (cookie_[i] != other.cookie_[i]) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint8_t header_bytes = 2, magic_bytes = 2, experimental_mark = 0x80;

  std::uint8_t plain_length() const {
    return length_ & static_cast<std::uint8_t>(~experimental_mark);
  }
  void copy(const FastOpenOption& other) {
    length_ = other.length_;
    for (std::uint8_t i = 0; i + header_bytes < plain_length(); ++i) cookie_[i] = other.cookie_[i];
  }

  std::uint8_t length_ = 0;  // by the kind of RFC 7413, and the mark; 0: not given
  union {
    std::uint8_t cookie_[most];
  };
};

// The AccECN option (RFC 9768 3.2.3): how many bytes of text arrived with each codepoint of ECN,
// the last 24 bits of up to three counts. Few segments carry it: what is not there is not even
// cleared.
class AccEcnOption {
 public:
  static constexpr std::uint32_t modulus = 1u << 24, most = 3;
  // Order 0 begins with ECT(0), order 1 with ECT(1); the marked bytes stand between them.
  enum class Order : std::uint8_t { zero, one };

  AccEcnOption() {}
  // The first `size` counts of that order, all zero.
  AccEcnOption(Order order, std::uint32_t size) : shape_(shape_of(order, size)), counts_{} {}
  AccEcnOption(const AccEcnOption& other) { copy(other); }
  AccEcnOption& operator=(const AccEcnOption& other) {
    copy(other);
    return *this;
  }

  bool is_given() const { return shape_ != 0; }
  std::uint32_t size() const { return is_given() ? (shape_ - 1u) & 3u : 0; }
  // As it stands in a header, with NOPs behind it.
  std::uint32_t bytes() const { return is_given() ? (2 + 3 * size() + 3) & ~3u : 0; }
  Order order() const { return shape_ > 4 ? Order::one : Order::zero; }
  std::uint32_t operator[](std::uint32_t i) const { return counts_[i]; }  // i < size()
  void set(std::uint32_t i, std::uint32_t count) { counts_[i] = count & (modulus - 1); }
  void clear() { shape_ = 0; }
  std::optional<std::uint32_t> ect_0() const { return at(order() == Order::zero ? 0 : 2); }
  std::optional<std::uint32_t> ce() const { return at(1); }
  std::optional<std::uint32_t> ect_1() const { return at(order() == Order::zero ? 2 : 0); }
  bool operator==(const AccEcnOption& other) const {
    if (shape_ != other.shape_) return false;
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (counts_[i] != other.counts_[i]) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint8_t shape_of(Order order, std::uint32_t size) {
    return static_cast<std::uint8_t>(1 + size + (order == Order::one ? 4 : 0));
  }
  std::optional<std::uint32_t> at(std::uint32_t i) const {
    return i < size() ? std::optional{counts_[i]} : std::nullopt;
  }
  void copy(const AccEcnOption& other) {
    shape_ = other.shape_;
    for (std::uint32_t i = 0; i < size(); ++i) counts_[i] = other.counts_[i];
  }

  std::uint8_t shape_ = 0;  // 0: not given
  union {
    std::uint32_t counts_[most];  // of these size() live
  };
};

struct Timestamps {  // RFC 7323
  std::uint32_t value = 0;
  std::uint32_t echo_reply = 0;
  constexpr bool operator==(const Timestamps&) const = default;
};

struct SegmentOptions {
  static constexpr std::uint8_t no_window_scale = 0xff;

  std::uint16_t mss = 0;           // bytes; 0: not given
  std::uint16_t user_timeout = 0;  // RFC 5482, as it stands in the option; 0: not given
  std::uint8_t window_scale = no_window_scale;
  bool sack_permitted = false;
  bool has_timestamps = false;
  FastOpenOption fast_open;
  AccEcnOption acc_ecn;
  Timestamps timestamps;
  SackBlocks sack;

  void clear() {
    mss = user_timeout = 0;
    window_scale = no_window_scale;
    sack_permitted = has_timestamps = false;
    fast_open.clear();
    acc_ecn.clear();
    timestamps = {};
    sack.clear();
  }
};

struct Segment {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  Seq seq;
  Seq ack;
  Flags flags;
  std::uint16_t window = 0;  // as in the header: not scaled
  std::uint16_t urgent_pointer = 0;
  Ecn ecn = Ecn::not_capable;  // of the packet
  SegmentOptions options;
  BufferChain text;
  std::optional<Sum> text_sum;  // of all text, where somebody took it already

  bool has(std::uint16_t flag) const { return flags.has(flag); }
  // Sequence numbers that the segment occupies: text, SYN and FIN (RFC 9293 SEG.LEN).
  std::uint32_t length() const {
    return text.size() + (has(Flags::syn) ? 1u : 0u) + (has(Flags::fin) ? 1u : 0u);
  }
  Seq end() const { return seq + length(); }
};

}  // namespace acksu
