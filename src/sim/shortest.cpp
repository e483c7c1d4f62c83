// Leaves away halves, then quarters, down to single things.
#include "sim/shortest.h"

#include <algorithm>
#include <numeric>

namespace acksu::sim {
namespace {

using Indices = std::vector<std::size_t>;

Indices without(const Indices& all, std::size_t from, std::size_t count) {
  Indices rest{all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from)};
  const std::size_t behind = std::min(all.size(), from + count);
  rest.insert(rest.end(), all.begin() + static_cast<std::ptrdiff_t>(behind), all.end());
  return rest;
}

}  // namespace

std::vector<std::size_t> shortest(std::size_t count,
                                  const std::function<bool(const std::vector<std::size_t>&)>& does,
                                  std::size_t most_questions) {
  Indices kept(count);
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  std::size_t part = count, questions = 0;
  while (part > 0 && !kept.empty()) {
    bool has_changed = false;
    for (std::size_t from = 0; from < kept.size() && questions < most_questions;) {
      Indices fewer = without(kept, from, part);
      ++questions;
      if (does(fewer)) {
        kept = std::move(fewer);
        has_changed = true;
      } else {
        from += part;
      }
    }
    // What could not be left away alone may be so once others are gone.
    if (part > 1 || !has_changed) part /= 2;
    if (questions >= most_questions) break;
  }
  return kept;
}

}  // namespace acksu::sim
