// FreeBSD's defaults, as of 14.
#include "api/freebsd_profile.h"

namespace acksu {

void use_freebsd_profile(HostSettings& settings) {
  tcp::Settings& tcp = settings.tcp;
  tcp.send_buffer = {32u << 10, 2u << 20};     // net.inet.tcp.sendspace, sendbuf_max
  tcp.receive_buffer = {64u << 10, 2u << 20};  // net.inet.tcp.recvspace, recvbuf_max
  tcp.keepalive_probes = 8;                    // net.inet.tcp.keepcnt
  tcp.buffers_whole_segments = true;
  tcp.offers_all_room = true;
  tcp.quick_acks = 0;
  tcp.r2_syn = 75s;             // net.inet.tcp.keepinit
  tcp.probes_path_mtu = false;  // net.inet.tcp.pmtud_blackhole_detection
}

}  // namespace acksu
