// Tests of JSON lines: every event, and whatever may stand in a string.
#include "trace/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "trace/test_scene.h"

namespace acksu::trace {
namespace {

std::vector<nlohmann::json> parsed(const std::string& text) {
  std::vector<nlohmann::json> objects;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) objects.push_back(nlohmann::json::parse(line));
  return objects;
}

TEST(Json, HasALineForEachEvent) {
  Scene scene;
  play_connection(scene);
  scene.recorder.remark(Instant{1ms}, "a \"word\"\n", "말");
  const auto lines = parsed(json_lines(scene.trace()));
  ASSERT_EQ(lines.size(), scene.trace().events.size() + 1);
  EXPECT_EQ(lines[0]["type"], "trace");
  EXPECT_EQ(lines[0]["hosts"][1]["name"], "server");
  EXPECT_EQ(lines.back()["english"], "a \"word\"\n");
  EXPECT_EQ(lines.back()["korean"], "말");
}

TEST(Json, TellsAllAboutASegment) {
  Scene scene;
  scene.pass(20ms, 0, {.flags = Flags::syn, .options = syn_options()});
  const auto lines = parsed(json_lines(scene.trace()));
  const nlohmann::json& out = lines.at(1);
  EXPECT_EQ(out["type"], "frame_out");
  EXPECT_EQ(out["time_ns"], 20'000'000);
  EXPECT_EQ(out["host"], "client");
  EXPECT_EQ(out["lost"], false);
  EXPECT_EQ(out["tcp"]["flags"], "SYN");
  EXPECT_EQ(out["tcp"]["seq"], 1000);
  EXPECT_EQ(out["tcp"]["relative_seq"], 0);
  EXPECT_EQ(out["tcp"]["source"], "10.0.0.1:49152");
  EXPECT_EQ(out["bytes"].get<std::string>().size(), 2 * out["length"].get<std::size_t>());
  EXPECT_EQ(lines.at(2)["frame"], out["frame"]);
  EXPECT_TRUE(lines.at(2)["drop"].is_null());
}

TEST(Json, TellsMovesAndDrops) {
  Scene scene;
  scene.in(0ms, 1, Scene::segment(0, {.flags = Flags::rst}), Drop::tcp_no_connection);
  scene.move(1ms, 0, tcp::State::closed, tcp::Event::active_open);
  const auto lines = parsed(json_lines(scene.trace()));
  EXPECT_EQ(lines.at(1)["drop"], "tcp no connection");
  EXPECT_EQ(lines.at(1)["kind"], "tcp");  // nobody was seen to send it
  EXPECT_EQ(lines.at(2)["from"], "CLOSED");
  EXPECT_EQ(lines.at(2)["event"], "active_open");
  EXPECT_EQ(lines.at(2)["to"], "SYN-SENT");
  EXPECT_EQ(lines.at(2)["section"], "3.10.1");
  EXPECT_EQ(lines.at(2)["remote"], "10.0.0.2:80");
}

TEST(Json, QuotesWhateverComes) {
  JsonWriter json;
  json.begin_array().string("\x01\"\\\xff악").null().boolean(true).number(-5).end_array();
  const auto value = nlohmann::json::parse(json.take());
  EXPECT_EQ(value[0], "\x01\"\\\ufffd악");
  EXPECT_TRUE(value[1].is_null());
  EXPECT_EQ(value[3], -5);
}

}  // namespace
}  // namespace acksu::trace
