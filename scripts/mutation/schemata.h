// What scripts/mutate.py writes into the sources that it mutates: each expression has all of its
// mutants in it, and a number that is read when the program begins chooses one of them. So one
// build serves all. Where a compiler evaluates an expression nothing is mutated.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <type_traits>
#include <utility>

namespace acksu_mutation {

inline constexpr unsigned most = 1 << 15;

extern unsigned chosen;        // 0: none, the program is as written
extern bool reached[most];     // since the test began
extern bool impossible[most];  // the types do not have that operator

constexpr bool on(unsigned mutant) {
  if (std::is_constant_evaluated()) return false;
  reached[mutant] = true;
  return chosen == mutant;
}

constexpr void rule_out(unsigned mutant) {
  if (!std::is_constant_evaluated()) impossible[mutant] = true;
}

// Two mutants of a comparison: the boundary moved, and the opposite.
#define ACKSU_COMPARISON(name, op, boundary, opposite)             \
  template <class A, class B>                                      \
  constexpr bool name(unsigned mutant, const A& a, const B& b) {   \
    if constexpr (requires { static_cast<bool>(a boundary b); }) { \
      if (on(mutant)) return static_cast<bool>(a boundary b);      \
    } else {                                                       \
      rule_out(mutant);                                            \
    }                                                              \
    if (on(mutant + 1)) return !static_cast<bool>(a op b);         \
    return static_cast<bool>(a op b);                              \
  }
ACKSU_COMPARISON(less, <, <=, >=)
ACKSU_COMPARISON(at_most, <=, <, >)
ACKSU_COMPARISON(greater, >, >=, <=)
ACKSU_COMPARISON(at_least, >=, >, <)
#undef ACKSU_COMPARISON

template <class A, class B>
constexpr bool equal(unsigned mutant, const A& a, const B& b) {
  return on(mutant) != static_cast<bool>(a == b);
}
template <class A, class B>
constexpr bool unequal(unsigned mutant, const A& a, const B& b) {
  return on(mutant) != static_cast<bool>(a != b);
}

// The same for places on the circle of sequence numbers (base/seq.h).
#define ACKSU_PLACE(name, function, boundary)                    \
  template <class A, class B>                                    \
  constexpr bool name(unsigned mutant, const A& a, const B& b) { \
    if (on(mutant)) return boundary(a, b);                       \
    return on(mutant + 1) != function(a, b);                     \
  }
ACKSU_PLACE(before, is_before, is_at_or_before)
ACKSU_PLACE(at_or_before, is_at_or_before, is_before)
ACKSU_PLACE(after, is_after, is_at_or_after)
ACKSU_PLACE(at_or_after, is_at_or_after, is_after)
#undef ACKSU_PLACE

#define ACKSU_ARITHMETIC(name, op, other)                         \
  template <class A, class B>                                     \
  constexpr auto name(unsigned mutant, const A& a, const B& b) {  \
    using Result = std::decay_t<decltype(a op b)>;                \
    if constexpr (requires { static_cast<Result>(a other b); }) { \
      if (on(mutant)) return static_cast<Result>(a other b);      \
    } else {                                                      \
      rule_out(mutant);                                           \
    }                                                             \
    return static_cast<Result>(a op b);                           \
  }
ACKSU_ARITHMETIC(plus, +, -)
ACKSU_ARITHMETIC(minus, -, +)
ACKSU_ARITHMETIC(times, *, /)
ACKSU_ARITHMETIC(divided, /, *)
ACKSU_ARITHMETIC(rest, %, *)
ACKSU_ARITHMETIC(left, <<, >>)
ACKSU_ARITHMETIC(right, >>, <<)
ACKSU_ARITHMETIC(both_bits, &, |)
ACKSU_ARITHMETIC(either_bit, |, &)
ACKSU_ARITHMETIC(one_bit, ^, &)
#undef ACKSU_ARITHMETIC

#define ACKSU_ASSIGNMENT(name, op, other)                     \
  template <class A, class B>                                 \
  constexpr A& name(unsigned mutant, A& a, const B& b) {      \
    if constexpr (requires { a other b; }) {                  \
      if (on(mutant)) return static_cast<void>(a other b), a; \
    } else {                                                  \
      rule_out(mutant);                                       \
    }                                                         \
    return static_cast<void>(a op b), a;                      \
  }
ACKSU_ASSIGNMENT(plus_assign, +=, -=)
ACKSU_ASSIGNMENT(minus_assign, -=, +=)
ACKSU_ASSIGNMENT(either_assign, |=, &=)
ACKSU_ASSIGNMENT(both_assign, &=, |=)
#undef ACKSU_ASSIGNMENT

template <class T>
constexpr T& increment(unsigned mutant, T& value) {
  return on(mutant) ? --value : ++value;
}
template <class T>
constexpr T& decrement(unsigned mutant, T& value) {
  return on(mutant) ? ++value : --value;
}

// A literal, one more, one less.
template <class T>
constexpr T literal(unsigned mutant, T value) {
  if (on(mutant)) return static_cast<T>(value + 1);
  if (on(mutant + 1)) return static_cast<T>(value - 1);
  return value;
}

// What is returned, or nothing.
template <class T>
constexpr T result(unsigned mutant, T value) {
  return on(mutant) ? T{} : value;
}

// `std::min` and `std::max` for each other.
template <unsigned mutant, bool is_least>
struct Extreme {
  template <class T>
  static constexpr const T& of(const T& a, const T& b) {
    return is_least != on(mutant) ? std::min(a, b) : std::max(a, b);
  }
  template <class T>
  static constexpr T of(std::initializer_list<T> values) {
    return is_least != on(mutant) ? std::min(values) : std::max(values);
  }
};

}  // namespace acksu_mutation
