// Eighteen instructions, put together by hand, and the calls that load and attach them.
#include "os/xdp_program.h"

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace acksu::os {
namespace {

constexpr unsigned most_queues = 256;

int call_bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

struct Registers {
  unsigned to = 0, from = 0;
};

constexpr bpf_insn instruction(int code, Registers registers, int offset, int value) {
  bpf_insn made{};
  made.code = static_cast<__u8>(code);
  made.dst_reg = static_cast<__u8>(registers.to & 15u);
  made.src_reg = static_cast<__u8>(registers.from & 15u);
  made.off = static_cast<__s16>(offset);
  made.imm = value;
  return made;
}

// Registers: 1 and then 6 the context, 2 where the frame begins, 3 where it ends.
std::array<bpf_insn, 18> make_program(const MacAddress& mac, int map) {
  std::uint32_t first = 0;
  std::uint16_t last = 0;
  std::memcpy(&first, mac.octets.data(), sizeof first);
  std::memcpy(&last, mac.octets.data() + sizeof first, sizeof last);
  constexpr int load32 = BPF_LDX | BPF_MEM | BPF_W, load16 = BPF_LDX | BPF_MEM | BPF_H;
  constexpr int move = BPF_ALU64 | BPF_MOV | BPF_X, assign = BPF_ALU64 | BPF_MOV | BPF_K;
  constexpr int add = BPF_ALU64 | BPF_ADD | BPF_K;
  constexpr int if_more = BPF_JMP | BPF_JGT | BPF_X, if_other = BPF_JMP32 | BPF_JNE | BPF_K;
  constexpr int call = BPF_JMP | BPF_CALL, leave = BPF_JMP | BPF_EXIT;
  constexpr int load_map = BPF_LD | BPF_IMM | BPF_DW;
  return {
      instruction(move, {6, 1}, 0, 0),
      instruction(load32, {2, 1}, offsetof(xdp_md, data), 0),
      instruction(load32, {3, 1}, offsetof(xdp_md, data_end), 0),
      instruction(move, {4, 2}, 0, 0),
      instruction(add, {4, 0}, 0, 14),
      instruction(if_more, {4, 3}, 4, 0),  // no Ethernet header: to the kernel
      instruction(load32, {5, 2}, 0, 0),
      instruction(if_other, {5, 0}, 4, static_cast<int>(first)),
      instruction(load16, {5, 2}, 4, 0),
      instruction(if_other, {5, 0}, 2, last),
      instruction(assign, {0, 0}, 0, XDP_PASS),
      instruction(leave, {0, 0}, 0, 0),
      instruction(load32, {2, 6}, offsetof(xdp_md, rx_queue_index), 0),
      instruction(load_map, {1, BPF_PSEUDO_MAP_FD}, 0, map),
      instruction(0, {0, 0}, 0, 0),
      instruction(assign, {3, 0}, 0, XDP_PASS),  // where that queue has no socket
      instruction(call, {0, 0}, 0, BPF_FUNC_redirect_map),
      instruction(leave, {0, 0}, 0, 0),
  };
}

int load_program(const MacAddress& mac, int map) {
  const auto program = make_program(mac, map);
  bpf_attr load{};
  load.prog_type = BPF_PROG_TYPE_XDP;
  load.insn_cnt = static_cast<__u32>(program.size());
  load.insns = reinterpret_cast<__u64>(program.data());
  load.license = reinterpret_cast<__u64>("Apache-2.0");
  return call_bpf(BPF_PROG_LOAD, load);
}

int make_map() {
  bpf_attr map{};
  map.map_type = BPF_MAP_TYPE_XSKMAP;
  map.key_size = map.value_size = sizeof(int);
  map.max_entries = most_queues;
  return call_bpf(BPF_MAP_CREATE, map);
}

int make_link(int program, unsigned interface, XdpMode mode) {
  bpf_attr link{};
  link.link_create.prog_fd = static_cast<__u32>(program);
  link.link_create.target_ifindex = interface;
  link.link_create.attach_type = BPF_XDP;
  link.link_create.flags = mode == XdpMode::native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  return call_bpf(BPF_LINK_CREATE, link);
}

}  // namespace

XdpProgram XdpProgram::attach(const Interface& interface, XdpMode mode) {
  XdpProgram made;
  const auto fails = [&made](const UniqueDescriptor& descriptor, const char* step) {
    if (descriptor) return false;
    made.error = errno;
    made.failed_step = step;
    return true;
  };
  made.map = UniqueDescriptor{make_map()};
  if (fails(made.map, "making a table of sockets")) return made;
  made.program = UniqueDescriptor{load_program(interface.mac, made.map.get())};
  if (fails(made.program, "loading a program")) return made;
  made.link = UniqueDescriptor{make_link(made.program.get(), interface.index, mode)};
  fails(made.link, "attaching a program");
  return made;
}

bool XdpProgram::direct(unsigned queue, int socket) const {
  bpf_attr entry{};
  entry.map_fd = static_cast<__u32>(map.get());
  entry.key = reinterpret_cast<__u64>(&queue);
  entry.value = reinterpret_cast<__u64>(&socket);
  return call_bpf(BPF_MAP_UPDATE_ELEM, entry) == 0;
}

}  // namespace acksu::os
