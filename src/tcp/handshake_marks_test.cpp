// Accurate ECN (RFC 9768) where parts of a handshake come again: a SYN+ACK that is answered once
// more, SYNs that ask for something else, SYN+ACKs that nobody hears.
#include <gtest/gtest.h>

#include "tcp/accurate_ecn.h"
#include "tcp/fast_open.h"
#include "tcp/lone_test.h"

namespace acksu::tcp::handshake_marks_test {
namespace {

constexpr std::uint8_t asks_accurate = 7, asks_classic = 3;

// A client whose peer counts marks.
struct Client : Lone {
  Client() : Lone({}, settings()) {
    connect();
    hear_said();
    hear_syn_ack(-1, 0);
    hear_said();
  }
  static Settings settings() {
    Settings settings;
    settings.ecn = EcnPolicy::ask_accurate;
    return settings;
  }
  void hear_syn_ack(std::int64_t seq, std::int64_t ack, const char* flags = "SYN+ACK") {
    Segment syn_ack = segment(flags, seq, ack);
    syn_ack.flags.set_ace(4);  // our SYN arrived as ECT(0)
    syn_ack.ecn = Ecn::capable_1;
    hear(syn_ack);
  }
  // What ACE of the one ACK says that is said now; nothing: none is.
  std::optional<std::uint8_t> told() {
    const std::vector<Segment> all = said();
    return all.size() == 1 ? std::optional{all[0].flags.ace()} : std::nullopt;
  }
};

// RFC 9768 3.2.2.1: how it arrived is told once more (3: as ECT(1)); RFC 5961 7: not too often.
TEST(HandshakeMarks, ASynAckThatComesAgainIsAnsweredAsAtFirst) {
  Client end;
  end.hear_syn_ack(-1, 0);
  EXPECT_EQ(end.told(), 3);
  end.hear_syn_ack(-1, 0);
  EXPECT_EQ(end.told(), std::nullopt);
  end.desk.now += end.desk.settings.challenge_interval;
  end.hear_syn_ack(-1, 0);
  EXPECT_EQ(end.told(), 3);
}

// Of another SYN+ACK the count is told, as ever: 5, for nothing was marked.
TEST(HandshakeMarks, ASynAckOfAnotherOpeningIsChallenged) {
  struct Row {
    std::int64_t seq, ack;
    const char* flags;
  };
  for (const Row& row : {Row{-2, 0, "SYN+ACK"}, Row{-1, 5, "SYN+ACK"}, Row{-1, 0, "SYN"}}) {
    Client end;
    end.hear_syn_ack(row.seq, row.ack, row.flags);
    EXPECT_EQ(end.told(), 5) << row.seq << ' ' << row.ack << ' ' << row.flags;
  }
}

// RFC 9768 3.2.3.2.2: no option where the path has dropped one.
TEST(HandshakeMarks, NoOptionWhereOneWasLost) {
  std::uint64_t told[2];
  for (const bool may_tell : {true, false}) {
    MarkCounter counter{EcnAgreement{.mode = EcnMode::accurate, .may_tell = may_tell}};
    Segment syn_ack;
    counter.fill_handshake(syn_ack, true);
    EXPECT_EQ(syn_ack.options.acc_ecn.is_given(), may_tell);
    EXPECT_EQ(syn_ack.flags.ace(), 2);
    Digest digest;
    counter.digest(digest);
    told[may_tell] = digest.value();
  }
  EXPECT_NE(told[0], told[1]);
}

// ---- A server that speaks before the handshake is over (RFC 7413) -------------------------------

struct Server : Lone {
  explicit Server(std::uint8_t ace) {
    desk.fast_open = &fast_open;
    Segment first = syn(ace);
    Accepted accepted;
    accepted.agreement = agree(first.options, desk.settings);
    accepted.agreement.ecn = ecn_for_syn(first, desk.settings.ecn);
    accepted.irs = first.seq;
    accepted.offered_window = 60'000;
    Context context = desk.context();
    connection.emplace(Opening{.tuple = desk.tuple, .iss = Seq{ours - 1}, .mss = 1000}, accepted,
                       context);
    EXPECT_EQ(connection->take_fast_open(first, false, context), Drop::none);
  }
  Segment syn(std::uint8_t ace) {
    Segment syn = segment("SYN", -1, 0);
    syn.flags.set_ace(ace);
    return syn;
  }
  void hear_syn(std::uint8_t ace) {
    Segment again = syn(ace);
    hear(again);
  }
  // The SYN+ACK that is said next.
  Segment syn_ack() {
    while (true) {
      for (Segment& segment : said()) {
        if (segment.has(Flags::syn)) return std::move(segment);
      }
      desk.now = connection->deadline();
      Context context = desk.context();
      connection->on_time(context);
    }
  }
  // With which codepoint new text leaves.
  Ecn codepoint() {
    write(100);
    const std::vector<Segment> all = said();
    return all.empty() ? Ecn::not_capable : all.back().ecn;
  }

