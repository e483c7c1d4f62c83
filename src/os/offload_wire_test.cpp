// A wire of large frames whose other end goes away.
#include "os/offload_wire.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace acksu::os {
namespace {

TEST(OffloadWire, EndsWhenItsOtherEndDoes) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
  OffloadWire wire{UniqueDescriptor{ends[0]}, true, std::make_shared<BufferPool>()};
  std::vector<Frame> frames;
  EXPECT_EQ(wire.receive(frames, 8), 0u);
  EXPECT_EQ(wire.failure(), "") << "nothing has come yet";
  ::close(ends[1]);
  EXPECT_EQ(wire.receive(frames, 8), 0u);
  EXPECT_EQ(wire.failure(), "the other end of the wire is closed");
}

}  // namespace
}  // namespace acksu::os
