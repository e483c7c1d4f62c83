// A packet socket and its ring.
#include "os/packet_wire.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "os/interface.h"
#include "os/wire_outcome.h"

namespace acksu::os {
namespace {

// A slot takes the largest frame that comes uncut, with what the kernel writes in front of it.
constexpr std::size_t slot_bytes = 68 * 1024;
// The kernel takes a power of two of pages for each block.
constexpr std::size_t block_bytes = 1024 * 1024, slots_per_block = block_bytes / slot_bytes;
constexpr std::size_t blocks = 32, slots = blocks * slots_per_block;
constexpr std::size_t vlan_tag_place = 12, vlan_tag_bytes = 4;  // in an Ethernet header
constexpr int send_buffer_bytes = 4 << 20;

tpacket2_hdr* header_of(std::uint8_t* slot) { return reinterpret_cast<tpacket2_hdr*>(slot); }

std::uint32_t status_of(const tpacket2_hdr& header) {
  return __atomic_load_n(&header.tp_status, __ATOMIC_ACQUIRE);
}

template <class Value>
bool set(const UniqueDescriptor& socket, int option, const Value& value) {
  return setsockopt(socket.get(), SOL_PACKET, option, &value, sizeof value) == 0;
}

bool make_ring(const UniqueDescriptor& socket) {
  tpacket_req ring{};
  ring.tp_block_size = block_bytes;
  ring.tp_block_nr = blocks;
  ring.tp_frame_size = slot_bytes;
  ring.tp_frame_nr = slots;
  return set(socket, PACKET_RX_RING, ring);
}

bool attach(const UniqueDescriptor& socket, unsigned index) {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = __builtin_bswap16(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return false;
  }
  packet_mreq all{};
  all.mr_ifindex = static_cast<int>(index);
  all.mr_type = PACKET_MR_PROMISC;
  return set(socket, PACKET_ADD_MEMBERSHIP, all);
}

}  // namespace

OpenedWire PacketWire::open(const std::string& name, std::shared_ptr<BufferPool> pool) {
  const Interface interface = look_at_interface(name);
  if (interface.index == 0) return {nullptr, why_no_interface(name), {}};
  UniqueDescriptor socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) return {nullptr, why_no_socket("a packet socket", errno), {}};
  const int version = TPACKET_V2, on = 1;
  const bool is_set = set(socket, PACKET_VERSION, version) && set(socket, PACKET_VNET_HDR, on) &&
                      set(socket, PACKET_IGNORE_OUTGOING, on) && make_ring(socket);
  if (!is_set) {
    return {nullptr, std::string{"no ring for "} + name + ": " + std::strerror(errno), {}};
  }
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUFFORCE, &send_buffer_bytes, sizeof(int));
  constexpr std::size_t bytes = block_bytes * blocks;
  void* const shared = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, socket.get(), 0);
  if (shared == MAP_FAILED) return {nullptr, name + " gives no ring: " + std::strerror(errno), {}};
  Mapping ring{shared, bytes};
  if (!attach(socket, interface.index)) {
    return {nullptr, name + " cannot be used: " + std::strerror(errno), {}};
  }
  OpenedWire opened;
  opened.wire.reset(
      new PacketWire(std::move(socket), interface.index, std::move(ring), std::move(pool)));
  if (!interface.is_up) opened.note = name + " is down; raise it with: ip link set " + name + " up";
  return opened;
}

PacketWire::PacketWire(UniqueDescriptor socket, unsigned interface, Mapping ring,
                       std::shared_ptr<BufferPool> pool)
    : socket_(std::move(socket)),
      interface_(interface),
      ring_(std::move(ring)),
      pool_(std::move(pool)) {}

