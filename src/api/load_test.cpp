// Measurements of throughput in a simulated world: what is counted at one end is what came from
// the other.
#include "api/load.h"

#include <gtest/gtest.h>

#include "api/datagram_load.h"
#include "api/stream_load.h"
#include "sim/world.h"

namespace acksu::load_test {
namespace {

constexpr sim::HostId client = 0, server = 1;
constexpr std::uint16_t port = 5001;

HostSettings settings(std::uint8_t number) {
  LinkSettings link;
  link.mac = {{2, 0, 0, 0, 0, number}};
  link.addresses = {{IpAddress::v4(10, 0, 0, number), 24}};
  HostSettings settings;
  settings.links = {link};
  return settings;
}

struct Told {
  std::vector<LoadReport> intervals;
  std::optional<LoadReport> summary;
};

TellLoad keep(Told& told) {
  return [&told](const LoadReport& report) {
    if (report.is_summary) {
      told.summary = report;
    } else {
      told.intervals.push_back(report);
    }
  };
}

template <class Load>
struct Scene {
  explicit Scene(std::uint32_t loss) : world(5) {
    world.add_host(settings(1));
    world.add_host(settings(2));
    world.connect({client, 0}, {server, 0},
                  sim::CableSettings::both({.delay = 2ms, .rate = 100'000'000, .loss = loss}));
  }
  void run(LoadSettings ours, LoadSettings theirs) {
    ours.endpoint = {IpAddress::v4(10, 0, 0, 2), port};
    theirs.endpoint = {{}, port};
    theirs.listens = theirs.is_once = true;
    world.install(server, std::make_unique<Load>(theirs, keep(at_server)));
    world.step();
    world.install(client, std::make_unique<Load>(ours, keep(at_client)));
    world.run_until(world.now() + 60s);
    EXPECT_TRUE(world.application(client)->is_done());
    EXPECT_TRUE(world.application(server)->is_done());
    world.run_until_quiet(1h);
    EXPECT_EQ(world.host(client).holdings().connections, 0u);
    EXPECT_EQ(world.host(server).holdings().connections, 0u);
  }
  const Load& load(sim::HostId host) { return *static_cast<const Load*>(world.application(host)); }

