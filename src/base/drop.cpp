// The names of the reasons, as the enumerators are written.
#include "base/drop.h"

#include <numeric>
#include <string_view>

namespace acksu {
namespace {

struct Name {
  char text[32] = {};
};

consteval Name spaced(std::string_view enumerator) {
  Name name;
  for (std::size_t i = 0; i < enumerator.size(); ++i) {
    name.text[i] = enumerator[i] == '_' ? ' ' : enumerator[i];
  }
  name.text[enumerator.size()] = '\0';  // compiles only where there is room for it
  return name;
}

constexpr Name names[] = {
#define DROP(name) spaced(#name),
#include "base/drop.inc"
#undef DROP
};
static_assert(std::size(names) == drop_reasons);

}  // namespace

const char* name(Drop drop) {
  const auto index = static_cast<std::size_t>(drop);
  return index < drop_reasons ? names[index].text : "unknown";
}

std::uint64_t DropCounters::total() const {
  return std::accumulate(counts_.begin() + 1, counts_.end(), std::uint64_t{0});
}

}  // namespace acksu
