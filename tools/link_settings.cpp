// The words and how they are obeyed.
#include "tools/link_settings.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>

#include "tools/amounts.h"
#include "tools/commands.h"

namespace acksu::tools {
namespace {

using sim::DirectionSettings;

constexpr std::uint32_t tail_queue_bytes = 256'000, codel_queue_bytes = 10'000'000;
constexpr std::uint32_t smallest_mtu = 68, largest_mtu = 65'535;

template <auto member, auto parse>
void set(DirectionSettings& direction, const std::string& text) {
  direction.*member = parse(text);
}

// The parts between commas; at least one, at most so many.
std::vector<std::string> parts_of(const std::string& text, std::size_t most, const char* form) {
  std::vector<std::string> parts;
  std::istringstream input{text + ","};
  for (std::string part; std::getline(input, part, ',');) parts.push_back(part);
  if (parts.size() > most) {
    throw UsageError{"'" + text + "' has too many parts; write " + form};
  }
  return parts;
}

void set_bursts(DirectionSettings& direction, const std::string& text) {
  const std::vector<std::string> parts = parts_of(text, 4, "P,R or P,R,H or P,R,H,K");
  if (parts.size() < 2) throw UsageError{"'" + text + "' is no P,R such as 1%,25%"};
  constexpr std::uint32_t always = 1'000'000;
  sim::BurstLossSettings bursts{parse_probability(parts[0]), parse_probability(parts[1])};
  if (parts.size() > 2) bursts.loss_ill = always - parse_probability(parts[2]);
  if (parts.size() > 3) bursts.loss_well = always - parse_probability(parts[3]);
  direction.bursts = bursts;
}

void set_reorder(DirectionSettings& direction, const std::string& text) {
  const std::vector<std::string> parts = parts_of(text, 2, "P or P,T");
  direction.reorder = parse_probability(parts[0]);
  if (parts.size() > 1) direction.reorder_delay = parse_duration(parts[1]);
}

void set_duplicate(DirectionSettings& direction, const std::string& text) {
  const std::vector<std::string> parts = parts_of(text, 2, "P or P,T");
  direction.duplicate = parse_probability(parts[0]);
  direction.duplicate_delay = parts.size() > 1 ? parse_duration(parts[1]) : Duration{};
}

void set_mtu(DirectionSettings& direction, const std::string& text) {
  const std::uint32_t mtu = parse_size(text);
  if (mtu < smallest_mtu || mtu > largest_mtu) {
    throw UsageError{"'" + text + "' is no MTU; write 68 to 65535"};
  }
  direction.mtu = mtu;
}

bool is_switched_on(const std::string& text) {
  if (text.empty() || text == "on") return true;
  if (text == "off") return false;
  throw UsageError{"'" + text + "' is neither on nor off"};
}

void set_codel(DirectionSettings& direction, const std::string& text) {
  direction.has_codel = is_switched_on(text);
  // A queue of which nothing was said is as long as its kind needs.
  const std::uint32_t usual = direction.has_codel ? tail_queue_bytes : codel_queue_bytes;
  if (direction.queue_bytes != usual) return;
  direction.queue_bytes = direction.has_codel ? codel_queue_bytes : tail_queue_bytes;
}

const std::vector<LinkWord> all_link_words = {
    {"rate", "R", "Bits per second, such as 50mbit (default: no limit)",
     set<&DirectionSettings::rate, parse_rate>},
    {"delay", "T", "On the way, such as 20ms (default: none)",
     set<&DirectionSettings::delay, parse_duration>},
    {"jitter", "T", "Up to so much more delay, without overtaking",
     set<&DirectionSettings::jitter, parse_duration>},
    {"loss", "P", "Lose so many frames, such as 1%",
     set<&DirectionSettings::loss, parse_probability>},
    {"gilbert", "P,R[,H[,K]]",
     "Lose in bursts: a line becomes ill with chance P before a frame and well with chance R; of "
     "ill frames H come through (default: none), of well ones K (default: all)",
     set_bursts},
    {"reorder", "P[,T]", "Delay so many frames by T more (default: 2ms), so that others overtake",
     set_reorder},
    {"duplicate", "P[,T]", "Deliver so many frames twice, one of both up to T later",
     set_duplicate},
    {"corrupt", "P", "Flip a bit of so many frames",
     set<&DirectionSettings::corrupt, parse_probability>},
    {"queue", "SIZE", "Bytes that may wait for the rate (default: 256kB; with --codel 10MB)",
     set<&DirectionSettings::queue_bytes, parse_size>},
    {"codel", nullptr, "Drop by CoDel (RFC 8289) what makes the queue stand for longer than 5 ms",
     set_codel},
    {"ecn", nullptr, "Let CoDel mark instead what may be marked (RFC 3168)",
     set<&DirectionSettings::has_ecn, is_switched_on>},
    {"mtu", "SIZE", "Bytes of the largest packet; larger ones are lost (default: 1500)", set_mtu},
};

// ---- Schedules

struct ScheduleState {
  LinkChange change;
  bool is_first = true;
};

void obey_line(ScheduleState& state, std::istringstream& line, const std::string& time) {
  const Duration at = parse_duration(time);
  if (!state.is_first && at < state.change.at) {
    throw UsageError{time + " is before the time of the line above"};
  }
  state.is_first = false;
  state.change.at = at;
  auto& directions = state.change.settings.directions;
  std::optional<sim::Side> only;
  std::size_t said = 0;
  for (std::string word; line >> word;) {
    if (word == "a-to-b" || word == "b-to-a") {
      only = word == "a-to-b" ? sim::Side::a : sim::Side::b;
      continue;
    }
    ++said;
    if (word == "cut" || word == "mend") {
      if (only)
        throw UsageError{"a cable is cut in both directions; write " + word + " before them"};
      state.change.is_cut = word == "cut";
    } else if (only) {
      obey(directions[index_of(*only)], word);
    } else {
      for (DirectionSettings& direction : directions) obey(direction, word);
    }
  }
  for (const DirectionSettings& direction : directions) check_direction(direction);
  if (said == 0)
    throw UsageError{"nothing changes at " + time + "; write such as rate=10mbit, or cut"};
}

}  // namespace

const std::vector<LinkWord>& link_words() { return all_link_words; }

sim::DirectionSettings clean_direction() {
  DirectionSettings direction;
  direction.delay = Duration::zero();
  direction.queue_bytes = tail_queue_bytes;
  return direction;
}

void obey(sim::DirectionSettings& direction, const std::string& text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string name = text.substr(0, equals);
  const auto found = std::find_if(all_link_words.begin(), all_link_words.end(),
                                  [&](const LinkWord& word) { return word.name == name; });
  if (found == all_link_words.end()) {
    std::string known;
    for (const LinkWord& word : all_link_words)
      known += (known.empty() ? "" : ", ") + std::string{word.name};
    throw UsageError{"'" + text + "' says nothing of a link; write one of " + known};
  }
  if (found->value != nullptr && equals == text.size()) {
    throw UsageError{"'" + text + "' has no value; write " + name + "=" + found->value};
  }
  found->set(direction, equals < text.size() ? text.substr(equals + 1) : std::string{});
}

void check_direction(const sim::DirectionSettings& direction) {
  if (direction.has_codel || !direction.has_ecn) return;
  throw UsageError{"a queue that drops at its tail marks nothing: write --codel with --ecn"};
}

std::vector<LinkChange> read_schedule(const std::string& path, const sim::CableSettings& first) {
  std::ifstream file{path};
  if (!file) throw UsageError{path + " cannot be read"};
  std::vector<LinkChange> changes;
  ScheduleState state{.change = {.at = {}, .settings = first}};
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    ++number;
    std::istringstream line{text.substr(0, text.find('#'))};
    std::string time;
    if (!(line >> time)) continue;
    try {
      obey_line(state, line, time);
    } catch (const UsageError& error) {
      throw UsageError{path + " line " + std::to_string(number) + ": " + error.what()};
    }
    changes.push_back(state.change);
  }
  return changes;
}

}  // namespace acksu::tools