  FastOpen fast_open{FastOpenKeys{SipKey{1, 2}}, FastOpenCache{SipKey{3, 4}}};
};

// RFC 9768 3.2.3.2.2: the option goes with the first, the flags with two; then neither, and no text
// of ours may be marked any more.
TEST(HandshakeMarks, SynAcksThatNobodyHearsAskForLess) {
  Server end{asks_accurate};
  const Segment first = end.syn_ack();
  EXPECT_EQ(first.flags.ace(), 2);
  EXPECT_TRUE(first.options.acc_ecn.is_given());
  const Segment second = end.syn_ack();
  EXPECT_EQ(second.flags.ace(), 2);
  EXPECT_FALSE(second.options.acc_ecn.is_given());
  const Segment third = end.syn_ack();
  EXPECT_EQ(third.flags.ace(), 0);
  EXPECT_FALSE(third.options.acc_ecn.is_given());
  end.hear("ACK", 0, 0);
  ASSERT_EQ(end.state(), State::established);
  EXPECT_EQ(end.codepoint(), Ecn::not_capable);
}

TEST(HandshakeMarks, TextAfterTheSecondSynAckMayStillBeMarked) {
  Server end{asks_accurate};
  end.syn_ack();
  end.syn_ack();
  Segment ack = end.segment("ACK", 0, 0);
  ack.flags.set_ace(2);
  end.hear(ack);
  EXPECT_EQ(end.codepoint(), Ecn::capable);
}

// RFC 3168 6.1.1: ECE alone agrees; without it there is none.
TEST(HandshakeMarks, SynAcksOfRfc3168AskForLessToo) {
  Server end{asks_classic};
  EXPECT_EQ(end.syn_ack().flags.ace(), 1);
  EXPECT_EQ(end.syn_ack().flags.ace(), 1);
  EXPECT_EQ(end.syn_ack().flags.ace(), 0);
  Server plain{0};
  EXPECT_EQ(plain.syn_ack().flags.ace(), 0);
}

// RFC 9768 3.1.5: who has asked for both cannot know which answer was heard.
TEST(HandshakeMarks, ASynThatAsksForAnotherFeedbackEndsIt) {
  const std::uint8_t both[] = {asks_accurate, asks_classic};
  for (const std::uint8_t first : both) {
    for (const std::uint8_t second : both) {
      Server end{first};
      end.syn_ack();
      end.hear_syn(second);
      const bool is_torn = first != second;
      const Lines said = end.hear_said();
      ASSERT_EQ(said.size(), 1u);
      EXPECT_EQ(said[0].flags, is_torn ? "RST+ACK" : "SYN+ACK");
      EXPECT_EQ(end.state(), is_torn ? State::closed : State::syn_received);
      const Error why = end.connection->error();
      EXPECT_EQ(why, is_torn ? Error::connection_aborted : Error::none);
    }
  }
}

// RFC 9768 3.1.5: but a SYN without ECN is answered as before; only our text is not marked.
TEST(HandshakeMarks, ASynWithoutEcnEndsMarking) {
  for (const std::uint8_t second : {asks_accurate, std::uint8_t{0}}) {
    Server end{asks_accurate};
    end.syn_ack();
    end.hear_syn(second);
    EXPECT_EQ(end.syn_ack().flags.ace(), 2);
    Segment ack = end.segment("ACK", 0, 0);
    ack.flags.set_ace(2);
    end.hear(ack);
    EXPECT_EQ(end.codepoint(), second == 0 ? Ecn::not_capable : Ecn::capable);
  }
}

// What else comes from outside of the window is no SYN that comes again.
TEST(HandshakeMarks, AnAckFromAnywhereBringsNoSynAck) {
  Server end{asks_accurate};
  end.syn_ack();
  end.hear("ACK", 70'000, 0);
  EXPECT_EQ(end.hear_said(), Lines{});
  Segment other = end.syn(asks_accurate);
  other.seq = other.seq - 7;
  end.hear(other);
  EXPECT_EQ(end.hear_said(), Lines{});
}

// Whether there is a count, and what it is, tells states apart.
TEST(HandshakeMarks, ACountTellsStatesApart) {
  const auto told = [](Client& end) {
    Digest digest;
    end.connection->digest(digest);
    return digest.value();
  };
  Client one, other;
  EXPECT_EQ(told(one), told(other));
  for (Client* end : {&one, &other}) {
    Segment text = end->segment("ACK", 0, 0, 100);
    text.ecn = end == &one ? Ecn::capable : Ecn::capable_1;
    end->hear(text);
  }
  EXPECT_NE(told(one), told(other));
}

}  // namespace
}  // namespace acksu::tcp::handshake_marks_test
