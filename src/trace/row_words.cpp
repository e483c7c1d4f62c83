// Counts, in both languages.
#include "trace/row_words.h"

namespace acksu::trace {
namespace {

std::string way_text(const LadderRow::Way& way, Language language, bool is_right) {
  const bool is_korean = language == Language::korean;
  const std::string segments = grouped(way.segments), bytes = grouped(way.bytes);
  std::string words;
  if (way.segments > 0) {
    words = is_korean
                ? "세그먼트 " + segments + "개, " + bytes + "바이트"
                : segments + (way.segments == 1 ? " segment, " : " segments, ") + bytes + " bytes";
  }
  if (way.acks > 0) {
    const bool is_single = is_korean || way.acks == 1;
    words += (words.empty() ? "" : ", ") + grouped(way.acks) + (is_single ? " ACK" : " ACKs");
  }
  return is_right ? words + " ►" : "◄ " + words;
}

}  // namespace

std::vector<Part> burst_parts(const LadderRow::Way& way, Language language) {
  const bool is_korean = language == Language::korean;
  const std::string count = is_korean ? "세그먼트 " + grouped(way.segments) + "개 출발"
                                      : grouped(way.segments) + " segments leave";
  return {{count, 0},
          {"seq=" + std::to_string(way.first) + ".." + std::to_string(way.end - 1), 1},
          {grouped(way.bytes) + (is_korean ? "바이트" : " bytes"), 2}};
}

std::string fold_text(const LadderRow& row, Language language) {
  std::string words;
  for (int way = 0; way < 2; ++way) {
    const LadderRow::Way& sum = row.ways[way];
    if (sum.segments + sum.acks == 0) continue;
    words += words.empty() ? "" : "   ";
    words += way_text(sum, language, way == 0);
  }
  return words;
}

std::string lost_text(const FrameRecord& frame, Language language) {
  return cause_text(frame.loss != nullptr ? frame.loss : "lost", language);
}

}  // namespace acksu::trace
