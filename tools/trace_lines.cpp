// Events by their stable names.
#include "tools/trace_lines.h"

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <vector>

namespace acksu::tools {
namespace {

using nlohmann::json;

constexpr int known_version = 1;

std::uint8_t digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  throw std::runtime_error{"bytes are not hexadecimal"};
}

std::vector<std::uint8_t> bytes_of_hex(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(digit_of(text[i]) << 4 | digit_of(text[i + 1])));
  }
  return bytes;
}

LinkKind link_kind_of(const json& object) {
  const std::string word = object.value("link_kind", "ethernet");
  for (const LinkKind kind : {LinkKind::vlan, LinkKind::ip, LinkKind::ppp, LinkKind::loopback}) {
    if (word == name(kind)) return kind;
  }
  return LinkKind::ethernet;
}

Instant instant_of(const json& object) {
  return Instant{Duration{object.at("time_ns").get<std::int64_t>()}};
}
Duration duration_of(const json& object, const char* member) {
  return Duration{object.at(member).get<std::int64_t>()};
}

FourTuple tuple_of(const json& object) {
  const auto local = parse_endpoint(object.at("local").get<std::string>());
  const auto remote = parse_endpoint(object.at("remote").get<std::string>());
  if (!local || !remote) throw std::runtime_error{"an end has no address and port"};
  return {*local, *remote};
}

std::optional<tcp::LimitedBy> limit_named(const std::string& word) {
  constexpr auto last = static_cast<std::size_t>(tcp::LimitedBy::link);
  for (std::size_t i = 0; i <= last; ++i) {
    const auto reason = static_cast<tcp::LimitedBy>(i);
    if (word == tcp::name(reason)) return reason;
  }
  return std::nullopt;
}

trace::Summary summary_of(const json& object) {
  const std::vector<std::uint8_t> bytes = bytes_of_hex(object.at("bytes").get<std::string>());
  return trace::summarize(bytes, link_kind_of(object));
}

}  // namespace

void TraceLines::take(const std::string& line) {
  ++lines_;
  if (line.empty()) return;
  const auto fail = [this](const std::string& why) {
    throw std::runtime_error{"line " + std::to_string(lines_) + " is no line of a trace: " + why};
  };
  try {
    take(json::parse(line));
  } catch (const json::parse_error&) {
    fail("it is cut off, or no JSON");
  } catch (const json::exception&) {
    fail("a member is missing, or is not what it has to be");
  } catch (const std::runtime_error& error) {
    fail(error.what());
  }
}

void TraceLines::take(const json& object) {
  const std::string type = object.at("type").get<std::string>();
  if (type == "trace") {
    const json version = object.value("version", json(known_version));
    if (version != known_version) {
      throw std::runtime_error{"version " + version.dump() + " is not known, only " +
                               std::to_string(known_version)};
    }
    take_hosts(object.at("hosts"));
  } else if (type == "frame_out") {
    take_departure(object);
  } else if (type == "frame_in") {
    take_arrival(object);
  } else if (type == "congestion" || type == "rtt" || type == "silence" || type == "move") {
    take_inside(object, type);
  }
}

// Several traces may follow each other: each has hosts of its own.
void TraceLines::take_hosts(const json& hosts) {
  const auto before = static_cast<std::uint32_t>(places_.size());
  if (before == 0) under_way_.clear();
  for (const json& host : hosts) {
    const std::string word = host.at("name").get<std::string>();
    const auto place = static_cast<std::uint32_t>(places_.size());
    if (places_.emplace(word, place).second) flows_.name_place(place, word);
  }
}

std::uint32_t TraceLines::place_of(const json& object) {
  const auto found = places_.find(object.at("host").get<std::string>());
  if (found == places_.end()) throw std::runtime_error{"its host is not in the first line"};
  return found->second;
}

void TraceLines::take_departure(const json& object) {
  if (object.at("kind") != "tcp") return;
  const auto frame = object.at("frame").get<std::uint32_t>();
  const trace::Summary summary = summary_of(object);
  const std::string cause = object.value("retransmission", "");
  flows_.on_segment({instant_of(object), place_of(object), cause}, summary);
  if (link_kind_of(object) == LinkKind::loopback) return;  // it leaves and arrives at one place
  under_way_.insert_or_assign(frame, summary);
  if (under_way_.size() > frames_remembered) under_way_.erase(under_way_.begin());
}

void TraceLines::take_arrival(const json& object) {
  const bool is_taken = object.at("drop").is_null() && !object.at("corrupted").get<bool>();
  if (!is_taken) return;
  const trace::Sighting sighting{instant_of(object), place_of(object), {}};
  if (object.contains("bytes")) {
    if (object.at("kind") == "tcp") flows_.on_segment(sighting, summary_of(object));
    return;
  }
  const auto found = under_way_.find(object.at("frame").get<std::uint32_t>());
  if (found != under_way_.end()) flows_.on_segment(sighting, found->second);
}

void TraceLines::take_inside(const json& object, const std::string& type) {
  const Instant at = instant_of(object);
  const std::uint32_t place = place_of(object);
  const FourTuple tuple = tuple_of(object);
  if (type == "congestion") {
    flows_.on_window(at, place, tuple,
                     {{},
                      object.at("cwnd_bytes").get<std::uint32_t>(),
                      object.at("ssthresh_bytes").get<std::uint32_t>(),
                      object.at("in_flight_bytes").get<std::uint32_t>()});
  } else if (type == "rtt") {
    flows_.on_rtt(at, place, tuple,
                  {{},
                   duration_of(object, "sample_ns"),
                   duration_of(object, "srtt_ns"),
                   duration_of(object, "rto_ns")});
  } else if (type == "silence") {
    const auto reason = limit_named(object.at("reason").get<std::string>());
    if (reason) flows_.on_limit(at, place, tuple, *reason);
  } else {
    flows_.on_end(at, place, tuple);
  }
}

}  // namespace acksu::tools
