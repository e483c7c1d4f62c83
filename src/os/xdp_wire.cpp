// AF_XDP by raw system calls.
#include "os/xdp_wire.h"

#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "os/interface.h"
#include "os/offload.h"
#include "os/wire_outcome.h"

namespace acksu::os {
namespace {

constexpr int xdp_family = 44, xdp_level = 283;  // AF_XDP, SOL_XDP, which older headers do not know
constexpr std::uint32_t ring_entries = 2048;
constexpr std::uint32_t place_bytes = 4096;  // of one frame
constexpr std::uint32_t frame_places = 2 * ring_entries;
constexpr std::uint32_t most_frame_bytes = 3498;  // with what the kernel wants in front of it
constexpr int most_calls = 128;  // to send what is in the ring: a call may take as few as 32

struct Way {
  XdpMode mode;
  std::uint16_t flags;
  const char* words;
};
constexpr std::array ways{
    Way{XdpMode::native, XDP_ZEROCOPY | XDP_USE_NEED_WAKEUP, "by its driver, without copies"},
    Way{XdpMode::native, XDP_COPY | XDP_USE_NEED_WAKEUP, "by its driver, with copies"},
    Way{XdpMode::generic, XDP_COPY | XDP_USE_NEED_WAKEUP,
        "by the kernel behind its driver (generic), with copies"}};

template <class Value>
bool set_xdp(const UniqueDescriptor& socket, int option, const Value& value) {
  return setsockopt(socket.get(), xdp_level, option, &value, sizeof value) == 0;
}

bool share_frames(const UniqueDescriptor& socket, Mapping& frames) {
  constexpr std::size_t bytes = std::size_t{frame_places} * place_bytes;
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) return false;
  frames = Mapping{memory, bytes};
  xdp_umem_reg shared{};
  shared.addr = reinterpret_cast<__u64>(memory);
  shared.len = bytes;
  shared.chunk_size = place_bytes;
  return set_xdp(socket, XDP_UMEM_REG, shared);
}

template <class Entry>
bool map_ring(const UniqueDescriptor& socket, const xdp_ring_offset& offsets, long long page,
              XdpRing<Entry>& ring) {
  const std::size_t bytes = offsets.desc + ring_entries * sizeof(Entry);
  void* const shared =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, socket.get(), page);
  if (shared == MAP_FAILED) return false;
  ring = XdpRing<Entry>{Mapping{shared, bytes}, offsets, ring_entries};
  return true;
}

bool make_rings(XdpSocket& made) {
  const UniqueDescriptor& socket = made.descriptor;
  for (const int ring : {XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING}) {
    if (!set_xdp(socket, ring, ring_entries)) return false;
  }
  xdp_mmap_offsets offsets{};
  socklen_t length = sizeof offsets;
  if (getsockopt(socket.get(), xdp_level, XDP_MMAP_OFFSETS, &offsets, &length) != 0) return false;
  return map_ring(socket, offsets.fr, XDP_UMEM_PGOFF_FILL_RING, made.fill) &&
         map_ring(socket, offsets.cr, XDP_UMEM_PGOFF_COMPLETION_RING, made.completion) &&
         map_ring(socket, offsets.rx, XDP_PGOFF_RX_RING, made.rx) &&
         map_ring(socket, offsets.tx, XDP_PGOFF_TX_RING, made.tx);
}

bool bind_xdp(const UniqueDescriptor& socket, unsigned interface, unsigned queue,
              std::uint16_t flags) {
  sockaddr_xdp address{};
  address.sxdp_family = xdp_family;
  address.sxdp_flags = flags;
  address.sxdp_ifindex = interface;
  address.sxdp_queue_id = queue;
  return bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

UniqueDescriptor become_promiscuous(unsigned interface) {
  UniqueDescriptor socket{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
  packet_mreq all{};
  all.mr_ifindex = static_cast<int>(interface);
  all.mr_type = PACKET_MR_PROMISC;
  setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all);
  return socket;
}

std::string why_not(const std::string& name, const char* step, int error) {
  if (error == EPERM || error == EACCES) return why_no_socket("an XDP socket", error);
  const std::string words = name + ": " + step + " failed: " + std::strerror(error);
  if (error == EBUSY || error == EEXIST)
    return words + " (another program has this interface or queue)";
  if (error == EINVAL) return words + " (is there a queue of that number? is its MTU below 3500?)";
  return words;
}

}  // namespace

XdpSocket XdpSocket::open(unsigned interface, unsigned queue, std::uint16_t flags) {
  XdpSocket made;
  made.descriptor = UniqueDescriptor{::socket(xdp_family, SOCK_RAW | SOCK_CLOEXEC, 0)};
  if (!made.descriptor) {
    made.failed_step = "opening a socket";
  } else if (!share_frames(made.descriptor, made.frames)) {
    made.failed_step = "sharing memory";
  } else if (!make_rings(made)) {
    made.failed_step = "making rings";
  } else if (!bind_xdp(made.descriptor, interface, queue, flags)) {
    made.failed_step = "binding a socket";
  } else {
    return made;
  }
  made.error = errno;
  return made;
}

