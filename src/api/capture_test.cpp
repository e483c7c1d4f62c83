// Frames and moves given to a capture end up in its files, in parts as they come.
#include "api/capture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "trace/test_scene.h"

namespace acksu {
namespace {

namespace fs = std::filesystem;

class CaptureFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "acksu-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
  }
  void TearDown() override { fs::remove_all(top_); }

  void send_frame(Capture& capture, int seconds) {
    Frame frame;
    frame.bytes.append(pool_.copy_of(std::vector<std::uint8_t>(60, 0x5a)));
    capture.observer()->on_frame_out(Instant{} + std::chrono::seconds{seconds}, 0, frame);
  }
  std::string read(const char* name) {
    std::ifstream file{top_ / name, std::ios::binary};
    return (std::ostringstream{} << file.rdbuf()).str();
  }

  fs::path top_;
  BufferPool pool_;
};

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

TEST_F(CaptureFiles, GrowWithEachFlush) {
  Capture capture{"host", "10.0.0.1/24"};
  ASSERT_TRUE(capture.write_pcapng(top_ / "a.pcapng"));
  send_frame(capture, 1);
  capture.flush();
  capture.observer()->on_window(Instant{} + 1s, {}, {});  // an event that is no frame
  capture.flush();
  send_frame(capture, 2);
  send_frame(capture, 3);
  EXPECT_TRUE(capture.finish());
  const std::string file = read("a.pcapng");
  EXPECT_EQ(count(file, std::string(60, 0x5a)), 3u);
  EXPECT_EQ(count(file, "\x0a\x0d\x0d\x0a"), 1u);  // one section
  EXPECT_EQ(count(file, "lost"), 0u);
}

TEST_F(CaptureFiles, BothHoldEveryFrameOnce) {
  Capture capture{"host", "10.0.0.1/24"};
  ASSERT_TRUE(capture.write_pcapng(top_ / "a.pcapng"));
  ASSERT_TRUE(capture.write_json(top_ / "a.json"));
  for (int i = 0; i < 5; ++i) {
    send_frame(capture, i);
    capture.flush();
  }
  EXPECT_TRUE(capture.finish());
  EXPECT_EQ(count(read("a.pcapng"), std::string(60, 0x5a)), 5u);
  EXPECT_EQ(count(read("a.json"), "\"frame_out\""), 5u);
}

TEST_F(CaptureFiles, DrawAPictureOfTheConnectionWithText) {
  Capture none{"host", ""};
  ASSERT_TRUE(none.write_plot(top_ / "none.svg"));
  send_frame(none, 1);
  EXPECT_FALSE(none.finish());
  EXPECT_NE(none.problem().find("no connection with text"), std::string::npos) << none.problem();

  Capture capture{"host", "10.0.0.1/24"};
  ASSERT_TRUE(capture.write_plot(top_ / "a.svg"));
  for (std::uint32_t i = 0; i < 3; ++i) {
    Frame frame;
    frame.bytes.append(pool_.copy_of(trace::Scene::segment(
        0, {.flags = Flags::ack, .seq = 1 + 5 * i, .ack = 1, .text = "hello"})));
    capture.observer()->on_frame_out(Instant{} + 1ms * std::int64_t{i}, 0, frame);
    capture.flush();  // nothing is lost between two of them
  }
  EXPECT_TRUE(capture.finish()) << capture.problem();
  const std::string picture = read("a.svg");
  EXPECT_EQ(count(picture, "15 bytes in 2 ms"), 1u) << picture.substr(0, 2000);
  EXPECT_EQ(count(picture, "</svg>"), 1u);
}

TEST_F(CaptureFiles, SayWhenTheyCannotBeWritten) {
  Capture nowhere{"host", ""};
  EXPECT_FALSE(nowhere.write_pcapng(top_ / "no/such/directory"));
  EXPECT_NE(nowhere.problem().find("No such file"), std::string::npos) << nowhere.problem();

  Capture full{"host", ""};
  ASSERT_TRUE(full.write_json("/dev/full"));
  send_frame(full, 1);
  EXPECT_FALSE(full.finish());
  EXPECT_NE(full.problem().find("No space"), std::string::npos) << full.problem();
}

}  // namespace
}  // namespace acksu
