// acksu simulate SEED --shrink and --only: leaving away what is not needed to break a promise.
#include "tools/shrink.h"

#include <charconv>
#include <cstdio>
#include <string_view>
#include <vector>

#include "sim/decisions.h"
#include "sim/shortest.h"
#include "tools/commands.h"
#include "trace/ladder.h"
#include "trace/recorder.h"

namespace acksu::tools {
namespace {

using Indices = std::vector<std::size_t>;

constexpr std::size_t most_worlds = 3'000;  // to run while shrinking

// Tells a recorder what cables take.
class Losses final : public sim::FrameWatcher {
 public:
  explicit Losses(trace::Recorder& recorder) : recorder_(recorder) {}
  void on_frame(Instant, sim::Port, Way, const Frame&) override {}
  void on_lost(Instant now, sim::Port port, const Frame& frame) override {
    recorder_.lost(now, port.host, frame.bytes.flatten(), "lost");
  }

 private:
  trace::Recorder& recorder_;
};

Indices parse_numbers(std::string_view text, std::size_t count) {
  const UsageError mistake{"--only wants numbers from 1 to " + std::to_string(count) +
                           " as --shrink prints them, such as 3,17, or none"};
  Indices indices;
  if (text == "none") return indices;
  for (const char* at = text.data(); at <= text.data() + text.size();) {
    std::size_t number = 0;
    const auto read = std::from_chars(at, text.data() + text.size(), number);
    const bool is_next = indices.empty() || number > indices.back() + 1;
    if (read.ec != std::errc{} || number == 0 || number > count || !is_next) throw mistake;
    indices.push_back(number - 1);
    if (read.ptr == text.data() + text.size()) return indices;
    if (*read.ptr != ',') throw mistake;
    at = read.ptr + 1;
  }
  throw mistake;
}

std::string numbers_of(const Indices& indices) {
  std::string text;
  for (const std::size_t index : indices) {
    text += (text.empty() ? "" : ",") + std::to_string(index + 1);
  }
  return text.empty() ? "none" : text;
}

// The list, the ladder, the verdict and the command.
int show(const Shrinking& shrinking, const sim::Decisions& decisions, const Indices& kept) {
  for (const std::size_t index : kept) {
    std::printf("%7zu  %s\n", index + 1, decisions.text(index).c_str());
  }
  sim::RandomWorld random = decisions.world(kept);
  trace::Recorder recorder;
  Losses losses{recorder};
  sim::World& world = random.world();
  for (sim::HostId id = 0; id < world.host_count(); ++id) {
    const HostSettings& settings = world.host(id).settings();
    world.host(id).observe(recorder.observer(id, settings.name,
                                             to_string(settings.links[0].addresses[0].address),
                                             trace::link_kinds(settings)));
  }
  world.watch(&losses);
  const bool is_kept = random.run();
  std::printf("\n%s\n", trace::ladder(recorder.trace(), {}).c_str());
  if (is_kept) {
    std::printf("every promise was kept\n");
    return 0;
  }
  std::printf("BROKEN: %s\nreplay it with\n  %s --only %s\n",
              to_string(*random.violation()).c_str(), shrinking.command.c_str(),
              numbers_of(kept).c_str());
  return 1;
}

}  // namespace

int shrink(const Shrinking& shrinking) {
  const sim::Decisions decisions{shrinking.roll, shrinking.most_events};
  if (decisions.broken().empty()) {
    std::printf("every promise was kept: there is nothing to shrink\n");
    return 0;
  }
  const std::string promise = sim::without_numbers(decisions.broken());
  const auto breaks = [&](const Indices& kept) {
    sim::RandomWorld world = decisions.world(kept);
    return !world.run() && sim::without_numbers(world.violation()->text) == promise;
  };
  const Indices kept = sim::shortest(decisions.size(), breaks, most_worlds);
  std::printf("of %zu decisions of chance %zu are enough:\n", decisions.size(), kept.size());
  return show(shrinking, decisions, kept);
}

int run_only(const Shrinking& shrinking) {
  const sim::Decisions decisions{shrinking.roll, shrinking.most_events};
  return show(shrinking, decisions, parse_numbers(shrinking.only, decisions.size()));
}

}  // namespace acksu::tools
