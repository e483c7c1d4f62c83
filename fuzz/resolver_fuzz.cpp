// A resolver in a dialogue: questions, answers that fit and answers that nearly fit, streams in
// pieces, failures and time. Each question is answered once, and at the end nothing is left.
// SECURITY G2, G4, I7: any answers, to the right question and to others.
#include "fuzz/fuzz.h"
#include "host/resolver.h"

using namespace acksu;

namespace {

const Endpoint servers[] = {{IpAddress::v4(10, 0, 0, 53), 53}, {IpAddress::v4(10, 0, 0, 54), 53}};

class Dialogue {
 public:
  explicit Dialogue(Bytes bytes) : choices_(bytes) {}

  void run() {
    while (!choices_.is_done()) {
      step();
      collect();
    }
    for (int i = 0; i < 1000 && resolver_.deadline() != never; ++i) {
      now_ = std::max(now_, resolver_.deadline());
      resolver_.on_time(now_);
      collect();
    }
    ACKSU_ASSERT(resolver_.questions() == 0 && waiting_.empty());
  }

 private:
  void step() {
    const std::uint8_t choice = choices_.octet();
    switch (choice % 6) {
      case 0: ask(choice); break;
      case 1:
        now_ += 10ms * choices_.octet();
        resolver_.on_time(now_);
        break;
      case 2: resolver_.on_failure(exchange(choice), now_); break;
      case 3: answer(choice); break;
      case 4: raw(choice); break;
      case 5: cancel(); break;
    }
  }
  void ask(std::uint8_t choice) {
    static constexpr const char* names[] = {"a.example", "b.example", "www.a.example", "."};
    const auto name = wire::DnsName::parse(names[choice / 6 % 4]);
    const auto type = choice / 24 % 2 == 0 ? wire::DnsType::a : wire::DnsType::txt;
    if (const auto ticket = resolver_.ask({*name, type}, now_)) waiting_.push_back(*ticket);
  }
  void cancel() {
    if (waiting_.empty()) return;
    resolver_.cancel(waiting_.back());
    waiting_.pop_back();
  }
  std::uint32_t exchange(std::uint8_t choice) const {
    return exchanges_.empty() ? choice : exchanges_[choice / 6 % exchanges_.size()].number;
  }
  // The question of an exchange with records of the input behind it.
  void answer(std::uint8_t choice) {
    if (exchanges_.empty()) return;
    const DnsExchange& to = exchanges_[choice / 6 % exchanges_.size()];
    fuzz::Octets message = to.message;
    if (to.is_stream) message.erase(message.begin(), message.begin() + 2);
    const Bytes flags = choices_.bytes(4), records = choices_.bytes(choices_.octet());
    for (std::size_t i = 0; i < flags.size(); ++i) message[i < 2 ? 2 + i : 5 + i] ^= flags[i];
    message[2] ^= 0x80;
    message.resize(message.size() - std::min<std::size_t>(message.size(), opt_bytes(message)));
    message.insert(message.end(), records.begin(), records.end());
    give(to.number, message, to.is_stream);
  }
  // RFC 6891: the OPT record is the last one of our questions, 11 octets without options.
  static std::size_t opt_bytes(fuzz::Octets& message) {
    if (message.size() < 23 || message[11] != 1) return 0;
    message[11] = 0;
    return 11;
  }
  void raw(std::uint8_t choice) {
    const Bytes bytes = choices_.bytes(choices_.octet());
    give(exchange(choice), {bytes.begin(), bytes.end()}, choice >= 128);
  }
  void give(std::uint32_t number, const fuzz::Octets& message, bool is_stream) {
    Resolver copy = resolver_;
    for (Resolver* each : {&copy, &resolver_}) {
      if (is_stream) {
        const fuzz::Octets framed = wire::framed(message);
        const std::size_t cut = framed.size() / 2;
        each->on_stream(number, Bytes(framed).first(cut), now_);
        each->on_stream(number, Bytes(framed).subspan(cut), now_);
      } else {
        each->on_datagram(number, servers[number % 2], message, now_);
        each->on_datagram(number, servers[(number + 1) % 2], message, now_);
      }
    }
    ACKSU_ASSERT(digest_of(copy) == digest_of(resolver_));
  }
  void collect() {
    while (auto next = resolver_.next_exchange()) exchanges_.push_back(std::move(*next));
    while (const auto closed = resolver_.next_closed())
      std::erase_if(exchanges_, [&](const DnsExchange& each) { return each.number == *closed; });
    while (const auto answer = resolver_.next_answer()) {
      const auto ticket = std::find(waiting_.begin(), waiting_.end(), answer->ticket);
      ACKSU_ASSERT(ticket != waiting_.end());
      waiting_.erase(ticket);
    }
    ACKSU_ASSERT(resolver_.questions() <= 4);
  }
  static std::uint64_t digest_of(const Resolver& resolver) {
    Digest digest;
    resolver.digest(digest);
    return digest.value();
  }

  fuzz::Choices choices_;
  Resolver resolver_{{.servers = {servers[0], servers[1]}, .max_questions = 4, .max_tickets = 16},
                     SipKey{1, 2}};
  std::vector<DnsExchange> exchanges_;  // open ones
  std::vector<std::uint32_t> waiting_;
  Instant now_{1s};
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Dialogue({data, size}).run();
  return 0;
}
