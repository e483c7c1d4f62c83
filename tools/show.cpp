// Printing acts and findings; questions to traces.
#include "tools/show.h"

#include <algorithm>

namespace acksu::tools {

Stage& Show::begin() {
  print_ladder();
  stages_.push_back(std::make_unique<Stage>(seed_));
  is_printed_ = false;
  return *stages_.back();
}

Stage& Show::begin(const std::string& english, const std::string& korean) {
  Stage& stage = begin();
  const std::string title = output_.language() == trace::Language::korean ? korean : english;
  if (stages_.size() > 1) output_.print("\n");
  output_.print("  " + output_.styled(title, trace::Style::bold) + "\n\n");
  return stage;
}

void Show::print_ladder() {
  if (is_printed_) return;
  is_printed_ = true;
  trace::LadderOptions options = output_.ladder();
  options.origin = stages_.back()->origin();
  output_.print(trace::ladder(stages_.back()->trace(), options) + "\n");
}

void Show::check(bool is_shown, const std::string& english, const std::string& korean) {
  print_ladder();
  const std::string words = output_.language() == trace::Language::korean ? korean : english;
  const std::string mark =
      is_shown ? output_.styled("✓", trace::Style::open) : output_.styled("✗", trace::Style::bad);
  print_finding(mark, words);
  if (!is_shown) failures_.push_back(words);
}

void Show::tell(const std::string& english, const std::string& korean) {
  print_ladder();
  const bool is_korean = output_.language() == trace::Language::korean;
  print_finding(" ", is_korean ? korean : english);
}

void Show::print_finding(const std::string& mark, const std::string& words) const {
  std::string before = "  " + mark + " ";
  for (const std::string& line : trace::wrapped(words, 94)) {
    output_.print(before + line + "\n");
    before = "    ";
  }
}

std::vector<const trace::Trace*> Show::traces() const {
  std::vector<const trace::Trace*> traces;
  for (const auto& stage : stages_) traces.push_back(&stage->trace());
  return traces;
}

bool has_moved(const trace::Trace& trace, std::uint32_t host, tcp::State from, tcp::Event event) {
  return std::any_of(trace.events.begin(), trace.events.end(), [&](const trace::Event& happened) {
    const auto* moved = std::get_if<trace::Moved>(&happened.what);
    return happened.host == host && moved != nullptr && moved->row.from == from &&
           moved->row.event == event;
  });
}

std::size_t sent_count(const trace::Trace& trace, std::uint32_t host, std::uint16_t flags) {
  return static_cast<std::size_t>(std::count_if(
      trace.frames.begin(), trace.frames.end(),
      [&](const auto& frame) { return frame.sender == host && frame.summary.is_tcp(flags); }));
}

std::size_t drop_count(const trace::Trace& trace, std::uint32_t host, Drop drop) {
  std::size_t count = 0;
  for (const trace::FrameRecord& frame : trace.frames) {
    count += static_cast<std::size_t>(std::count_if(
        frame.arrivals.begin(), frame.arrivals.end(), [&](const trace::Arrival& arrival) {
          return arrival.host == host && arrival.verdict == drop;
        }));
  }
  return count;
}

std::size_t fired_count(const trace::Trace& trace, std::uint32_t host, tcp::Timer timer) {
  return static_cast<std::size_t>(
      std::count_if(trace.events.begin(), trace.events.end(), [&](const trace::Event& event) {
        const auto* change = std::get_if<trace::TimerChanged>(&event.what);
        return event.host == host && change != nullptr && change->sample.timer == timer &&
               change->sample.change == tcp::TimerChange::fired;
      }));
}

bool holds_nothing(const Host& host) {
  const HostHoldings held = host.holdings();
  return held.connections + held.half_open + held.time_wait == 0 && held.text_bytes == 0;
}

}  // namespace acksu::tools
