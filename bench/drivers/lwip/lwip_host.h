// One copy of lwIP with the programs of the workloads on it. lwIP keeps its state in globals, so
// that two hosts are two copies of the same object code: `lwip_client` and `lwip_server`.
#pragma once

#include <cstdint>

namespace acksu::peers {

struct LwipSetup {
  std::uint8_t number = 1;  // the last byte of its addresses
  std::uint16_t mtu = 1500;
};

// What a server does with a connection.
enum class LwipProgram : std::uint8_t { read, answer, close };

struct LwipCounters {
  std::uint64_t connected = 0;  // or accepted
  std::uint64_t read_bytes = 0;
  std::uint64_t answered = 0;  // responses that were read
  std::uint64_t closed = 0;
};

struct LwipHost {
  void (*start)(const LwipSetup& setup, const LwipHost& other);
  void (*bring_up)();  // when both have started
  void (*tick)(std::uint32_t now_ms);
  // Takes what has come until now; false if nothing had.
  bool (*absorb)();
  // A frame that comes to this host: room for its first bytes, which the other end of the wire
  // fills, then text that the other's `owner` lends until it is given back there; then the arrival.
  void* (*make_frame)(std::uint16_t size, void** bytes);
  void (*lend)(void* frame, void* owner, void* text, std::uint16_t size);
  void (*give_back)(void* owner);
  void (*arrive)(void* frame);
  const LwipCounters* counters;

  void (*listen)(LwipProgram program);
  void (*connect)();  // connections have numbers from 0 on
  std::uint32_t (*write)(std::uint32_t connection, const void* bytes, std::uint32_t size);
  void (*close_last)();  // the one opened last, which then gives its number back
  std::uint32_t (*bytes_per_connection)();
};

extern "C" const LwipHost lwip_client, lwip_server;

}  // namespace acksu::peers
