// The walk over IPv6 extension headers (RFC 8200 section 4, RFC 8504 section 5.3). One loop, no
// recursion; each step either ends the walk or moves on by at least 8 bytes.
#include <algorithm>

#include "wire/ipv6.h"
#include "wire/reader.h"
#include "wire/upper_header.h"

namespace acksu::wire {
namespace {

constexpr std::uint32_t least_extension_bytes = 8;
constexpr std::uint32_t next_header_place = 6;     // in the IPv6 header
constexpr std::uint32_t payload_length_place = 4;  // in the IPv6 header

struct Ipv6Option {
  static constexpr std::uint8_t pad_1 = 0, pad_n = 1, router_alert = 5;
};

class Walk {
 public:
  Walk(Bytes beginning, const Ipv6Header& header, ExtensionHeaders& out, const Ipv6Limits& limits)
      : beginning_(beginning),
        end_(header.total_length()),
        limits_(limits),
        out_(out),
        next_(header.next_header) {}

  Drop run();

 private:
  Drop take_next();
  Drop take_header(std::uint32_t& length);
  Drop take_options();
  Drop take_option(Reader& reader, std::uint8_t type);
  Drop take_unknown_option(std::uint8_t type, std::uint32_t place);
  Drop take_routing();
  Drop take_fragment();
  Drop judge_fragment(const FragmentHeader& fragment);
  Drop arrive();

  bool is_extension() const {
    return next_ == NextHeader::hop_by_hop || next_ == NextHeader::destination_options ||
           next_ == NextHeader::routing || next_ == NextHeader::fragment;
  }
  bool is_first_fragment() const { return out_.fragment && out_.fragment->more_fragments; }
  // The packet ends inside its headers.
  Drop end_too_early();
  Drop refuse(Drop drop, std::uint8_t code, std::uint32_t place) {
    out_.problem = ParameterProblem{code, place, false};
    return drop;
  }
  // What there is of the packet in one piece, from the current header on.
  Bytes here() const {
    const auto there = std::min<std::size_t>(beginning_.size(), end_);
    return beginning_.subspan(at_, there - at_);
  }
  void move_on(std::uint8_t next, std::uint32_t length) {
    place_ = at_;
    next_ = next;
    at_ += length;
  }

