// Settings as a directory tells them.
#include "packetdrill/sysctls.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace acksu::packetdrill {
namespace {

class SysctlsTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directory(directory); }
  void TearDown() override { std::filesystem::remove_all(directory); }
  void put(const char* name, const char* value) {
    std::ofstream(directory + "/" + name) << value << "\n";
  }

  std::string directory = testing::TempDir() + "/acksu_sysctls_" + std::to_string(getpid());
  HostSettings settings;
};

TEST_F(SysctlsTest, EachThatAcksuHasIsTakenOver) {
  put("tcp_timestamps", "0");
  put("tcp_rmem", "4096\t540000\t15728640");
  put("tcp_congestion_control", "reno");
  put("ip_forward", "1");
  read_sysctls(directory, settings);
  EXPECT_FALSE(settings.tcp.timestamps);
  EXPECT_EQ(settings.tcp.receive_buffer, (tcp::BufferSize{540000, 15728640}));
  EXPECT_EQ(settings.tcp.congestion, tcp::CongestionAlgorithm::new_reno);
  EXPECT_FALSE(settings.forwards);
}

TEST_F(SysctlsTest, WhatIsMissingOrNotUnderstoodChangesNothing) {
  put("tcp_timestamps", "maybe");
  put("tcp_congestion_control", "bbr");
  read_sysctls(directory, settings);
  read_sysctls(directory + "/nowhere", settings);
  EXPECT_TRUE(settings.tcp.timestamps);
  EXPECT_EQ(settings.tcp.congestion, tcp::CongestionAlgorithm::cubic);
}

}  // namespace
}  // namespace acksu::packetdrill
