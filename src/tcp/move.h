// Moves of records that are no `Connection`: counted and told like any other.
#pragma once

#include "base/assert.h"
#include "tcp/context.h"
#include "tcp/state.h"

namespace acksu::tcp {

// `event` moves a record named `tuple` out of `from`; the state table has that row.
inline void move_record(State from, Event event, const FourTuple& tuple, const Context& context) {
  const std::uint8_t row = row_position(from, event);
  ACKSU_ASSERT(row != no_row);
  ++context.counters.moves[row];
  if (context.is_observed()) context.observer->on_move(context.now, tuple, rows[row]);
}

}  // namespace acksu::tcp
