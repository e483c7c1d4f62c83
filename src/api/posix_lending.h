// What a program has lent by MSG_ZEROCOPY, in the order of its sends.
#pragma once

#include <cstdint>
#include <deque>

namespace acksu::posix {

// The sends `first` to `last`, counted from 0; back when so many bytes of the connection's text are
// acknowledged.
struct Loan {
  std::uint32_t first = 0, last = 0;
  std::uint64_t end = 0;
};

struct Lending {
  std::uint32_t next = 0;  // send
  std::deque<Loan> lent;   // and not back
};

}  // namespace acksu::posix
