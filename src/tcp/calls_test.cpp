// What an application's calls do in each state of a connection (RFC 9293 3.10.1 to 3.10.6), and
// what its owner is told then.
#include <gtest/gtest.h>

#include <set>

#include "tcp/lone_test.h"

namespace acksu::tcp {
namespace {

// An end that was brought into each state there is after the open.
struct Staged : Lone {
  explicit Staged(State wanted) {
    desk.settings.timestamps = false;
    connect();
    if (wanted == State::syn_sent) return;
    establish();
    if (wanted == State::established) return;
    if (wanted == State::close_wait || wanted == State::last_ack) {
      hear("FIN+ACK", 0, 0);
      hear_said();
      if (wanted == State::last_ack) shut_down();
    } else if (wanted == State::closed) {
      hear("RST", 0, 0);
    } else {
      shut_down();
      hear_said();
      if (wanted == State::closing) hear("FIN+ACK", 0, 0);
      if (wanted == State::fin_wait_2 || wanted == State::time_wait) hear("ACK", 0, 1);
      if (wanted == State::time_wait) hear("FIN+ACK", 0, 1);
    }
    hear_said();
    connection->take_news();
    EXPECT_EQ(state(), wanted);
  }
  Context context() { return desk.context(); }
};

const State all_stages[] = {State::syn_sent,   State::established, State::fin_wait_1,
                            State::fin_wait_2, State::close_wait,  State::closing,
                            State::last_ack,   State::time_wait,   State::closed};

// RFC 9293 3.10.2, 3.10.4: text is taken until the application has closed.
TEST(Calls, WriteWhereTextMayStillBeSaid) {
  for (const State stage : all_stages) {
    Staged end(stage);
    Context context = end.context();
    const bool is_open =
        stage == State::syn_sent || stage == State::established || stage == State::close_wait;
    const Error expected = is_open                  ? Error::none
                           : stage == State::closed ? Error::connection_reset
                                                    : Error::is_shut_down;
    const auto text = text_from(0, 10);
    const auto error_of = [](const auto& result) { return result ? Error::none : result.error(); };
    EXPECT_EQ(error_of(end.connection->write(bytes_of(text), context)), expected) << name(stage);
    EXPECT_EQ(
        error_of(end.connection->write_shared(end.desk.pool.copy_of(bytes_of(text)), context)),
        expected);
    EXPECT_EQ(end.connection->end_record(context), expected);
    EXPECT_EQ(end.connection->mark_urgent(context), expected);
    if (!is_open) continue;
    EXPECT_EQ(end.info().snd.queued_bytes, 20u);
  }
}

TEST(Calls, ReadWhereTextMayStillCome) {
  for (const State stage : all_stages) {
    Staged end(stage);
    Context context = end.context();
    std::vector<std::uint8_t> bytes(10);
    const auto read = end.connection->read(bytes, context);
    const auto shared = end.connection->read_shared(10, context);
    const bool is_ended = stage == State::close_wait || stage == State::closing ||
                          stage == State::last_ack || stage == State::time_wait;
    EXPECT_EQ(static_cast<bool>(read), is_ended) << name(stage);
    EXPECT_EQ(static_cast<bool>(shared), is_ended) << name(stage);
    if (is_ended) {
      EXPECT_EQ(*read, 0u);
      EXPECT_EQ(shared->size(), 0u);
    } else {
      const Error expected = stage == State::closed ? Error::connection_reset : Error::would_block;
      EXPECT_EQ(read.error(), expected) << name(stage);
      EXPECT_EQ(shared.error(), expected) << name(stage);
    }
  }
}

TEST(Calls, ShutDownOnce) {
  for (const State stage : all_stages) {
    Staged end(stage);
    const Error expected = stage == State::syn_sent ? Error::not_connected
                           : stage == State::closed ? Error::connection_reset
                                                    : Error::none;
    EXPECT_EQ(end.shut_down(), expected) << name(stage);
    const bool moves = stage == State::established || stage == State::close_wait;
    EXPECT_EQ(end.state() != stage, moves) << name(stage);
    EXPECT_EQ(end.hear_said().size(), moves || stage == State::syn_sent ? 1u : 0u);
  }
}

// The owner needs the memory: as if R2 was over. In TIME-WAIT and CLOSED there is nothing to end.
TEST(Calls, GiveUpWithAReset) {
  for (const State stage : all_stages) {
    Staged end(stage);
    Context context = end.context();
    end.connection->give_up(context);
    const bool was_over = stage == State::time_wait || stage == State::closed;
    EXPECT_EQ(end.state(), was_over ? stage : State::closed);
    EXPECT_EQ(end.connection->error(), stage == State::time_wait ? Error::none
                                       : was_over                ? Error::connection_reset
                                                                 : Error::timed_out);
    EXPECT_EQ((end.connection->take_news() & News::failed) != 0, !was_over);
    const bool is_told = !was_over && stage != State::syn_sent;
    EXPECT_EQ(end.connection->is_over(), end.state() == State::closed && !is_told);
    EXPECT_EQ(end.connection->may_speak() && stage != State::time_wait, is_told);
    const Lines said = end.hear_said();
    ASSERT_EQ(said.size(), is_told ? 1u : 0u) << name(stage);
    EXPECT_EQ(end.connection->is_over(), stage != State::time_wait);
    if (!is_told) continue;
    EXPECT_EQ(said[0].flags, "RST+ACK");
  }
}

TEST(Calls, AbortLeavesNothing) {
  for (const State stage : all_stages) {
    Staged end(stage);
    end.hear("ACK", 0, 0, 10);
    end.abort();
    EXPECT_TRUE(end.connection->is_orphan());
    EXPECT_EQ(end.state(), stage == State::time_wait ? stage : State::closed) << name(stage);
    EXPECT_FALSE(end.connection->has_unread());
    EXPECT_EQ(end.desk.memory.held(), 0u);
    EXPECT_EQ(end.connection->deadline(), never);
  }
}

TEST(Calls, CloseOrphans) {
  for (const State stage : all_stages) {
    Staged end(stage);
    EXPECT_FALSE(end.connection->is_orphan());
    end.close();
    EXPECT_TRUE(end.connection->is_orphan());
    EXPECT_TRUE(end.info().is_orphan);
    const bool ends = stage == State::syn_sent || stage == State::closed;
    const State expected = ends                          ? State::closed
                           : stage == State::established ? State::fin_wait_1
                           : stage == State::close_wait  ? State::last_ack
                                                         : stage;
    EXPECT_EQ(end.state(), expected) << name(stage);
  }
}

TEST(Calls, ReleaseGivesAllBackAndSaysNothing) {
  Staged end(State::established);
  end.write(3000);
  end.hear("ACK", 0, 0, 10);
  end.hear("ACK", 20, 0, 10);
  EXPECT_TRUE(end.connection->has_unread());
  EXPECT_GT(end.desk.memory.held(), 0u);
  Context context = end.context();
  end.connection->release(context);
  EXPECT_EQ(end.desk.memory.held(), 0u);
  EXPECT_EQ(end.connection->deadline(), never);
}

// RFC 5461 4.1, RFC 5927 5.2: an ICMP error ends an attempt, and is a hint to a connection.
TEST(Calls, AnUnreachablePeerEndsOnlyAnAttempt) {
  for (const State stage : all_stages) {
    Staged end(stage);
    Context context = end.context();
    end.connection->on_unreachable(Error::host_unreachable, context);
    const bool is_over = stage == State::closed || stage == State::time_wait;
    if (stage == State::syn_sent) {
      EXPECT_EQ(end.connection->error(), Error::host_unreachable);
      EXPECT_EQ(end.connection->soft_error(), Error::none);
      EXPECT_EQ(end.desk.counters.failed_opens, 1u);
      EXPECT_EQ(end.hear_said(), Lines{}) << "no reset before the peer is known";
      continue;
    }
    EXPECT_EQ(end.state(), stage);
    EXPECT_EQ(end.connection->soft_error(), is_over ? Error::none : Error::host_unreachable);
    EXPECT_NE(end.connection->error(), Error::host_unreachable);
    EXPECT_EQ(end.connection->take_news(), is_over ? 0 : News::in_doubt) << name(stage);
  }
  Staged orphan(State::established);
  orphan.close();
  orphan.connection->on_soft_error(Error::host_unreachable);
  EXPECT_EQ(orphan.connection->soft_error(), Error::none);
}

TEST(Calls, IpOptionsAreThoseThatWereChosen) {
  Staged end(State::established);
  EXPECT_EQ(end.connection->ip_options(), nullptr);
  end.set({.nodelay = true});
  EXPECT_EQ(end.connection->ip_options(), nullptr);
  end.set({.ttl = 5});
  ASSERT_NE(end.connection->ip_options(), nullptr);
  EXPECT_EQ(end.connection->ip_options()->ttl, 5);
  end.set({.dscp = 46});
  ASSERT_NE(end.connection->ip_options(), nullptr);
  EXPECT_EQ(end.connection->ip_options()->dscp, 46);
  EXPECT_FALSE(end.connection->ip_options()->ttl.has_value());
}

// The next sixteen segments are acknowledged at once; or all may wait as usual.
TEST(Calls, QuickAcksAreSixteen) {
  for (const bool is_quick : {true, false}) {
    Staged end(State::established);
    end.connection->use_quick_acks(is_quick);
    int at_once = 0;
    for (int i = 0; i < 20; ++i) {
      end.hear("ACK", 10 * i, 0, 10);
      const bool is_said = !end.hear_said().empty();
      if (!is_said) break;
      ++at_once;
    }
    EXPECT_EQ(at_once, is_quick ? 16 : 0);
  }
}

TEST(Calls, TheEndOfARecordIsTheEndOfASegment) {
  Staged end(State::established);
  end.set({.nodelay = true});
  Context context = end.context();
  EXPECT_EQ(end.connection->end_record(context), Error::none);  // of nothing
  end.write(10);
  EXPECT_EQ(end.connection->end_record(context), Error::none);
  end.write(2000);
  EXPECT_EQ(end.hear_said(),
            (Lines{{"ACK", 0, 0, 10}, {"ACK", 10, 0, 1000}, {"ACK", 1010, 0, 1000}}));
}

TEST(Calls, PeekLeavesTextThere) {
  Staged end(State::established);
  end.hear("ACK", 0, 0, 100);
  std::vector<std::uint8_t> some(30);
  EXPECT_EQ(end.connection->peek(80, some), 20u);
  EXPECT_EQ(some[0], text_at(80));
  EXPECT_EQ(end.connection->peek(0, some), 30u);
  EXPECT_EQ(end.connection->peek(100, some), 0u);
  EXPECT_EQ(end.read(), text_from(0, 100));
  EXPECT_FALSE(end.connection->has_unread());
}

// Two segments, and no more room than the first needs.
TEST(Calls, PeekEndsWhereThereIsNoMoreRoom) {
  Staged end(State::established);
  end.hear("ACK", 0, 0, 1000);
  end.hear("ACK", 1000, 0, 1000);
  std::vector<std::uint8_t> some(1000);
  EXPECT_EQ(end.connection->peek(0, some), 1000u);
  EXPECT_EQ(some.back(), text_at(999));
  EXPECT_EQ(end.read(1000), text_from(0, 1000));
  EXPECT_EQ(end.read(1000), text_from(1000, 1000));
}

TEST(Calls, RoomIsAwaitedWhereThereIsNone) {
  Staged opening(State::syn_sent);
  Context context = opening.context();
  EXPECT_FALSE(opening.connection->await_room(context)) << "what is written has to wait";
  Staged end(State::established);
  end.set({.send_buffer_bytes = 4000, .notsent_lowat_bytes = 100});
  Context later = end.context();
  EXPECT_TRUE(end.connection->await_room(later));
  EXPECT_EQ(end.write(4000), 100u);
  EXPECT_TRUE(end.connection->is_send_awaited());
  EXPECT_FALSE(end.connection->await_room(later));
  EXPECT_TRUE(end.connection->is_send_awaited());
  end.hear_said();  // it leaves, and the turn is over
  EXPECT_FALSE(end.connection->is_send_awaited());
  EXPECT_EQ(end.connection->take_news(), News::writable);
}

// Zero-window probes: since when the window is known to be closed (RFC 9293 MUST-37).
TEST(Calls, AClosedWindowIsKnownOnceItWasProbed) {
  Staged end(State::established);
  EXPECT_FALSE(end.connection->window_closed_since().has_value());
  end.write(500);
  end.hear_said();
  const Instant last_sent = end.desk.now;
  Segment shut = end.segment("ACK", 0, 500);
  shut.window = 0;
  end.hear(shut);
  EXPECT_FALSE(end.connection->window_closed_since().has_value());
  end.write(100);
  end.hear_said();
  EXPECT_FALSE(end.connection->window_closed_since().has_value());
  end.pass(2s);
  EXPECT_EQ(end.connection->window_closed_since(), last_sent);
  end.hear("ACK", 0, 500);
  EXPECT_FALSE(end.connection->window_closed_since().has_value());
}

// Each of what happens to a connection is another state to who explores them.
TEST(Calls, EachTellsStatesApart) {
  using Act = void (*)(Staged&);
  const Act acts[] = {
      [](Staged&) {},
      [](Staged& end) { end.write(10); },
      [](Staged& end) { end.hear("ACK", 0, 0, 10); },
      [](Staged& end) { end.hear("ACK", 10, 0, 10); },
      [](Staged& end) { end.close(); },
      [](Staged& end) { end.shut_down(); },
      [](Staged& end) { end.abort(); },
      [](Staged& end) { end.connection->on_soft_error(Error::host_unreachable); },
      [](Staged& end) { end.set({.cork = true}); },
      [](Staged& end) { end.set({.more_follows = true}); },
      [](Staged& end) { end.set({.nodelay = true}); },
      [](Staged& end) { end.set({.send_buffer_bytes = 5000}); },
      [](Staged& end) { end.set({.user_timeout = 30s}); },
      [](Staged& end) { end.set({.keepalive = true}); },
      [](Staged& end) {
        end.set({.keepalive = true, .keepalive_idle = 1s});
        end.desk.now += 1s;
        Context context = end.context();
        end.connection->on_time(context);
        end.desk.now -= 1s;
      },
      [](Staged& end) {
        Context context = end.context();
        end.connection->await_room(context);
        end.set({.notsent_lowat_bytes = 1});
        end.write(10);
      },
      [](Staged& end) {
        end.write(10);
        Context context = end.context();
        end.connection->mark_urgent(context);
      },
      [](Staged& end) { end.hear("RST", 0, 0); },
      [](Staged& end) { end.hear("FIN+ACK", 0, 0); },
      [](Staged& end) { end.hear("SYN", 0, 0); },
      [](Staged& end) {
        Segment segment = end.segment("ACK", 0, 0);
        segment.window = 1;
        end.hear(segment);
      },
      [](Staged& end) {
        Segment segment = end.segment("ACK", 0, 0);
        segment.options.user_timeout = 0x8001;
        end.hear(segment);
      },
      [](Staged& end) { end.connection->use_quick_acks(false); },
  };
  std::set<std::uint64_t> told;
  for (const Act& act : acts) {
    Staged end(State::established), twin(State::established);
    std::uint64_t values[2];
    for (Staged* each : {&end, &twin}) {
      act(*each);
      Digest digest;
      each->connection->digest(digest);
      values[each == &twin] = digest.value();
    }
    EXPECT_EQ(values[0], values[1]) << (&act - acts);
    EXPECT_TRUE(told.insert(values[0]).second) << (&act - acts);
  }
}

// RFC 9293 MUST-17, SHLD-7: options of a connection that say nothing of Nagle leave it to the host.
TEST(Calls, OptionsThatSayNothingOfNagleLeaveItAsItIs) {
  for (const bool has_nagle : {true, false}) {
    for (const bool nodelay : {true, false}) {
      Lone end;
      end.desk.settings.nagle = has_nagle;
      end.establish();
      end.set({.nodelay = nodelay});
      end.write(10);
      EXPECT_EQ(end.hear_said(), (Lines{{"ACK", 0, 0, 10}}));
      end.write(10);
      const bool is_held_back = has_nagle && !nodelay;
      EXPECT_EQ(end.hear_said(), is_held_back ? Lines{} : (Lines{{"ACK", 10, 0, 10}}));
      EXPECT_EQ(end.connection->may_speak(), is_held_back);
    }
  }
}

}  // namespace
}  // namespace acksu::tcp
