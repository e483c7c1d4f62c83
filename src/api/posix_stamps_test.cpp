// Time stamps through the POSIX-shaped layer: SO_TIMESTAMPING of streams, and the stamps of what
// has arrived.
#include <gtest/gtest.h>
#include <sys/time.h>
#include <time.h>

#include <linux/errqueue.h>

#include "api/posix_scene_test.h"

namespace acksu::posix::stamps_test {
namespace {

const Outcome well = Outcome::of(0);

constexpr OptionName stamping_option{SOL_SOCKET, SO_TIMESTAMPING_OLD};
constexpr OptionName new_stamping_option{SOL_SOCKET, SO_TIMESTAMPING_NEW};
constexpr std::uint32_t tx_all = stamping::tx_sched | stamping::tx_software | stamping::tx_ack;
constexpr std::uint32_t usual = tx_all | stamping::software | stamping::opt_id;

constexpr short error_bit = POLLERR;

template <class Value>
Value value_in(const std::vector<std::uint8_t>& octets) {
  Value value{};
  std::memcpy(&value, octets.data(), std::min(octets.size(), sizeof value));
  return value;
}

std::string time_text(std::int64_t seconds, std::int64_t nanoseconds) {
  return std::to_string(seconds * 1000 + nanoseconds / 1'000'000) + "ms";
}

// Of one control message: what stamps are of, for which octet, and when.
std::string text_of(const cmsghdr& header, const std::vector<std::uint8_t>& data) {
  if (header.cmsg_level == SOL_SOCKET) {
    switch (header.cmsg_type) {
      case SO_TIMESTAMP_OLD: {
        const auto time = value_in<timeval>(data);
        return "TIMESTAMP " + time_text(time.tv_sec, 1000 * time.tv_usec);
      }
      case SO_TIMESTAMP_NEW: {
        const auto time = value_in<std::array<std::int64_t, 2>>(data);
        return "TIMESTAMP_NEW " + time_text(time[0], 1000 * time[1]);
      }
      case SO_TIMESTAMPNS_OLD: {
        const auto time = value_in<timespec>(data);
        return "TIMESTAMPNS " + time_text(time.tv_sec, time.tv_nsec);
      }
      case SO_TIMESTAMPNS_NEW: {
        const auto time = value_in<std::array<std::int64_t, 2>>(data);
        return "TIMESTAMPNS_NEW " + time_text(time[0], time[1]);
      }
      case SO_TIMESTAMPING_OLD: {
        EXPECT_EQ(data.size(), 3 * sizeof(timespec));
        const auto times = value_in<std::array<timespec, 3>>(data);
        EXPECT_EQ(times[1].tv_sec + times[1].tv_nsec + times[2].tv_sec + times[2].tv_nsec, 0);
        return "TIMESTAMPING " + time_text(times[0].tv_sec, times[0].tv_nsec);
      }
      case SO_TIMESTAMPING_NEW: {
        EXPECT_EQ(data.size(), 3 * 16u);
        const auto times = value_in<std::array<std::int64_t, 6>>(data);
        return "TIMESTAMPING_NEW " + time_text(times[0], times[1]);
      }
      default: break;
    }
  }
  const bool is_v4 = header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_RECVERR;
  const bool is_v6 = header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_RECVERR;
  if (is_v4 || is_v6) {
    EXPECT_EQ(data.size(),
              sizeof(sock_extended_err) + (is_v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)));
    const auto error = value_in<sock_extended_err>(data);
    EXPECT_EQ(error.ee_type, 0);
    if (error.ee_origin == SO_EE_ORIGIN_ZEROCOPY) {
      return "LENT " + std::to_string(error.ee_info) + "-" + std::to_string(error.ee_data);
    }
    EXPECT_EQ(error.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
    EXPECT_EQ(error.ee_errno, ENOMSG);
    EXPECT_EQ(error.ee_code, 0);
    const std::array names{"SND", "SCHED", "ACK"};
    return names.at(error.ee_info) + std::string{is_v6 ? "/v6 " : " "} +
           std::to_string(error.ee_data);
  }
  return std::to_string(header.cmsg_level) + "/" + std::to_string(header.cmsg_type);
}

struct Told {
  Outcome outcome;
  int flags = 0;
  std::string controls;  // one behind the other, with ", " between
};

struct Stamped : Scene {
  using Scene::Scene;

