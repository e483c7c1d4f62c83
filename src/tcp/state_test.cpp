// The state table against RFC 9293: its rows one by one, what has no row, and its three prints.
#include "tcp/state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace acksu::tcp {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (const char letter : text) {
    if (letter == '\n') {
      lines.push_back(line);
      line.clear();
    } else {
      line += letter;
    }
  }
  EXPECT_EQ(line, "") << "the last line ends";
  return lines;
}

std::size_t rows_by(Event event) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [=](const Row& row) { return row.event == event; }));
}

TEST(StateTable, SaysAllOfItAsText) {
  EXPECT_EQ(print_table(TableFormat::text),
            "CLOSED --passive_open--> LISTEN [3.10.1]\n"
            "CLOSED --active_open--> SYN-SENT [3.10.1]\n"
            "LISTEN --syn_received--> SYN-RECEIVED [3.10.7.2]\n"
            "LISTEN --close--> CLOSED [3.10.4]\n"
            "SYN-SENT --syn_ack_received--> ESTABLISHED [3.10.7.3]\n"
            "SYN-SENT --syn_received--> SYN-RECEIVED [3.10.7.3]\n"
            "SYN-SENT --reset_received--> CLOSED [3.10.7.3]\n"
            "SYN-SENT --close--> CLOSED [3.10.4]\n"
            "SYN-SENT --abort--> CLOSED [3.10.5]\n"
            "SYN-SENT --time_out--> CLOSED [3.10.8]\n"
            "SYN-RECEIVED --syn_acked--> ESTABLISHED [3.10.7.4]\n"
            "SYN-RECEIVED --syn_in_window--> LISTEN [3.10.7.4]\n"
            "SYN-RECEIVED --reset_half_open--> LISTEN [3.10.7.4]\n"
            "SYN-RECEIVED --reset_received--> CLOSED [3.10.7.4]\n"
            "SYN-RECEIVED --close--> FIN-WAIT-1 [3.10.4]\n"
            "SYN-RECEIVED --abort--> CLOSED [3.10.5]\n"
            "SYN-RECEIVED --time_out--> CLOSED [3.10.8]\n"
            "ESTABLISHED --close--> FIN-WAIT-1 [3.10.4]\n"
            "ESTABLISHED --fin_received--> CLOSE-WAIT [3.10.7.4]\n"
            "ESTABLISHED --reset_received--> CLOSED [3.10.7.4]\n"
            "ESTABLISHED --abort--> CLOSED [3.10.5]\n"
            "ESTABLISHED --time_out--> CLOSED [3.10.8]\n"
            "FIN-WAIT-1 --fin_acked--> FIN-WAIT-2 [3.10.7.4]\n"
            "FIN-WAIT-1 --fin_received--> CLOSING [3.10.7.4]\n"
            "FIN-WAIT-1 --reset_received--> CLOSED [3.10.7.4]\n"
            "FIN-WAIT-1 --abort--> CLOSED [3.10.5]\n"
            "FIN-WAIT-1 --time_out--> CLOSED [3.10.8]\n"
            "FIN-WAIT-2 --fin_received--> TIME-WAIT [3.10.7.4]\n"
            "FIN-WAIT-2 --reset_received--> CLOSED [3.10.7.4]\n"
            "FIN-WAIT-2 --abort--> CLOSED [3.10.5]\n"
            "FIN-WAIT-2 --time_out--> CLOSED [3.10.8]\n"
            "CLOSE-WAIT --close--> LAST-ACK [3.10.4]\n"
            "CLOSE-WAIT --reset_received--> CLOSED [3.10.7.4]\n"
            "CLOSE-WAIT --abort--> CLOSED [3.10.5]\n"
            "CLOSE-WAIT --time_out--> CLOSED [3.10.8]\n"
            "CLOSING --fin_acked--> TIME-WAIT [3.10.7.4]\n"
            "CLOSING --reset_received--> CLOSED [3.10.7.4]\n"
            "CLOSING --abort--> CLOSED [3.10.5]\n"
            "CLOSING --time_out--> CLOSED [3.10.8]\n"
            "LAST-ACK --fin_acked--> CLOSED [3.10.7.4]\n"
            "LAST-ACK --reset_received--> CLOSED [3.10.7.4]\n"
            "LAST-ACK --abort--> CLOSED [3.10.5]\n"
            "LAST-ACK --time_out--> CLOSED [3.10.8]\n"
            "TIME-WAIT --time_wait_over--> CLOSED [3.10.8]\n"
            "TIME-WAIT --recycled--> CLOSED [our limit]\n"
            "TIME-WAIT --syn_reopens--> SYN-RECEIVED [3.6.1]\n");
}