OpenedWire XdpWire::open(const WireName& name, std::shared_ptr<BufferPool> pool) {
  const Interface interface = look_at_interface(name.interface);
  if (interface.index == 0) return {nullptr, why_no_interface(name.interface), {}};
  OpenedWire opened;
  for (const Way& way : ways) {
    XdpProgram program = XdpProgram::attach(interface, way.mode);
    if (program.error != 0) {
      opened.problem = why_not(name.interface, program.failed_step, program.error);
      continue;
    }
    XdpSocket socket = XdpSocket::open(interface.index, name.queue, way.flags);
    if (socket.error == 0 && !program.direct(name.queue, socket.descriptor.get())) {
      socket.error = errno;
      socket.failed_step = "directing the queue";
    }
    if (socket.error != 0) {
      opened.problem = why_not(name.interface, socket.failed_step, socket.error);
      continue;
    }
    std::unique_ptr<XdpWire> wire{new XdpWire(std::move(program), std::move(socket),
                                              interface.driver == "veth", std::move(pool))};
    wire->interface_ = interface.index;
    wire->promiscuous_ = become_promiscuous(interface.index);
    opened = {std::move(wire), {}, name.interface + " by AF_XDP " + way.words};
    if (!interface.is_up) opened.note += "; it is down: ip link set " + name.interface + " up";
    return opened;
  }
  return opened;
}

XdpWire::XdpWire(XdpProgram program, XdpSocket socket, bool is_veth,
                 std::shared_ptr<BufferPool> pool)
    : program_(std::move(program)),
      socket_(std::move(socket)),
      is_veth_(is_veth),
      pool_(std::move(pool)) {
  for (std::uint32_t i = 0; i < ring_entries; ++i) {
    socket_.fill.put(i) = std::uint64_t{i} * place_bytes;
    free_.push_back(std::uint64_t{ring_entries + i} * place_bytes);
  }
  socket_.fill.give(ring_entries);
}

std::size_t XdpWire::receive(std::vector<Frame>& frames, std::size_t max_frames) {
  const std::size_t before = frames.size();
  const auto count = static_cast<std::uint32_t>(
      std::min<std::size_t>({socket_.rx.filled(), socket_.fill.room(), max_frames}));
  for (std::uint32_t i = 0; i < count; ++i) {
    const xdp_desc& entry = socket_.rx.taken(i);
    take({socket_.frames.data() + entry.addr, entry.len}, frames);
    socket_.fill.put(i) = entry.addr / place_bytes * place_bytes;
  }
  socket_.rx.take(count);
  socket_.fill.give(count);
  if (socket_.fill.needs_wake_up()) {
    recvfrom(socket_.descriptor.get(), nullptr, 0, MSG_DONTWAIT, nullptr, nullptr);
  }
  if (count == 0) look_for_error(socket_.descriptor.get(), interface_, failure_);
  return frames.size() - before;
}

// What a neighbour on this machine sends over a veth has checksums that nobody has completed, and
// AF_XDP has no mark for that: they are the sum of the addresses alone.
void XdpWire::take(Bytes bytes, std::vector<Frame>& frames) {
  Frame& frame = frames.emplace_back();
  frame.bytes.append(pool_->copy_of(bytes));
  // Of the copy: shared memory may say something else a moment later.
  frame.is_checksum_verified = is_veth_ && has_partial_checksum(frame.bytes[0].bytes());
  ++counters_.frames_in;
  counters_.bytes_in += bytes.size();
}

void XdpWire::reclaim() {
  const std::uint32_t count = socket_.completion.filled();
  for (std::uint32_t i = 0; i < count; ++i) free_.push_back(socket_.completion.taken(i));
  socket_.completion.take(count);
}

std::size_t XdpWire::send(std::span<const Frame> frames) {
  reclaim();
  if (socket_.tx.filled() > 0) wake_sender();  // left from when the interface was down
  std::size_t done = 0;
  std::uint32_t put = 0;
  const std::uint32_t room = socket_.tx.room();
  for (; done < frames.size() && !free_.empty() && put < room; ++done) {
    const BufferChain& bytes = frames[done].bytes;
    if (bytes.size() > most_frame_bytes) {
      ++counters_.refused_out;
      continue;
    }
    const std::uint64_t place = free_.back();
    free_.pop_back();
    std::uint8_t* to = socket_.frames.data() + place;
    for (std::uint32_t i = 0; i < bytes.count(); ++i) {
      std::memcpy(to, bytes[i].bytes().data(), bytes[i].size());
      to += bytes[i].size();
    }
    xdp_desc& entry = socket_.tx.put(put++);
    entry = {};
    entry.addr = place;
    entry.len = bytes.size();
    counters_.bytes_out += bytes.size();
  }
  counters_.frames_out += put;
  socket_.tx.give(put);
  if (put > 0) wake_sender();
  if (done < frames.size()) ++counters_.queue_full;
  // Nothing will take the frames of a wire that has failed.
  return failure_.empty() ? done : frames.size();
}

void XdpWire::wake_sender() {
  if (!socket_.tx.needs_wake_up()) return;
  for (int i = 0; i < most_calls; ++i) {
    const std::uint32_t before = socket_.tx.filled();
    if (before == 0) return;
    const ssize_t result = sendto(socket_.descriptor.get(), nullptr, 0, MSG_DONTWAIT, nullptr, 0);
    const bool is_later = result < 0 && (errno == EAGAIN || errno == EBUSY || errno == ENOBUFS);
    if (result < 0 && !is_later) {
      outcome_of("writing", errno, failure_);
      return;
    }
    reclaim();
    if (is_later && socket_.tx.filled() == before) return;
  }
}

const WireCounters& XdpWire::counters() const {
  xdp_statistics told{};  // since it was opened
  socklen_t length = sizeof told;
  const int descriptor = socket_.descriptor.get();
  if (getsockopt(descriptor, xdp_level, XDP_STATISTICS, &told, &length) == 0) {
    counters_.ring_full_in = told.rx_dropped + told.rx_ring_full + told.rx_fill_ring_empty_descs;
  }
  return counters_;
}

}  // namespace acksu::os