  Told told(Sockets& sockets, int descriptor, int flags, std::size_t most = 4096,
            std::size_t room = 512) {
    std::string text(most, '?');
    iovec part{text.data(), text.size()};
    std::vector<std::uint8_t> control(room);
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room == 0 ? nullptr : control.data();
    message.msg_controllen = room;
    Transfer transfer = Transfer::of(descriptor, message, flags);
    Told result;
    result.outcome = sockets.receive(transfer, now());
    if (!result.outcome) return result;
    result.flags = transfer.message.msg_flags;
    msghdr& filled = transfer.message;
    for (cmsghdr* each = CMSG_FIRSTHDR(&filled); each; each = CMSG_NXTHDR(&filled, each)) {
      const std::uint8_t* const data = CMSG_DATA(each);
      if (!result.controls.empty()) result.controls += ", ";
      result.controls += text_of(*each, {data, data + each->cmsg_len - CMSG_LEN(0)});
    }
    return result;
  }
  // The next of the client's error queue, "-" if it is empty.
  std::string report(int descriptor) {
    const Told result = told(client, descriptor, MSG_ERRQUEUE);
    return result.outcome ? result.controls : "-";
  }
  // All of them, one behind the other.
  std::string reports(int descriptor) {
    std::string all;
    for (std::string each = report(descriptor); each != "-"; each = report(descriptor)) {
      all += (all.empty() ? "" : "; ") + each;
    }
    return all;
  }
  Outcome stamp(int descriptor, std::uint32_t flags) {
    return set(client, descriptor, stamping_option, static_cast<int>(flags));
  }
  // sendmsg with one control message of SOL_SOCKET.
  Outcome send_with(int descriptor, int type, std::uint32_t flags,
                    std::size_t bytes = sizeof(std::uint32_t), int level = SOL_SOCKET) {
    std::array<std::uint8_t, 64> control{};
    const std::array<std::uint32_t, 2> value{flags, 0};
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(bytes);
    header.cmsg_level = level;
    header.cmsg_type = type;
    std::memcpy(control.data(), &header, sizeof header);
    std::memcpy(control.data() + CMSG_LEN(0), &value, sizeof value);
    char text[] = "xy";
    iovec part{text, 2};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(bytes);
    Transfer transfer = Transfer::of(descriptor, message, 0);
    return client.send(transfer, now());
  }
};

// ---- What is set and told -----------------------------------------------------------------------

TEST(PosixStamps, AreSetAsOnLinux) {
  Stamped scene;
  const int socket = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  const int listener = scene.listening();
  EXPECT_EQ(scene.stamp(socket, stamping::opt_id).error, EINVAL);  // counts from nowhere
  EXPECT_EQ(scene.set(scene.server, listener, stamping_option, stamping::opt_id).error, EINVAL);
  EXPECT_EQ(scene.stamp(socket, 1u << 19).error, EINVAL);
  EXPECT_EQ(scene.stamp(socket, stamping::opt_id_tcp).error, EINVAL);
  EXPECT_EQ(scene.stamp(socket, stamping::opt_stats).error, EINVAL);
  EXPECT_EQ(scene.stamp(socket, stamping::bind_phc).error, EOPNOTSUPP);
  const std::array<std::uint8_t, 12> octets{0x18, 2};
  const auto set = [&](std::size_t bytes) {
    return scene.client.setsockopt(socket, stamping_option, Bytes{octets}.first(bytes),
                                   scene.now());
  };
  EXPECT_EQ(set(3).error, EINVAL);
  EXPECT_EQ(set(4), well);
  EXPECT_EQ(set(8), well);
  EXPECT_EQ(set(12), well);
  const Bytes nowhere{static_cast<const std::uint8_t*>(nullptr), 4};
  EXPECT_EQ(scene.client.setsockopt(socket, stamping_option, nowhere, scene.now()).error, EFAULT);
  std::array<std::uint8_t, 16> room{};
  EXPECT_EQ(scene.client.getsockopt(socket, stamping_option, room, scene.now()).value, 8);
  EXPECT_EQ(room[0], 0x18);
  EXPECT_EQ(room[1], 2);
  EXPECT_EQ(scene.option(scene.client, socket, stamping_option), 0x218);
  // Of the two names, the newer one tells only what was set by a newer one.
  EXPECT_EQ(scene.option(scene.client, socket, new_stamping_option), 0);
  EXPECT_EQ(scene.set(scene.client, socket, new_stamping_option, 0x10), well);
  EXPECT_EQ(scene.option(scene.client, socket, new_stamping_option), 0x10);
  EXPECT_EQ(scene.option(scene.client, socket, stamping_option), 0x10);
}

TEST(PosixStamps, OfArrivalsAreOneOptionWithFourNames) {
  Stamped scene;
  const int socket = Scene::made(scene.client.socket(AF_INET, SOCK_DGRAM, 0));
  constexpr std::array names{SO_TIMESTAMP_OLD, SO_TIMESTAMPNS_OLD, SO_TIMESTAMP_NEW,
                             SO_TIMESTAMPNS_NEW};
  const auto values = [&] {
    std::string text;
    for (const int name : names) {
      text += std::to_string(scene.option(scene.client, socket, {SOL_SOCKET, name}));
    }
    return text;
  };
  const std::array expected{"1000", "0100", "0010", "0011"};  // as Linux 6.18 answers
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(scene.set(scene.client, socket, {SOL_SOCKET, names[i]}, 5), well);
    EXPECT_EQ(values(), expected[i]);
  }
  EXPECT_EQ(scene.set(scene.client, socket, {SOL_SOCKET, SO_TIMESTAMP_OLD}, 0), well);
  EXPECT_EQ(values(), "0000");
}

// ---- Out ----------------------------------------------------------------------------------------

TEST(PosixStamps, TellWhenTheLastOctetLeftAndWasAcknowledged) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.stamp(ends.at_client, usual), well);
  EXPECT_EQ(scene.report(ends.at_client), "-");
  EXPECT_EQ(scene.told(scene.client, ends.at_client, MSG_ERRQUEUE).outcome.error, EAGAIN);
  const Instant begin = scene.now();
  const std::string at = std::to_string(begin.time_since_epoch() / 1ms) + "ms";
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "hello").value, 5);
  EXPECT_EQ(scene.client.readiness(ends.at_client, scene.now()) & error_bit, 0);  // not yet
  scene.pass(1ms);
  EXPECT_NE(scene.client.readiness(ends.at_client, scene.now()) & error_bit, 0);
  EXPECT_EQ(scene.option(scene.client, ends.at_client, {SOL_SOCKET, SO_ERROR}), 0);
  EXPECT_EQ(scene.reports(ends.at_client),
            "TIMESTAMPING " + at + ", SCHED 4; TIMESTAMPING " + at + ", SND 4");
  EXPECT_EQ(scene.client.readiness(ends.at_client, scene.now()) & error_bit, 0);
  scene.pass(1s);
  const std::string acked = scene.report(ends.at_client);
  EXPECT_TRUE(acked.ends_with(", ACK 4")) << acked;
  EXPECT_EQ(scene.report(ends.at_client), "-");
}