  Bytes beginning_;
  std::uint32_t end_;  // of the packet
  const Ipv6Limits& limits_;
  ExtensionHeaders& out_;
  std::uint8_t next_;
  std::uint32_t place_ = next_header_place;  // of the octet that is next_
  std::uint32_t at_ = Ipv6Header::size;      // <= end_, <= beginning_.size()
  std::uint32_t headers_ = 0;
  std::uint32_t padding_ = 0;  // bytes in a row
  std::uint32_t options_ = 0;  // in the current header
  bool is_done_ = false;
};

// RFC 8200 4 (a): one behind the other.
Drop Walk::run() {
  while (is_extension() && !is_done_) {
    if (++headers_ > limits_.headers) return Drop::ip_header_limit;
    const Drop drop = take_next();
    if (drop != Drop::none) return drop;
  }
  return is_done_ ? Drop::none : arrive();
}

Drop Walk::take_next() {
  if (next_ == NextHeader::fragment) return take_fragment();
  if (next_ == NextHeader::routing) return take_routing();
  // RFC 8200 4.1: hop-by-hop options stand directly behind the IPv6 header or are unknown.
  if (next_ == NextHeader::hop_by_hop && at_ != Ipv6Header::size)
    return refuse(Drop::ip_header_order, ParameterProblem::unknown_next_header, place_);
  return take_options();
}

Drop Walk::end_too_early() {
  if (end_ > beginning_.size()) return Drop::ip_truncated;  // more of it lies elsewhere
  // RFC 7112 5: the first fragment holds all headers.
  if (is_first_fragment())
    return refuse(Drop::ip_header_chain, ParameterProblem::incomplete_header_chain, 0);
  return refuse(Drop::ip_truncated, ParameterProblem::erroneous_field, payload_length_place);
}

// Checks that the current header, of a length in units of 8 bytes, is there.
Drop Walk::take_header(std::uint32_t& length) {
  if (here().size() < least_extension_bytes) return end_too_early();
  Reader reader(here());
  length = (reader.take<2>().u8<1>() + 1u) * least_extension_bytes;
  if (at_ - Ipv6Header::size + length > limits_.header_bytes) return Drop::ip_header_limit;
  return here().size() < length ? end_too_early() : Drop::none;
}

Drop Walk::take_options() {
  std::uint32_t length = 0;
  Drop drop = take_header(length);
  if (drop != Drop::none) return drop;
  const Bytes header = here().first(length);
  Reader reader(header);
  const std::uint8_t next = reader.u8();
  reader.u8();
  padding_ = options_ = 0;
  while (reader.remaining() > 0 && drop == Drop::none) drop = take_option(reader, reader.u8());
  move_on(next, length);
  return drop;
}

Drop Walk::take_option(Reader& reader, std::uint8_t type) {
  const std::uint32_t place = at_ + static_cast<std::uint32_t>(reader.position()) - 1;
  if (type == Ipv6Option::pad_1)
    return ++padding_ > limits_.padding_bytes ? Drop::ip_option_limit : Drop::none;
  if (reader.remaining() == 0)  // not even a length: what is behind is no part of the packet
    return refuse(Drop::ip_bad_option, ParameterProblem::erroneous_field, place);
  const std::uint8_t length = reader.u8();
  Reader body(reader.bytes(length));
  if (reader.failed())
    return refuse(Drop::ip_bad_option, ParameterProblem::erroneous_field, place + 1);
  if (type == Ipv6Option::pad_n) {
    padding_ += 2u + length;
    return padding_ > limits_.padding_bytes ? Drop::ip_option_limit : Drop::none;
  }
  padding_ = 0;
  if (++options_ > limits_.options) return Drop::ip_option_limit;
  if (type != Ipv6Option::router_alert || next_ != NextHeader::hop_by_hop)
    return take_unknown_option(type, place);
  // RFC 2711 2.1: its value is 2 bytes long, and there is but one.
  if (length != 2 || out_.router_alert)
    return refuse(Drop::ip_bad_option, ParameterProblem::erroneous_field, place);
  out_.router_alert = body.be16();
  return Drop::none;
}

// RFC 8200 4.2: the two highest bits say what is to be done by those who do not know the option.
Drop Walk::take_unknown_option(std::uint8_t type, std::uint32_t place) {
  enum : unsigned { skip, drop_silently, drop_and_tell };
  const unsigned action = type >> 6u;
  if (action == skip) return Drop::none;
  if (action == drop_silently) return Drop::ip_unknown_option;
  out_.problem = ParameterProblem{ParameterProblem::unknown_option, place, action == drop_and_tell};
  return Drop::ip_unknown_option;
}

// RFC 8200 4.4, RFC 5095 3: no type is followed. With no segments left it is skipped.
Drop Walk::take_routing() {
  std::uint32_t length = 0;
  const Drop drop = take_header(length);
  if (drop != Drop::none) return drop;
  Reader reader(here());
  const auto fields = reader.take<4>();
  if (fields.u8<3>() != 0)
    return refuse(Drop::ip_routing_header, ParameterProblem::erroneous_field, at_ + 2);
  move_on(fields.u8<0>(), length);
  return Drop::none;
}

Drop Walk::take_fragment() {
  if (out_.fragment) return Drop::ip_header_order;  // RFC 8200 4.1: each at most once
  Reader reader(here());
  const auto fields = reader.take<FragmentHeader::size>();
  if (reader.failed()) return end_too_early();
  FragmentHeader fragment;
  fragment.next_header = fields.u8<0>();
  fragment.offset_bytes = static_cast<std::uint16_t>(fields.be16<2>() & 0xfff8);
  fragment.more_fragments = (fields.be16<2>() & 1) != 0;
  fragment.identification = fields.be32<4>();
  const Drop drop = judge_fragment(fragment);
  if (drop != Drop::none) return drop;
  out_.fragment = fragment;
  out_.fragment_offset = at_;
  out_.fragment_place = place_;
  move_on(fragment.next_header, FragmentHeader::size);
  if (fragment.offset_bytes == 0) return Drop::none;
  out_.protocol = next_;
  out_.protocol_place = place_;
  out_.upper_offset = at_;
  is_done_ = true;
  return Drop::none;
}

// RFC 8200 4.5: lengths and places that cannot be.
Drop Walk::judge_fragment(const FragmentHeader& fragment) {
  const std::uint32_t text_bytes = end_ - at_ - FragmentHeader::size;
  if (fragment.more_fragments && text_bytes % 8 != 0)
    return refuse(Drop::ip_bad_fragment, ParameterProblem::erroneous_field, payload_length_place);
  if (at_ - Ipv6Header::size + fragment.offset_bytes + text_bytes > 0xffff)
    return refuse(Drop::ip_bad_fragment, ParameterProblem::erroneous_field, at_ + 2);
  return text_bytes == 0 && !fragment.is_atomic() ? Drop::ip_bad_fragment : Drop::none;
}

Drop Walk::arrive() {
  out_.protocol = next_;
  out_.protocol_place = place_;
  out_.upper_offset = at_;
  if (is_first_fragment() && here().size() < upper_header_bytes(next_, here()))
    return end_too_early();
  return Drop::none;
}

}  // namespace

Drop read(Bytes beginning, const Ipv6Header& header, ExtensionHeaders& out,
          const Ipv6Limits& limits) {
  out = {};
  if (beginning.size() < Ipv6Header::size) return Drop::ip_truncated;
  return Walk(beginning, header, out, limits).run();
}

}  // namespace acksu::wire
