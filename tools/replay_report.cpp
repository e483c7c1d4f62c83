// Recorded segments and ours as lines.
#include "tools/replay_report.h"

#include <cstdio>

#include "trace/json.h"
#include "trace/text.h"
#include "wire/print.h"

namespace acksu::tools {
namespace {

using sim::DifferenceBits;
using sim::Likeness;
using sim::ReplayedSegment;
using sim::ReplayLine;

const char* mark_of(Likeness likeness) {
  switch (likeness) {
    case Likeness::heard: return " ";
    case Likeness::same: return "=";
    case Likeness::differs: return "~";
    case Likeness::only_recorded: return "-";
    case Likeness::only_ours: return "+";
  }
  return " ";
}

std::string options_of(const SegmentOptions& options) {
  SegmentOptions shown = options;
  shown.has_timestamps = false;  // numbers of two clocks
  const std::string text = wire::options_text(shown);
  return text.empty() ? "" : " <" + text + ">";
}

std::string words_of(const ReplayedSegment& each) {
  const Segment& segment = each.segment;
  const std::string flags = wire::flags_text(segment.flags);
  std::string words = (flags.empty() ? "no flag" : flags) + " " +
                      std::to_string(static_cast<std::int32_t>(segment.seq.value()));
  if (each.text_bytes > 0) words += "(" + std::to_string(each.text_bytes) + ")";
  if (segment.has(Flags::ack)) words += " ack " + std::to_string(segment.ack.value());
  words += " win " + std::to_string(segment.window) + options_of(segment.options);
  if (segment.ecn == Ecn::congestion_experienced) words += " marked";
  return words;
}

std::string milliseconds(Duration duration) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(nanoseconds(duration)) / 1e6);
  return text;
}

// "window 501 -> 502, 3.200 ms later"
std::string differences_of(const ReplayLine& line) {
  if (line.likeness != Likeness::differs) return "";
  const Segment &a = line.recorded->segment, &b = line.ours->segment;
  std::string words;
  const auto add = [&](std::uint8_t which, const std::string& what) {
    if ((line.differences & which) != 0) words += (words.empty() ? "" : ", ") + what;
  };
  const auto numbers = [](const char* name, std::uint32_t from, std::uint32_t to) {
    return std::string(name) + " " + std::to_string(to) + " instead of " + std::to_string(from);
  };
  add(DifferenceBits::flags, "flags " + wire::flags_text(b.flags));
  add(DifferenceBits::ack, numbers("ack", a.ack.value(), b.ack.value()));
  add(DifferenceBits::window, numbers("window", a.window, b.window));
  add(DifferenceBits::length, numbers("length", line.recorded->text_bytes, line.ours->text_bytes));
  add(DifferenceBits::options, "options" + options_of(b.options));
  const Duration late = line.ours->at - line.recorded->at;
  add(DifferenceBits::time, milliseconds(std::chrono::abs(late)) +
                                (late > Duration::zero() ? " ms later" : " ms earlier"));
  return words;
}

Instant begin_of(const sim::Replay& replay) {
  return replay.lines.empty() ? Instant{} : replay.lines.front().at();
}

void put_segment(trace::JsonWriter& json, const char* key, const ReplayedSegment& each,
                 Instant begin) {
  const Segment& segment = each.segment;
  json.key(key).begin_object();
  json.member("at_ns", nanoseconds(each.at - begin));
  json.member("flags", wire::flags_text(segment.flags));
  json.member("seq", static_cast<std::int32_t>(segment.seq.value()));
  if (segment.has(Flags::ack)) json.member("ack", std::int64_t{segment.ack.value()});
  json.member("window", segment.window).member("text_bytes", each.text_bytes);
  json.member("options", wire::options_text(segment.options)).end_object();
}

}  // namespace

std::string replay_ladder(const sim::Replay& replay) {
  const Instant begin = begin_of(replay);
  std::string text;
  for (const ReplayLine& line : replay.lines) {
    const ReplayedSegment& shown = line.recorded ? *line.recorded : *line.ours;
    const char* arrow = line.likeness == Likeness::heard ? "<--" : "-->";
    char start[64];
    std::snprintf(start, sizeof start, "%s %12s  %s ", mark_of(line.likeness),
                  milliseconds(line.at() - begin).c_str(), arrow);
    std::string row = start + words_of(shown);
    const std::string differences = differences_of(line);
    if (!differences.empty()) row += "   acksu: " + differences;
    text += row + "\n";
  }
  return text;
}

std::string replay_sum(const sim::Replay& replay) {
  const auto count = [&](Likeness likeness) {
    return trace::grouped(replay.count(likeness)) + " " + sim::name(likeness);
  };
  std::string text =
      count(Likeness::heard) + "; " + count(Likeness::same) + ", " + count(Likeness::differs);
  std::string fields;
  for (std::size_t i = 0; i < sim::difference_names.size(); ++i) {
    if (replay.differences[i] == 0) continue;
    fields += (fields.empty() ? "" : ", ") + std::string(sim::difference_names[i]) + " " +
              trace::grouped(replay.differences[i]);
  }
  if (!fields.empty()) text += " (" + fields + ")";
  text += ", " + count(Likeness::only_recorded) + ", " + count(Likeness::only_ours);
  if (replay.early_acks > 0) {
    text += "; " + trace::grouped(replay.early_acks) +
            " ACKs of text that acksu had not sent yet counted when it had";
  }
  if (replay.unsettled > 0) {
    text += "; in " + trace::grouped(replay.unsettled) +
            " moments acksu had more to say than is played at once: what follows is late";
  }
  return text + "\n";
}

std::string replay_json(const sim::Replay& replay) {
  const Instant begin = begin_of(replay);
  std::string text;
  trace::JsonWriter json;
  json.begin_object().member("kind", "connection").member("own", to_string(replay.own));
  json.member("peer", to_string(replay.peer));
  json.member("end", replay.end == sim::End::client ? "client" : "server").end_object();
  text += json.take() + "\n";
  for (const ReplayLine& line : replay.lines) {
    json.begin_object().member("kind", sim::name(line.likeness));
    if (line.likeness == Likeness::differs) {
      json.key("differences").begin_array();
      for (std::size_t i = 0; i < sim::difference_names.size(); ++i) {
        if ((line.differences >> i & 1) != 0) json.string(sim::difference_names[i]);
      }
      json.end_array();
    }
    if (line.recorded) put_segment(json, "recorded", *line.recorded, begin);
    if (line.ours) put_segment(json, "acksu", *line.ours, begin);
    json.end_object();
    text += json.take() + "\n";
  }
  json.begin_object().member("kind", "sum");
  for (std::size_t i = 0; i < sim::likenesses; ++i) {
    json.member(sim::name(static_cast<Likeness>(i)), static_cast<std::int64_t>(replay.counts[i]));
  }
  json.member("early ACKs", static_cast<std::int64_t>(replay.early_acks));
  json.member("unsettled moments", static_cast<std::int64_t>(replay.unsettled)).end_object();
  return text + json.take() + "\n";
}

}  // namespace acksu::tools