TEST(PosixStamps, AreOfEachWriteInItsOrder) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.stamp(ends.at_client, tx_all | stamping::opt_id), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "one").value, 3);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "three").value, 5);
  scene.pass(1s);
  // Without SOFTWARE no time is told.
  EXPECT_EQ(scene.reports(ends.at_client), "SCHED 2; SND 2; SCHED 7; SND 7; ACK 2; ACK 7");
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_ack), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "more").value, 4);
  Transfer nothing = Transfer::of(ends.at_client, nullptr, 0, 0);
  EXPECT_EQ(scene.client.send(nothing, scene.now()).value, 0);  // of which nothing is told
  scene.pass(1s);
  EXPECT_EQ(scene.reports(ends.at_client), "ACK 0");  // without OPT_ID no octet is
  EXPECT_EQ(scene.stamp(ends.at_client, 0), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "more").value, 4);
  scene.pass(1s);
  EXPECT_EQ(scene.reports(ends.at_client), "");
}

TEST(PosixStamps, CountFromWhereOptIdWasSet) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  constexpr std::uint32_t flags = stamping::tx_software | stamping::opt_id;
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "before").value, 6);
  scene.pass(1s);
  // From what is not acknowledged: so what was written before and is under way counts.
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "under way").value, 9);
  EXPECT_EQ(scene.stamp(ends.at_client, flags), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "12").value, 2);
  scene.pass(1s);
  EXPECT_EQ(scene.reports(ends.at_client), "SND 10");
  EXPECT_EQ(scene.stamp(ends.at_client, flags | stamping::software), well);  // is no new start
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "3").value, 1);
  scene.pass(1s);
  EXPECT_TRUE(scene.reports(ends.at_client).ends_with("SND 11"));
  // From what was written, however much of it is under way.
  EXPECT_EQ(scene.stamp(ends.at_client, 0), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "under way").value, 9);
  EXPECT_EQ(scene.stamp(ends.at_client, flags | stamping::opt_id_tcp), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "12").value, 2);
  scene.pass(1s);
  EXPECT_EQ(scene.reports(ends.at_client), "SND 1");
}

