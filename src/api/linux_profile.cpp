// Linux's defaults, as of 6.18.
#include "api/linux_profile.h"

namespace acksu {

void use_linux_profile(HostSettings& settings) {
  tcp::Settings& tcp = settings.tcp;
  tcp.send_buffer = {64u << 10, 4u << 20};      // tcp_wmem
  tcp.receive_buffer = {128u << 10, 6u << 20};  // tcp_rmem
  tcp.syn_ack_retries = 5;                      // tcp_synack_retries
  tcp.linear_syns = 4;                          // tcp_syn_linear_timeouts
  tcp.r2_syn = 131s;                            // tcp_syn_retries = 6
  tcp.ecn = tcp::EcnPolicy::answer_classic;     // tcp_ecn = 2
  tcp.acc_ecn_options = tcp::AccEcnOptions::in_all;
  tcp.marks_all = true;
  tcp.non_validated_period = Duration::zero();  // tcp_slow_start_after_idle = 1
  tcp.probes_path_mtu = false;                  // tcp_mtu_probing = 0
  tcp.default_backlog = 4096;                   // somaxconn
  tcp.burst_segments = 0;
  tcp.reduces_whole_window = true;
  tcp.grows_by_delivery = true;
  tcp.answers_unsent_acks = false;
  tcp.drops_unstamped = false;
  tcp.talkers_delay_acks = true;
  tcp.delays_ack_of_fin = true;
  tcp.takes_beyond_window = true;
  tcp.offers_path_mss = true;
  tcp.accepts_ended = true;
  tcp.icmp_ends_half_open = true;
  tcp.fast_open_tries_experiment = true;
  tcp.fast_open_doubts_late = true;
  tcp.least_split_segments = 2;            // tcp_min_tso_segs
  settings.icmp_errors_per_second = 1000;  // icmp_msgs_per_sec
}

}  // namespace acksu
