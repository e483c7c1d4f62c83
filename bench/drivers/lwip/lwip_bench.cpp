// The workloads on two copies of lwIP, one thread and a wire in memory.
#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "bench/drivers/lwip/lwip_host.h"
#include "bench/drivers/workload.h"

namespace acksu::peers {
namespace {

constexpr std::uint32_t largest_mtu = 65000;  // lwIP counts the bytes of a frame in 16 bits

LwipProgram program_of(const Workload& workload) {
  if (workload.name == "crr") return LwipProgram::close;
  return workload.name == "rr" ? LwipProgram::answer : LwipProgram::read;
}

class LwipPeer : public Peer {
 public:
  explicit LwipPeer(const Workload& workload) : source_(write_bytes, 0xa5) {
    if (workload.gso) throw std::runtime_error("lwIP cannot send segments larger than its MTU");
    const auto mtu = static_cast<std::uint16_t>(workload.mtu);
    lwip_client.start({1, mtu}, lwip_server);
    lwip_server.start({2, mtu}, lwip_client);
    lwip_client.bring_up();
    lwip_server.bring_up();
    lwip_server.listen(program_of(workload));
  }

  void open(std::uint32_t connections) override {
    for (std::uint32_t i = 0; i < connections; ++i) open_one();
  }

  std::uint32_t pour() override {
    tick();
    const std::uint64_t before = lwip_server.counters->read_bytes;
    lwip_client.write(0, source_.data(), write_bytes);
    carry();
    return static_cast<std::uint32_t>(lwip_server.counters->read_bytes - before);
  }

  void cycle() override {
    tick();
    open_one();
    const std::uint64_t closed = lwip_server.counters->closed;
    lwip_client.close_last();
    while (lwip_server.counters->closed == closed) carry();
    while (carry()) {
    }
  }

  void transact(std::span<const std::uint32_t> connections) override {
    static constexpr std::uint8_t request[message_bytes]{'q'};
    tick();
    const std::uint64_t answered = lwip_client.counters->answered + connections.size();
    for (const std::uint32_t each : connections) lwip_client.write(each, request, message_bytes);
    while (lwip_client.counters->answered < answered) {
      if (!carry()) tick();
    }
  }

  // An idle connection of lwIP is its control block and nothing else.
  double bytes_per_end() override { return lwip_client.bytes_per_connection(); }

 private:
  void tick() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    lwip_client.tick(static_cast<std::uint32_t>(ms));
    lwip_server.tick(static_cast<std::uint32_t>(ms));
  }

  bool carry() {
    const bool is_forth = lwip_server.absorb();
    const bool is_back = lwip_client.absorb();
    return is_forth || is_back;
  }

  void open_one() {
    const std::uint64_t accepted = lwip_server.counters->connected + 1;
    lwip_client.connect();
    while (lwip_server.counters->connected < accepted) {
      if (!carry()) tick();
    }
  }

  std::vector<std::uint8_t> source_;
};

}  // namespace
}  // namespace acksu::peers

int main(int count, char** words) {
  using namespace acksu::peers;
  return run_peer({words, static_cast<std::size_t>(count)},
                  [](Workload& workload) -> std::unique_ptr<Peer> {
                    workload.mtu = std::min(workload.mtu, largest_mtu);
                    return std::make_unique<LwipPeer>(workload);
                  });
}