TEST(PosixStamps, CountASynThatNobodyHasAnswered) {
  for (const bool counts_written : {false, true}) {
    Stamped scene;
    (void)scene.listening();
    const int socket = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    EXPECT_EQ(scene.connect(scene.client, socket, Scene::name_v4(Scene::server_v4)).error,
              EINPROGRESS);
    const std::uint32_t more = counts_written ? stamping::opt_id_tcp : 0;
    EXPECT_EQ(scene.stamp(socket, stamping::tx_ack | stamping::opt_id | more), well);
    scene.pass(1s);
    EXPECT_EQ(scene.write(scene.client, socket, "abc").value, 3);
    scene.pass(1s);
    EXPECT_EQ(scene.reports(socket), counts_written ? "ACK 2" : "ACK 3");
  }
}

TEST(PosixStamps, ArePutAsOnLinux) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_software | stamping::software), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "a").value, 1);
  scene.pass(1s);
  // The packet, which Linux tells with it, has no room however large that is.
  EXPECT_EQ(scene.told(scene.client, ends.at_client, MSG_ERRQUEUE).flags, MSG_ERRQUEUE | MSG_TRUNC);
  EXPECT_EQ(scene.stamp(ends.at_client,
                        stamping::tx_software | stamping::software | stamping::opt_tsonly),
            well);
  for (const std::size_t room : {512, 0, 112, 111}) {
    EXPECT_EQ(scene.write(scene.client, ends.at_client, "a").value, 1);
    scene.pass(1s);
    // One that looks takes it.
    const Told told = scene.told(scene.client, ends.at_client, MSG_ERRQUEUE | MSG_PEEK, 9, room);
    EXPECT_EQ(told.outcome.value, 0);
    EXPECT_EQ(told.flags, room < 112 ? MSG_ERRQUEUE | MSG_CTRUNC : MSG_ERRQUEUE) << room;
    EXPECT_EQ(scene.report(ends.at_client), "-");
  }
  // The newer layout, and the other stamp beside it.
  EXPECT_EQ(scene.set(scene.client, ends.at_client, new_stamping_option,
                      stamping::tx_software | stamping::software),
            well);
  EXPECT_EQ(scene.set(scene.client, ends.at_client, {SOL_SOCKET, SO_TIMESTAMPNS_NEW}, 1), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "a").value, 1);
  const std::string at = std::to_string(scene.now().time_since_epoch() / 1ms) + "ms";
  scene.pass(1s);
  EXPECT_EQ(scene.report(ends.at_client),
            "TIMESTAMPNS_NEW " + at + ", TIMESTAMPING_NEW " + at + ", SND 0");
}