  sim::World world;
  Told at_client, at_server;
};

using Streams = Scene<StreamLoad>;
using Datagrams = Scene<DatagramLoad>;

StreamFigures all_of(const Told& told) { return sum_of(told.summary.value().streams); }

TEST(StreamLoad, SendsSoManyBytesByEachStream) {
  Streams scene{0};
  scene.run({.parallel = 3, .bytes = 400'000}, {.sends = false, .receives = true});
  ASSERT_EQ(scene.at_client.summary->streams.size(), 3u);
  for (const StreamFigures& each : scene.at_client.summary->streams) {
    EXPECT_EQ(each.bytes_out, 400'000u);
    EXPECT_GE(each.min_rtt, 4ms);
  }
  EXPECT_EQ(all_of(scene.at_server).bytes_in, 1'200'000u);
  EXPECT_EQ(scene.load(client).error(), Error::none);
}

TEST(StreamLoad, SendsAndReadsWithoutCopies) {
  Streams scene{10'000};
  scene.run({.bytes = 2'000'000, .is_zero_copy = true},
            {.sends = false, .receives = true, .is_zero_copy = true});
  EXPECT_EQ(all_of(scene.at_client).bytes_out, 2'000'000u);
  EXPECT_EQ(all_of(scene.at_server).bytes_in, 2'000'000u);
  EXPECT_GT(all_of(scene.at_client).retransmitted_segments, 0u) << "a cable that loses";
  EXPECT_EQ(scene.world.host(client).holdings().text_bytes, 0u);
}

TEST(StreamLoad, SendsForSomeTimeAndTellsEachSecond) {
  Streams scene{10'000};
  scene.run({.time = 3s}, {.sends = false, .receives = true});
  EXPECT_GE(scene.at_client.intervals.size(), 3u);
  std::uint64_t in_intervals = 0;
  for (const LoadReport& each : scene.at_client.intervals) {
    in_intervals += each.streams.at(0).bytes_out;
  }
  EXPECT_LE(in_intervals, all_of(scene.at_client).bytes_out);
  EXPECT_NEAR(static_cast<double>(in_intervals),
              static_cast<double>(all_of(scene.at_client).bytes_out), 650'000)
      << "but for what came in less than a piece of an interval";
  EXPECT_EQ(all_of(scene.at_client).bytes_out, all_of(scene.at_server).bytes_in);
  EXPECT_GT(all_of(scene.at_client).retransmitted_segments, 0u) << "a cable that loses";
  EXPECT_GT(all_of(scene.at_client).bytes_out, 1'000'000u);
}

TEST(StreamLoad, HearsWhatAServerSendsUntilTheTimeIsOver) {
  Streams scene{0};
  scene.run({.sends = false, .receives = true, .time = 2s}, {.sends = true});
  EXPECT_GT(all_of(scene.at_client).bytes_in, 15'000'000u);
  EXPECT_EQ(all_of(scene.at_client).bytes_in, all_of(scene.at_server).bytes_out);
  EXPECT_LT(scene.at_client.summary->to, 3s);
}

TEST(StreamLoad, SendsAndHearsAtOnce) {
  Streams scene{0};
  scene.run({.receives = true, .time = 2s}, {.sends = true, .receives = true});
  EXPECT_GT(all_of(scene.at_client).bytes_in, 10'000'000u);
  EXPECT_GT(all_of(scene.at_client).bytes_out, 10'000'000u);
  EXPECT_EQ(all_of(scene.at_client).bytes_in, all_of(scene.at_server).bytes_out);
  EXPECT_EQ(all_of(scene.at_client).bytes_out, all_of(scene.at_server).bytes_in);
}

TEST(StreamLoad, TellsWhyItCouldNotConnect) {
  Streams scene{0};
  StreamLoad load{{.endpoint = {IpAddress::v4(10, 0, 0, 2), port}, .parallel = 2}, nullptr};
  scene.world.install(client, std::make_unique<StreamLoad>(load));
  scene.world.run_until(scene.world.now() + 5s);
  EXPECT_TRUE(scene.load(client).is_done());
  EXPECT_EQ(scene.load(client).error(), Error::connection_refused);
}

TEST(DatagramLoad, SendsAtARateAndIsToldWhatCame) {
  Datagrams scene{0};
  scene.run({.parallel = 2, .time = 2s, .bits_per_second = 8'000'000, .datagram_bytes = 1000},
            {.sends = false, .receives = true});
  const StreamFigures sent = all_of(scene.at_client), heard = all_of(scene.at_server);
  EXPECT_NEAR(static_cast<double>(sent.datagrams_out), 4000, 2);
  EXPECT_EQ(heard.datagrams_in, sent.datagrams_out);
  EXPECT_EQ(heard.bytes_in, sent.bytes_out);
  EXPECT_TRUE(sent.is_told_by_receiver);
  EXPECT_EQ(sent.lost + sent.late, 0u);
}

TEST(DatagramLoad, CountsWhatIsLost) {
  Datagrams scene{100'000};
  scene.run({.time = 2s, .bits_per_second = 8'000'000, .datagram_bytes = 1000},
            {.sends = false, .receives = true});
  const StreamFigures sent = all_of(scene.at_client), heard = all_of(scene.at_server);
  EXPECT_NEAR(static_cast<double>(heard.lost), 200, 60);
  EXPECT_EQ(sent.lost, heard.lost) << "the receiver tells";
  // What is lost at the very end nobody misses.
  EXPECT_NEAR(static_cast<double>(heard.datagrams_in + heard.lost),
              static_cast<double>(sent.datagrams_out), 5);
}

TEST(DatagramLoad, HearsWhatAServerSends) {
  Datagrams scene{0};
  scene.run({.sends = false, .receives = true, .time = 5s},
            {.sends = true, .time = 2s, .bits_per_second = 8'000'000, .datagram_bytes = 1000});
  EXPECT_NEAR(static_cast<double>(all_of(scene.at_client).datagrams_in), 2000, 2);
  EXPECT_EQ(all_of(scene.at_server).datagrams_out, all_of(scene.at_client).datagrams_in);
}

// SECURITY C14: who only says that he is somebody else cannot have that one flooded
TEST(DatagramLoad, SendsNothingMoreToWhoDoesNotRepeatWhatHeWasTold) {
  Datagrams scene{0};
  scene.world.install(server, std::make_unique<DatagramLoad>(
                                  LoadSettings{.listens = true, .endpoint = {{}, port}}, nullptr));
  scene.world.step();
  Host& host = scene.world.host(client);
  const Handle socket = *host.open_udp({{}, 777}, scene.world.now());
  const auto answers_to = [&](std::uint64_t token) {
    std::uint8_t request[16];
    store_be64(request, 0x6163'6b73'7520'7570);
    store_be64(request + 8, token);
    host.send_to(socket, {IpAddress::v4(10, 0, 0, 2), port}, request, scene.world.now());
    scene.world.run_until(scene.world.now() + 1s);
    std::vector<std::uint64_t> sizes;
    std::uint8_t answer[2000];
    while (const Result<Datagram> datagram = host.receive_from(socket, answer)) {
      sizes.push_back(datagram->length);
    }
    return std::pair{sizes, load_be64(answer + 8)};
  };
  const auto [sizes, token] = answers_to(0);
  EXPECT_EQ(sizes, std::vector<std::uint64_t>{16});
  EXPECT_EQ(answers_to(token ^ 2).first.size(), 1u) << "a guess";
  EXPECT_GT(answers_to(token).first.size(), 100u);
}

}  // namespace
}  // namespace acksu::load_test