std::size_t PacketWire::receive(std::vector<Frame>& frames, std::size_t max_frames) {
  const std::size_t before = frames.size();
  std::size_t seen = 0;
  for (; seen < max_frames; ++seen) {
    std::uint8_t* const slot =
        ring_.data() + next_ / slots_per_block * block_bytes + next_ % slots_per_block * slot_bytes;
    tpacket2_hdr& header = *header_of(slot);
    if ((status_of(header) & TP_STATUS_USER) == 0) break;
    take(slot, frames);
    __atomic_store_n(&header.tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    next_ = (next_ + 1) % slots;
  }
  if (seen == 0) look_for_error(socket_.get(), interface_, failure_);
  return frames.size() - before;
}

void PacketWire::take(const std::uint8_t* slot, std::vector<Frame>& frames) {
  tpacket2_hdr header;  // a copy: what is judged is what is used
  std::memcpy(&header, slot, sizeof header);
  if (header.tp_snaplen < header.tp_len) {
    ++counters_.too_long_in;
    return;
  }
  const Bytes bytes{slot + header.tp_mac, header.tp_snaplen};
  const bool is_tagged = (header.tp_status & TP_STATUS_VLAN_VALID) != 0;
  Frame& frame = frames.emplace_back();
  take_offload(Bytes{slot + header.tp_mac - offload_header_bytes, offload_header_bytes}, frame);
  ++counters_.frames_in;
  counters_.bytes_in += bytes.size();
  if (!is_tagged || bytes.size() < vlan_tag_place) {
    frame.bytes.append(pool_->copy_of(bytes));
    return;
  }
  // The kernel has taken the tag out of the frame.
  Slice copy = pool_->allocate(static_cast<std::uint32_t>(bytes.size() + vlan_tag_bytes));
  std::uint8_t* const to = copy.writable().data();
  std::memcpy(to, bytes.data(), vlan_tag_place);
  store_be16(to + vlan_tag_place, ETH_P_8021Q);
  store_be16(to + vlan_tag_place + 2, header.tp_vlan_tci);
  std::memcpy(to + vlan_tag_place + vlan_tag_bytes, bytes.data() + vlan_tag_place,
              bytes.size() - vlan_tag_place);
  frame.bytes.append(std::move(copy));
}

// How many of the first frames are ready in `messages_`.
std::size_t PacketWire::describe(std::span<const Frame> frames) {
  std::size_t count = 0;
  for (; count < frames.size() && count < burst; ++count) {
    pieces_[count].clear();
    if (!offloads_[count].describe(frames[count], false, pieces_[count])) break;
    messages_[count] = {};
    messages_[count].msg_hdr.msg_iov = pieces_[count].data();
    messages_[count].msg_hdr.msg_iovlen = pieces_[count].count();
  }
  return count;
}

std::size_t PacketWire::send(std::span<const Frame> frames) {
  std::size_t done = 0;
  while (done < frames.size() && failure_.empty()) {
    const std::size_t count = describe(frames.subspan(done));
    const int sent = count == 0 ? 0
                                : sendmmsg(socket_.get(), messages_.data(),
                                           static_cast<unsigned>(count), MSG_DONTWAIT);
    for (int i = 0; i < sent; ++i) counters_.bytes_out += frames[done++].bytes.size();
    counters_.frames_out += sent > 0 ? static_cast<std::uint64_t>(sent) : 0;
    if (sent > 0) continue;
    // The first of them was not taken: the device's error is about it.
    const WireOutcome outcome =
        count == 0 ? WireOutcome::not_taken : outcome_of("writing", errno, failure_);
    if (outcome == WireOutcome::nothing_now) {
      ++counters_.queue_full;
      break;
    }
    ++counters_.refused_out;
    ++done;
  }
  // Nothing will take the frames of a wire that has failed.
  return failure_.empty() ? done : frames.size();
}

const WireCounters& PacketWire::counters() const {
  tpacket_stats told{};  // since it was asked last
  socklen_t length = sizeof told;
  if (getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &told, &length) == 0) {
    counters_.ring_full_in += told.tp_drops;
  }
  return counters_;
}

}  // namespace acksu::os