TEST(StateTable, PrintsEachRowOnceInEachFormat) {
  const auto mermaid = lines_of(print_table(TableFormat::mermaid));
  ASSERT_EQ(mermaid.size(), 1 + state_count + rows.size());
  EXPECT_EQ(mermaid.front(), "stateDiagram-v2");
  EXPECT_EQ(mermaid[6], "  state \"FIN-WAIT-1\" as FIN_WAIT_1");
  EXPECT_EQ(mermaid[1 + state_count], "  CLOSED --> LISTEN : passive_open [3.10.1]");
  EXPECT_EQ(mermaid.back(), "  TIME_WAIT --> SYN_RECEIVED : syn_reopens [3.6.1]");

  const auto dot = lines_of(print_table(TableFormat::dot));
  ASSERT_EQ(dot.size(), 3 + rows.size());
  EXPECT_EQ(dot.front(), "digraph tcp {");
  EXPECT_EQ(dot[2], "  \"CLOSED\" -> \"LISTEN\" [label=\"passive_open [3.10.1]\"];");
  EXPECT_EQ(dot.back(), "}");

  const auto text = lines_of(print_table(TableFormat::text));
  EXPECT_EQ(std::set<std::string>(text.begin(), text.end()).size(), rows.size());
}

TEST(StateTable, FindsTheRowThatMoves) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(find_row(rows[i].from, rows[i].event), i);
    EXPECT_EQ(lines_of(print_table(TableFormat::text))[i], to_string(rows[i]));
  }
}

TEST(StateTable, HasNoRowForWhatDoesNotMove) {
  // RFC 9293 3.10.7.4 eighth: a FIN heard again leaves the state alone.
  for (const State state : {State::close_wait, State::closing, State::last_ack, State::time_wait}) {
    EXPECT_EQ(find_row(state, Event::fin_received), std::nullopt);
  }
  // RFC 1337: a reset does not end TIME-WAIT. RFC 9293 3.10.7.2: nor does it end LISTEN.
  EXPECT_EQ(find_row(State::time_wait, Event::reset_received), std::nullopt);
  EXPECT_EQ(find_row(State::listen, Event::reset_received), std::nullopt);
  // RFC 9293 3.10.4: who has closed cannot close again.
  for (const State state : {State::closed, State::fin_wait_1, State::fin_wait_2, State::closing,
                            State::last_ack, State::time_wait}) {
    EXPECT_EQ(find_row(state, Event::close), std::nullopt);
  }
  // RFC 5961: a SYN for a synchronized connection is answered and moves nothing.
  EXPECT_EQ(rows_by(Event::syn_in_window), 1u);
  EXPECT_EQ(rows_by(Event::syn_acked), 1u);
}

// RFC 9293 3.3.2 note 3 and 3.10.8: a reset, an abort and a time-out end every state that has a
// peer but TIME-WAIT.
TEST(StateTable, EndsEveryStateThatHasAPeer) {
  for (const State state :
       {State::syn_sent, State::syn_received, State::established, State::fin_wait_1,
        State::fin_wait_2, State::close_wait, State::closing, State::last_ack}) {
    for (const Event event : {Event::reset_received, Event::abort, Event::time_out}) {
      const auto row = find_row(state, event);
      ASSERT_TRUE(row) << name(state) << ' ' << name(event);
      EXPECT_EQ(rows[*row].to, State::closed);
    }
  }
  EXPECT_EQ(rows_by(Event::time_out), 8u);
}

// RFC 9293 3.3.2 figure 5, its arrows without the labels; FIN-WAIT-1 to TIME-WAIT goes by way of
// FIN-WAIT-2 (note 2).
TEST(StateTable, HasEveryArrowOfTheFigure) {
  const std::set<std::pair<State, State>> figure{
      {State::closed, State::listen},           {State::closed, State::syn_sent},
      {State::listen, State::closed},           {State::listen, State::syn_received},
      {State::syn_received, State::listen},     {State::syn_received, State::established},
      {State::syn_received, State::fin_wait_1}, {State::syn_sent, State::closed},
      {State::syn_sent, State::syn_received},   {State::syn_sent, State::established},
      {State::established, State::fin_wait_1},  {State::established, State::close_wait},
      {State::fin_wait_1, State::fin_wait_2},   {State::fin_wait_1, State::closing},
      {State::fin_wait_2, State::time_wait},    {State::close_wait, State::last_ack},
      {State::closing, State::time_wait},       {State::last_ack, State::closed},
      {State::time_wait, State::closed}};
  std::set<std::pair<State, State>> ours;
  for (const Row& row : rows) ours.insert({row.from, row.to});
  for (const auto& arrow : figure) {
    EXPECT_TRUE(ours.count(arrow)) << name(arrow.first) << " to " << name(arrow.second);
  }
  for (const auto& arrow : ours) {
    const bool is_end = arrow.second == State::closed;
    const bool is_reopening = arrow.first == State::time_wait;
    EXPECT_TRUE(figure.count(arrow) || is_end || is_reopening)
        << name(arrow.first) << " to " << name(arrow.second);
  }
}

}  // namespace
}  // namespace acksu::tcp