TEST(PosixStamps, OfASocketOfIpv6AreItsOwnKind) {
  Stamped scene;
  (void)scene.listening();
  const int socket = Scene::made(scene.client.socket(AF_INET6, SOCK_STREAM, 0));
  const WrittenName name = write_name(AF_INET6, {Scene::server_v4, Scene::port});
  EXPECT_TRUE(scene.wait([&] { return scene.connect(scene.client, socket, name); }));
  EXPECT_EQ(scene.stamp(socket, stamping::tx_software), well);
  EXPECT_EQ(scene.write(scene.client, socket, "a").value, 1);
  scene.pass(1s);
  EXPECT_EQ(scene.reports(socket), "SND/v6 0");
}

TEST(PosixStamps, AreAskedForByOneSend) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::opt_id), well);
  const auto sent = [&](int type, std::uint32_t flags, std::size_t bytes = 4,
                        int level = SOL_SOCKET) {
    const Outcome outcome = scene.send_with(ends.at_client, type, flags, bytes, level);
    scene.pass(1s);
    return std::to_string(outcome.value) + "/" + std::to_string(outcome.error) + " " +
           scene.reports(ends.at_client);
  };
  constexpr std::uint32_t two = stamping::tx_software | stamping::tx_ack;
  EXPECT_EQ(sent(SO_TIMESTAMPING_OLD, two), "2/0 SND 1; ACK 1");
  EXPECT_EQ(sent(SO_TIMESTAMPING_NEW, stamping::tx_sched), "2/0 SCHED 3");
  EXPECT_EQ(sent(SO_TIMESTAMPING_OLD, two | stamping::tx_hardware), "2/0 SND 5; ACK 5");
  EXPECT_EQ(sent(SO_TIMESTAMPING_OLD, stamping::software), "-1/22 ");
  EXPECT_EQ(sent(SO_TIMESTAMPING_OLD, two, 8), "-1/22 ");
  EXPECT_EQ(sent(99, two), "-1/22 ");
  EXPECT_EQ(sent(SO_TIMESTAMPING_OLD, two, 4, IPPROTO_IP), "2/0 ");  // of others' nothing
  // It takes the place of what the socket asks for.
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::opt_id | stamping::tx_ack), well);
  EXPECT_EQ(sent(SO_TIMESTAMPING_OLD, stamping::tx_sched), "2/0 SCHED 9");
  EXPECT_EQ(sent(SO_TIMESTAMPING_OLD, 0), "2/0 ");
}

TEST(PosixStamps, OfAPartOfAWriteAreOfItsLastOctet) {
  Stamped scene;
  const Scene::Ends ends = scene.established(SOCK_NONBLOCK);
  EXPECT_EQ(scene.set(scene.client, ends.at_client, {SOL_SOCKET, SO_SNDBUF}, 5000), well);
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_ack | stamping::opt_id), well);
  const Outcome part = scene.write(scene.client, ends.at_client, repeated('x', 100'000));
  EXPECT_GT(part.value, 0);
  EXPECT_LT(part.value, 100'000);
  scene.pass(1s);
  EXPECT_EQ(scene.reports(ends.at_client), "ACK " + std::to_string(part.value - 1));
}

TEST(PosixStamps, WaitForTheLastOctetToLeave) {
  Stamped scene;
  const Scene::Ends ends = scene.established(SOCK_NONBLOCK);
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_software | stamping::opt_id), well);
  // Ten segments leave at once; the last octet only after ACKs.
  EXPECT_EQ(scene.write(scene.client, ends.at_client, repeated('x', 30'000)).value, 30'000);
  EXPECT_EQ(scene.client.shutdown(ends.at_client, SHUT_WR, scene.now()), well);
  scene.pass(9ms);
  EXPECT_EQ(scene.reports(ends.at_client), "");
  scene.pass(1s);
  EXPECT_EQ(scene.reports(ends.at_client), "SND 29999");
}

TEST(PosixStamps, OutliveTheConnectionsEnd) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_ack | stamping::opt_id), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "bye").value, 3);
  EXPECT_EQ(scene.client.shutdown(ends.at_client, SHUT_WR, scene.now()), well);
  EXPECT_EQ(scene.server.shutdown(ends.at_server, SHUT_WR, scene.now()), well);
  scene.pass(10min);
  EXPECT_EQ(scene.reports(ends.at_client), "ACK 2");
}

