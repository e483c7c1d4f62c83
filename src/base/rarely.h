// What hardly ever happens on the way of a segment, for the compiler: it puts what is done then out
// of the way.
#pragma once

namespace acksu {

constexpr bool rarely(bool condition) { return __builtin_expect(condition, false); }

}  // namespace acksu
