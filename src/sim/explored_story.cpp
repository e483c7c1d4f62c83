// Drawing what two ends did.
#include "sim/explored_story.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sim/packet_script.h"
#include "sim/words.h"

namespace acksu::sim {
namespace {

constexpr std::size_t bar_distance = 64;  // columns between the two bars

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char each) { return (each & 0xc0) != 0x80; }));
}

std::string line_of(std::size_t count) {
  std::string line;
  for (std::size_t i = 0; i < count; ++i) line += "─";
  return line;
}

// The most alive of what a host has.
tcp::State state_of(const ExploredEnd& end) { return end.facts().state; }

class Teller {
 public:
  Teller(const CounterExample& example, const ExploreSettings& settings)
      : example_(example),
        ends_{ExploredEnd{0, settings}, ExploredEnd{1, settings}},
        scripts_{PacketScript{0, settings}, PacketScript{1, settings}} {}

  Story tell() {
    story_.ladder = "      A" + std::string(bar_distance - 1, ' ') + "B\n";
    for (std::size_t i = 0; i < example_.steps.size(); ++i) {
      if (i == example_.fair_from) {
        lose_all();
        note("from here on all goes well");
      }
      take(i + 1, example_.steps[i]);
    }
    story_.ladder += "\nBROKEN: " + example_.promise + "\n";
    for (std::size_t side = 0; side < 2; ++side) {
      story_.scripts[side] = scripts_[side].text(example_.promise);
    }
    story_.is_true = is_true_;
    return std::move(story_);
  }

 private:
  void note(const std::string& text) {
    story_.ladder += "      ┊" + centred(" " + text + " ", " ") + "┊\n";
  }
  static std::string centred(const std::string& text, const std::string& fill) {
    const std::size_t left = bar_distance - std::min(bar_distance, columns(text));
    std::string line;
    for (std::size_t i = 0; i < left / 2; ++i) line += fill;
    line += text;
    for (std::size_t i = 0; i < left - left / 2; ++i) line += fill;
    return line;
  }
  void put(const std::string& margin, const std::string& middle, const std::string& right) {
    std::string line = margin;
    line.resize(std::max<std::size_t>(line.size(), 6), ' ');
    story_.ladder += line + "│" + middle + "│" + (right.empty() ? "" : " " + right) + "\n";
  }
  static std::string padded(const std::string& text, bool is_right) {
    const std::string space(bar_distance - std::min(bar_distance, columns(text)), ' ');
    return is_right ? space + text : text + space;
  }

  void take(std::size_t number, const Step& step) {
    const std::string margin = std::to_string(number);
    if (step.kind == Step::Kind::alone) lose_all();
    if (step.event.deed == Deed::hear) {
      if (step.event.number >= example_.packets.size()) is_true_ = false;
      arrive(margin, step);
    }
    ExploredEnd& end = ends_[step.side];
    const EndFacts before = end.facts();
    const bool may = (before.deeds >> static_cast<unsigned>(step.event.deed) & 1u) != 0;
    if (step.event.deed != Deed::hear && !may) {
      is_true_ = false;
      return;
    }
    const Packet& heard =
        step.event.deed == Deed::hear ? example_.packets[step.event.number] : nothing_;
    std::vector<Packet> leaving;
    if (step.passed) pass(ends_[1 - step.side], before.until_timer);
    end.apply(step.event, heard, leaving);
    tell_deed(margin, step, before, state_of(end));
    scripts_[step.side].add(step.event.deed, before, heard, leaving);
    for (const Packet& each : leaving) leave(step.side, each);
  }

  void lose_all() {
    for (const Packet& each : under_way_) note(names_.of(each) + " is lost");
    under_way_.clear();
  }
  static void pass(ExploredEnd& end, Duration duration) {
    const auto passing = std::chrono::floor<std::chrono::microseconds>(duration);
    std::vector<Packet> nothing;
    end.apply({Deed::pass, static_cast<std::uint32_t>(passing.count())}, {}, nothing);
  }
  void arrive(const std::string& margin, const Step& step) {
    const Packet& packet = example_.packets[step.event.number];
    const auto there = std::find(under_way_.begin(), under_way_.end(), packet);
    if (there != under_way_.end()) {
      under_way_.erase(there);
    } else if (step.kind != Step::Kind::repeated) {
      is_true_ = false;
    }
    std::string text = " " + names_.of(packet) + " ";
    if (step.kind == Step::Kind::repeated) text += "once more ";
    const std::size_t dashes = (bar_distance - std::min(bar_distance - 8, columns(text))) / 2 - 2;
    const bool is_right = step.side == 1;
    const std::string tip = is_right ? "►" : "◄";
    if (is_right) {
      put(margin, padded(text + line_of(dashes) + tip, true), "");
    } else {
      put(margin, padded(tip + line_of(dashes) + text, false), "");
    }
  }
  void leave(std::uint8_t side, const Packet& packet) {
    under_way_.push_back(packet);
    const std::string text = " " + names_.of(packet) + "  " + scripts_[side].words(packet) + " ";
    const std::string start = line_of(3);
    if (side == 0) {
      put("", padded(start + text + line_of(2) + "►", false), "");
    } else {
      put("", padded("◄" + line_of(2) + text + start, true), "");
    }
  }
  void tell_deed(const std::string& margin, const Step& step, const EndFacts& before,
                 tcp::State after) {
    std::string text;
    if (step.event.deed == Deed::timer) {
      text = "its timer, " + to_text(before.until_timer) + " later";
    } else if (step.event.deed == Deed::wait) {
      text = "waits until right before its timer";
    } else if (step.event.deed != Deed::hear) {
      text = name(step.event.deed);
    }
    if (before.state != after) {
      text += std::string(text.empty() ? "" : ": ") + tcp::name(before.state) + " → " +
              tcp::name(after);
    }
    if (text.empty()) return;
    put(step.event.deed == Deed::hear ? "" : margin,
        padded((step.side == 0 ? "● " : "") + text + (step.side == 1 ? " ●" : ""), step.side == 1),
        "");
  }

  // "#3", the same for the same bytes.
  class Names {
   public:
    std::string of(const Packet& packet) {
      auto place = std::find(known_.begin(), known_.end(), packet);
      if (place == known_.end()) place = known_.insert(place, packet);
      return "#" + std::to_string(place - known_.begin() + 1);
    }

   private:
    std::vector<Packet> known_;
  };

  const CounterExample& example_;
  std::array<ExploredEnd, 2> ends_;
  std::array<PacketScript, 2> scripts_;
  std::vector<Packet> under_way_;
  Names names_;
  Packet nothing_;
  Story story_;
  bool is_true_ = true;
};

}  // namespace

Story tell(const CounterExample& example, const ExploreSettings& settings) {
  return Teller(example, settings).tell();
}

}  // namespace acksu::sim