TEST(PosixStamps, OfWhatNeverArrivedAreNotTold) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.stamp(ends.at_client, tx_all), well);
  EXPECT_EQ(scene.server.setsockopt(ends.at_server, {SOL_SOCKET, SO_LINGER},
                                    std::array<std::uint8_t, 8>{1}, scene.now()),
            well);
  EXPECT_EQ(scene.server.close(ends.at_server, scene.now()), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "hello").value, 5);
  scene.pass(1ms);
  EXPECT_TRUE(scene.client.follow_stamps());
  scene.pass(1s);
  EXPECT_EQ(scene.reports(ends.at_client), "SCHED 0; SND 0");
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "hello").error, ECONNRESET);
}

TEST(PosixStamps, ShareTheQueueWithLentMemory) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.set(scene.client, ends.at_client, {SOL_SOCKET, SO_ZEROCOPY}, 1), well);
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_ack | stamping::opt_id), well);
  const auto lend = [&](std::string_view text) {
    Transfer transfer =
        Transfer::of(ends.at_client, const_cast<char*>(text.data()), text.size(), MSG_ZEROCOPY);
    EXPECT_EQ(scene.client.send(transfer, scene.now()).value, static_cast<int>(text.size()));
    scene.pass(1s);
    scene.client.follow_stamps();
  };
  lend("abc");
  lend("def");
  EXPECT_EQ(scene.stamp(ends.at_client, 0), well);
  lend("ghi");
  lend("jkl");
  EXPECT_EQ(scene.reports(ends.at_client), "ACK 2; LENT 0-0; ACK 5; LENT 1-3");
}

TEST(PosixStamps, AreBounded) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_ack | stamping::opt_id), well);
  constexpr int many = 5000;  // writes at once: those beyond 4096 are told as one
  for (int i = 0; i < many; ++i) {
    EXPECT_EQ(scene.write(scene.client, ends.at_client, "x").value, 1);
  }
  scene.pass(100ms);
  scene.client.follow_stamps();
  scene.pass(10s);
  int count = 0;
  std::string last;
  for (std::string each = scene.report(ends.at_client); each != "-"; ++count) {
    last = each;
    each = scene.report(ends.at_client);
  }
  EXPECT_EQ(count, 1024);  // reports that nobody has taken
  EXPECT_EQ(last, "ACK 1023");
}

TEST(PosixStamps, WakeWhoPollsAndWatches) {
  Stamped scene;
  const Scene::Ends ends = scene.established();
  const int epoll = Scene::made(scene.client.epoll_create(0));
  epoll_event event{};
  event.events = EPOLLET;
  EXPECT_EQ(scene.client.epoll_ctl(epoll, EPOLL_CTL_ADD, ends.at_client, &event), well);
  std::array<epoll_event, 1> room{};
  EXPECT_EQ(scene.client.epoll_wait(epoll, room, scene.now()).value, 0);
  EXPECT_EQ(scene.stamp(ends.at_client, stamping::tx_software), well);
  EXPECT_EQ(scene.write(scene.client, ends.at_client, "a").value, 1);
  EXPECT_FALSE(scene.client.follow_stamps());
  scene.pass(1ms);
  EXPECT_TRUE(scene.client.follow_stamps());
  EXPECT_FALSE(scene.client.follow_stamps());  // was told
  EXPECT_EQ(scene.client.epoll_wait(epoll, room, scene.now()).value, 1);
  EXPECT_EQ(room[0].events, EPOLLERR);
  EXPECT_EQ(scene.client.epoll_wait(epoll, room, scene.now()).value, 0);
  EXPECT_EQ(scene.client.close(ends.at_client, scene.now()), well);
  EXPECT_FALSE(scene.client.follow_stamps());  // nobody is there
}

