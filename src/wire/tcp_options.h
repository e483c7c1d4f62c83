// Kinds and lengths of TCP options, for those who read, write and print them.
#pragma once

#include <cstdint>

namespace acksu::wire {

struct TcpOption {
  // Kinds (RFC 9293 3.1, 7323, 2018, 5482, 7413, 9768).
  static constexpr std::uint8_t end = 0, no_operation = 1, mss = 2, window_scale = 3,
                                sack_permitted = 4, sack = 5, timestamps = 8, user_timeout = 28,
                                fast_open = 34, acc_ecn_0 = 172, acc_ecn_1 = 174,
                                experimental = 254;
  // What follows an experimental kind says which experiment it is (RFC 6994).
  static constexpr std::uint16_t fast_open_experiment = 0xf989;
  // Bytes, kind and length included.
  static constexpr std::uint8_t mss_bytes = 4, window_scale_bytes = 3, sack_permitted_bytes = 2,
                                timestamps_bytes = 10, sack_block_bytes = 8, user_timeout_bytes = 4,
                                acc_ecn_count_bytes = 3;
  static constexpr std::uint8_t largest_window_scale = 14;  // RFC 7323 2.3
};

}  // namespace acksu::wire
