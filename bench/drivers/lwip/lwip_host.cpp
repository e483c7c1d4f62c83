// lwIP's raw API (its fastest), a wire, and the programs of the workloads; compiled once, linked
// twice (lwip_host.h).
#include "bench/drivers/lwip/lwip_host.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/checksum.h"

extern "C" {
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/memp.h"
#include "lwip/priv/memp_priv.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"
}

extern "C" {

std::uint16_t bench_sum(const void* bytes, int size) {
  const acksu::Bytes span{static_cast<const std::uint8_t*>(bytes), static_cast<std::size_t>(size)};
  return lwip_htons(acksu::sum_of(span).folded());
}

std::uint16_t bench_copy_and_sum(void* to, const void* from, std::uint16_t size) {
  const acksu::Bytes span{static_cast<const std::uint8_t*>(from), size};
  return lwip_htons(acksu::copy_and_sum(static_cast<std::uint8_t*>(to), span).folded());
}

}  // extern "C"

namespace acksu::peers {
namespace {

constexpr std::uint16_t port = 7;
constexpr std::uint32_t most_waiting = 16;  // in TIME-WAIT: lwIP walks over them at each connect
constexpr std::uint32_t message_bytes = 64;

// Text of the other's that a frame here refers to.
struct Loan {
  pbuf_custom text;
  void* owner;
  Loan* next;
};

struct State {
  LwipSetup setup;
  const LwipHost* other = nullptr;
  netif link;
  std::uint32_t now_ms = 0;
  std::array<pbuf*, 4096> inbox;  // a ring: frames that have come
  std::uint32_t first = 0, last = 0;
  std::array<Loan, 8192> loans;
  Loan* free_loans = nullptr;
  std::array<tcp_pcb*, MEMP_NUM_TCP_PCB> connections;
  std::uint32_t connection_count = 0;
  LwipProgram program = LwipProgram::read;
  LwipCounters counters;
  std::array<std::uint8_t, 128 * 1024> sink;  // what was read
  std::uint32_t sink_at = 0;
};
State state;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "lwip: %s\n", what);
  std::exit(1);
}

void expect(err_t error, const char* what) {
  if (error != ERR_OK) fail(what);
}

ip_addr_t address_of(unsigned number) {
  ip_addr_t address;
  IP_ADDR4(&address, 10, 0, 0, number);
  return address;
}

// ---- The wire

constexpr std::uint16_t largest_copied = 256;

std::uint16_t header_bytes(const pbuf* frame) {
  const auto* bytes = static_cast<const std::uint8_t*>(frame->payload) + SIZEOF_ETH_HDR;
  const std::uint32_t ip_bytes = (bytes[0] & 15u) * 4;
  return static_cast<std::uint16_t>(SIZEOF_ETH_HDR + ip_bytes + (bytes[ip_bytes + 12] >> 4) * 4u);
}

// As on acksu's wire, text passes by reference; headers are copied, for the receiver writes into
// them.
err_t send_frame(netif*, pbuf* frame) {
  const bool is_lent = frame->tot_len > largest_copied && frame->next == nullptr;
  const std::uint16_t copied = is_lent ? header_bytes(frame) : frame->tot_len;
  void* bytes = nullptr;
  void* there = state.other->make_frame(copied, &bytes);
  pbuf_copy_partial(frame, bytes, copied, 0);
  if (is_lent) {
    pbuf_ref(frame);
    state.other->lend(there, frame, static_cast<std::uint8_t*>(frame->payload) + copied,
                      static_cast<std::uint16_t>(frame->tot_len - copied));
  }
  state.other->arrive(there);
  return ERR_OK;
}

void give_back(void* owner) { pbuf_free(static_cast<pbuf*>(owner)); }

void end_loan(pbuf* text) {
  Loan* loan = reinterpret_cast<Loan*>(text);  // its first member
  state.other->give_back(loan->owner);
  loan->next = state.free_loans;
  state.free_loans = loan;
}

void lend(void* frame, void* owner, void* text, std::uint16_t size) {
  Loan* loan = state.free_loans;
  if (loan == nullptr) fail("too much text is lent");
  state.free_loans = loan->next;
  loan->owner = owner;
  loan->text.custom_free_function = end_loan;
  pbuf* borrowed = pbuf_alloced_custom(PBUF_RAW, size, PBUF_REF, &loan->text, text, size);
  pbuf_cat(static_cast<pbuf*>(frame), borrowed);
}

void* make_frame(std::uint16_t size, void** bytes) {
  pbuf* frame = pbuf_alloc(PBUF_RAW, size, PBUF_RAM);
  if (frame == nullptr) fail("no memory for a frame");
  *bytes = frame->payload;
  return frame;
}

void arrive(void* frame) {
  if (state.last - state.first == state.inbox.size()) fail("the wire is full");
  state.inbox[state.last++ % state.inbox.size()] = static_cast<pbuf*>(frame);
}

bool absorb() {
  const std::uint32_t end = state.last;
  if (state.first == end) return false;
  while (state.first != end) {
    pbuf* frame = state.inbox[state.first++ % state.inbox.size()];
    expect(state.link.input(frame, &state.link), "a frame was refused");
  }
  return true;
}

// ---- The host

err_t init_link(netif* link) {
  link->name[0] = 'm';
  link->name[1] = 'e';
  link->output = etharp_output;
  link->linkoutput = send_frame;
  link->mtu = state.setup.mtu;
  link->hwaddr_len = ETH_HWADDR_LEN;
  const std::uint8_t mac[] = {2, 0, 0, 0, 0, state.setup.number};
  std::memcpy(link->hwaddr, mac, sizeof mac);
  link->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
  return ERR_OK;
}