// ---- In -----------------------------------------------------------------------------------------

struct StampedDatagrams : Stamped {
  int at_server = made(server.socket(AF_INET, SOCK_DGRAM, 0));
  int at_client = made(client.socket(AF_INET, SOCK_DGRAM, 0));

  StampedDatagrams() {
    EXPECT_EQ(bind(server, at_server, name_v4({}, 53)), well);
    EXPECT_EQ(connect(client, at_client, name_v4(server_v4, 53)), well);
    come();  // neighbours know each other now
    EXPECT_EQ(read(server, at_server), "zzz");
  }
  void come() {
    EXPECT_EQ(write(client, at_client, "zzz").value, 3);
    pass(1s);
  }
  // What is told of one that comes, its time as "@".
  std::string next(std::size_t room = 512) {
    const std::string at = std::to_string((now() + 5ms).time_since_epoch() / 1ms) + "ms";
    come();
    Told result = told(server, at_server, 0, 9, room);
    EXPECT_EQ(result.outcome.value, 3);
    EXPECT_EQ(result.flags, room == 0 ? MSG_CTRUNC : 0);
    std::string& text = result.controls;
    for (auto place = text.find(at); place != std::string::npos; place = text.find(at)) {
      text.replace(place, at.size(), "@");
    }
    return text;
  }
};

TEST(PosixStamps, TellWhenADatagramArrived) {
  StampedDatagrams scene;
  const auto set = [&](int name, std::uint32_t value) {
    EXPECT_EQ(scene.set(scene.server, scene.at_server, {SOL_SOCKET, name}, static_cast<int>(value)),
              well);
  };
  EXPECT_EQ(scene.next(), "");
  set(SO_TIMESTAMP_OLD, 1);
  EXPECT_EQ(scene.next(), "TIMESTAMP @");
  set(SO_TIMESTAMPNS_OLD, 1);
  EXPECT_EQ(scene.next(), "TIMESTAMPNS @");
  set(SO_TIMESTAMP_NEW, 1);
  EXPECT_EQ(scene.next(), "TIMESTAMP_NEW @");
  set(SO_TIMESTAMPNS_NEW, 1);
  EXPECT_EQ(scene.next(), "TIMESTAMPNS_NEW @");
  EXPECT_EQ(scene.next(0), "");  // MSG_CTRUNC
  // Before what IP tells.
  EXPECT_EQ(scene.set(scene.server, scene.at_server, {IPPROTO_IP, IP_RECVTTL}, 1), well);
  set(SO_TIMESTAMPING_OLD, stamping::rx_software | stamping::software);
  EXPECT_EQ(scene.next(), "TIMESTAMPNS @, TIMESTAMPING @, 0/2");
  set(SO_TIMESTAMPING_OLD, stamping::software | stamping::opt_rx_filter);
  EXPECT_EQ(scene.next(), "TIMESTAMPNS @, 0/2");
  set(SO_TIMESTAMPNS_OLD, 0);
  EXPECT_EQ(scene.next(), "0/2");
  set(SO_TIMESTAMPING_OLD, stamping::rx_software);  // taken, and not told
  EXPECT_EQ(scene.next(), "0/2");
  set(SO_TIMESTAMPING_OLD, stamping::software);  // told, and not taken
  EXPECT_EQ(scene.next(), "0/2");
  set(SO_TIMESTAMPING_NEW, stamping::rx_software | stamping::software);
  EXPECT_EQ(scene.next(), "TIMESTAMPING_NEW @, 0/2");
}

