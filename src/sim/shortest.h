// Delta debugging (Zeller, Hildebrandt, 2002): of so many things that together do something, a
// shortest list that still does: none of those that are left can be left away by itself.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace acksu::sim {

// Indices below `count`, rising. `does` must be true of all of them together; it is asked at most
// `most_questions` times, so that the list may be longer than it need be.
std::vector<std::size_t> shortest(std::size_t count,
                                  const std::function<bool(const std::vector<std::size_t>&)>& does,
                                  std::size_t most_questions);

}  // namespace acksu::sim