void start(const LwipSetup& setup, const LwipHost& other) {
  state.setup = setup;
  state.other = &other;
  for (Loan& loan : state.loans) {
    loan.next = state.free_loans;
    state.free_loans = &loan;
  }
  lwip_init();
  ip4_addr_t mask, gateway;
  const ip_addr_t address = address_of(setup.number);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  ip4_addr_set_any(&gateway);
  netif_add(&state.link, &address, &mask, &gateway, nullptr, init_link, ethernet_input);
  netif_set_default(&state.link);
}

// Tells its address to the other (ARP), which has to have started.
void bring_up() { netif_set_up(&state.link); }

void tick(std::uint32_t now_ms) {
  state.now_ms = now_ms;
  sys_check_timeouts();
}

// ---- The programs

void copy_out(tcp_pcb* pcb, pbuf* text) {
  if (state.sink_at >= state.sink.size() / 2) state.sink_at = 0;
  pbuf_copy_partial(text, &state.sink[state.sink_at], text->tot_len, 0);
  state.sink_at += text->tot_len;
  state.counters.read_bytes += text->tot_len;
  tcp_recved(pcb, text->tot_len);
  pbuf_free(text);
}

void close(tcp_pcb* pcb) {
  tcp_recv(pcb, nullptr);
  tcp_err(pcb, nullptr);
  expect(tcp_close(pcb), "a connection cannot be closed");
  ++state.counters.closed;
}

err_t on_server_text(void*, tcp_pcb* pcb, pbuf* text, err_t) {
  if (text == nullptr) {
    close(pcb);
    return ERR_OK;
  }
  const std::uint16_t size = text->tot_len;
  copy_out(pcb, text);
  if (state.program != LwipProgram::answer) return ERR_OK;
  if (size != message_bytes) fail("a request came in pieces");
  static constexpr std::array<std::uint8_t, message_bytes> response{'r'};
  expect(tcp_write(pcb, response.data(), message_bytes, TCP_WRITE_FLAG_COPY), "no room to answer");
  return ERR_OK;  // lwIP sends it on return
}

err_t on_client_text(void*, tcp_pcb* pcb, pbuf* text, err_t) {
  if (text == nullptr) return ERR_OK;
  if (text->tot_len != message_bytes) fail("a response came in pieces");
  copy_out(pcb, text);
  ++state.counters.answered;
  return ERR_OK;
}

void on_error(void*, err_t) { fail("a connection broke"); }

err_t on_accept(void*, tcp_pcb* pcb, err_t error) {
  expect(error, "accept");
  tcp_nagle_disable(pcb);
  tcp_recv(pcb, on_server_text);
  tcp_err(pcb, on_error);
  ++state.counters.connected;
  return ERR_OK;
}

err_t on_connected(void*, tcp_pcb*, err_t) {
  ++state.counters.connected;
  return ERR_OK;
}

void listen(LwipProgram program) {
  state.program = program;
  tcp_pcb* pcb = tcp_new();
  expect(tcp_bind(pcb, IP_ANY_TYPE, port), "bind");
  tcp_accept(tcp_listen(pcb), on_accept);
}

// lwIP forgets the oldest only when its pool of connections is empty, and then walks over all of
// them.
void limit_time_wait() {
  std::uint32_t waiting = 0;
  tcp_pcb* oldest = nullptr;
  for (tcp_pcb* each = tcp_tw_pcbs; each != nullptr; each = each->next) {
    oldest = each;
    ++waiting;
  }
  if (waiting > most_waiting) tcp_abort(oldest);
}

void connect() {
  limit_time_wait();
  tcp_pcb* pcb = tcp_new();
  if (pcb == nullptr) fail("no memory for a connection");
  tcp_nagle_disable(pcb);
  tcp_recv(pcb, on_client_text);
  tcp_err(pcb, on_error);
  const ip_addr_t server = address_of(2);
  expect(tcp_connect(pcb, &server, port, on_connected), "connect");
  state.connections[state.connection_count++] = pcb;
}

std::uint32_t write(std::uint32_t connection, const void* bytes, std::uint32_t size) {
  tcp_pcb* pcb = state.connections[connection];
  std::uint32_t written = 0;
  while (written < size) {
    const std::uint32_t piece = LWIP_MIN(LWIP_MIN(size - written, tcp_sndbuf(pcb)), 32768u);
    if (piece == 0) break;
    const auto* from = static_cast<const std::uint8_t*>(bytes) + written;
    if (tcp_write(pcb, from, static_cast<u16_t>(piece), TCP_WRITE_FLAG_COPY) != ERR_OK) break;
    written += piece;
  }
  tcp_output(pcb);
  return written;
}

void close_last() { close(state.connections[--state.connection_count]); }

std::uint32_t bytes_per_connection() { return memp_pools[MEMP_TCP_PCB]->size; }

}  // namespace

extern "C" [[gnu::externally_visible]] const LwipHost lwip_host;
extern "C" const LwipHost lwip_host{
    start,  bring_up,        tick,   absorb,  make_frame, lend,       give_back,
    arrive, &state.counters, listen, connect, write,      close_last, bytes_per_connection};

}  // namespace acksu::peers

extern "C" u32_t sys_now(void) { return acksu::peers::state.now_ms; }