struct StampedText : Stamped {
  Ends ends = established();

  std::string come(std::string_view text) {
    EXPECT_EQ(write(client, ends.at_client, text).value, static_cast<int>(text.size()));
    const std::string at = std::to_string((now() + 5ms).time_since_epoch() / 1ms) + "ms";
    pass(1s);
    server.follow_stamps();
    return at;
  }
  Outcome set_server(int name, std::uint32_t value) {
    return set(server, ends.at_server, {SOL_SOCKET, name}, static_cast<int>(value));
  }
  std::string next(std::size_t most, int flags = 0) {
    return told(server, ends.at_server, flags, most).controls;
  }
};

TEST(PosixStamps, TellWhenTheLastOctetThatIsReadArrived) {
  StampedText scene;
  (void)scene.come("before");
  EXPECT_EQ(scene.set_server(SO_TIMESTAMPING_OLD, stamping::rx_software | stamping::software),
            well);
  const std::string first = scene.come("one");
  const std::string second = scene.come("two");
  EXPECT_EQ(scene.next(6), "");  // from before it was asked for
  EXPECT_EQ(scene.next(1), "TIMESTAMPING " + first);
  EXPECT_EQ(scene.next(2, MSG_PEEK), "TIMESTAMPING " + first);
  EXPECT_EQ(scene.next(3, MSG_PEEK), "TIMESTAMPING " + second);
  EXPECT_EQ(scene.next(2), "TIMESTAMPING " + first);
  EXPECT_EQ(scene.next(9), "TIMESTAMPING " + second);
  // The same by the other option, before what TCP tells.
  EXPECT_EQ(scene.set_server(SO_TIMESTAMP_OLD, 1), well);
  EXPECT_EQ(scene.set(scene.server, scene.ends.at_server, {IPPROTO_TCP, TCP_INQ}, 1), well);
  const std::string third = scene.come("three");
  EXPECT_EQ(scene.next(2), "TIMESTAMP " + third + ", TIMESTAMPING " + third + ", 6/36");
  EXPECT_EQ(scene.told(scene.server, scene.ends.at_server, 0, 1, 0).flags, MSG_CTRUNC);
  EXPECT_EQ(scene.read(scene.server, scene.ends.at_server), "ee");
  EXPECT_EQ(scene.set_server(SO_TIMESTAMPING_OLD, 0), well);
  EXPECT_EQ(scene.set_server(SO_TIMESTAMP_OLD, 0), well);
  (void)scene.come("four");
  EXPECT_EQ(scene.next(9), "6/36");
  // The end is no text.
  EXPECT_EQ(scene.set_server(SO_TIMESTAMP_OLD, 1), well);
  EXPECT_EQ(scene.client.close(scene.ends.at_client, scene.now()), well);
  scene.pass(1s);
  EXPECT_EQ(scene.next(9), "6/36");
}

TEST(PosixStamps, OfArrivalsAreHandedDownByListeners) {
  Stamped scene;
  const int listener = scene.listening();
  EXPECT_EQ(scene.set(scene.server, listener, {SOL_SOCKET, SO_TIMESTAMPNS_OLD}, 1), well);
  const int at_client = Scene::made(scene.client.socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_TRUE(scene.wait(
      [&] { return scene.connect(scene.client, at_client, Scene::name_v4(Scene::server_v4)); }));
  EXPECT_EQ(scene.write(scene.client, at_client, "early").value, 5);
  const std::string at = std::to_string((scene.now() + 5ms).time_since_epoch() / 1ms) + "ms";
  scene.pass(1s);
  const int at_server = Scene::made(scene.server.accept(listener, 0, scene.now()));
  EXPECT_EQ(scene.told(scene.server, at_server, 0).controls, "TIMESTAMPNS " + at);
}

}  // namespace
}  // namespace acksu::posix::stamps_test
