// The table of who asks and who answers (RFC 3168 6.1.1 (a), RFC 9768 3.1.1, Table 2).
#include "tcp/ecn_mode.h"

namespace acksu::tcp {
namespace {

constexpr std::uint8_t asks_accurate = 7, asks_classic = 3, agrees_to_classic = 1, reserved = 5;
// RFC 9768 3.1.4.1: so many SYNs ask for it; then without, for paths that drop it.
constexpr std::uint32_t accurate_syns = 2;

}  // namespace

std::uint8_t ace_of_syn(EcnPolicy policy, std::uint32_t transmissions) {
  if (policy == EcnPolicy::ask_accurate) return transmissions < accurate_syns ? asks_accurate : 0;
  // RFC 3168 6.1.1.1: only once, there are paths that drop it.
  return policy == EcnPolicy::ask && transmissions == 0 ? asks_classic : 0;
}

// RFC 9768 3.1.3: what means nothing yet is to mean accurate ECN.
EcnMode asked_by(Flags syn) {
  switch (syn.ace()) {
    case 0: return EcnMode::none;
    case asks_classic: return EcnMode::classic;
    default: return EcnMode::accurate;
  }
}

EcnAgreement ecn_for_syn(const Segment& syn, EcnPolicy policy) {
  return {.mode = policy == EcnPolicy::off ? EcnMode::none : asked_by(syn.flags), .heard = syn.ecn};
}

EcnAgreement ecn_for_answer(const Segment& syn_ack, EcnPolicy policy) {
  const std::uint8_t ace = syn_ack.flags.ace();
  EcnAgreement ecn{.heard = syn_ack.ecn};
  if (policy == EcnPolicy::ask) {
    const bool is_agreed = syn_ack.has(Flags::ece) && !syn_ack.has(Flags::cwr);
    if (is_agreed) ecn.mode = EcnMode::classic;
  } else if (policy == EcnPolicy::ask_accurate) {
    // Table 2; 7 is a broken server that only repeats what it has heard. 3.1.3: `reserved` agrees.
    if (ace == agrees_to_classic) ecn.mode = EcnMode::classic;
    if (codepoint_of(ace) || ace == reserved) ecn.mode = EcnMode::accurate;
  }
  return ecn;
}

// RFC 9768 3.1.2: as if the peer's SYN were the only one, unless ours could not be understood so.
EcnAgreement ecn_for_crossing_syn(const Segment& syn, EcnPolicy policy) {
  if (policy == EcnPolicy::ask_accurate) return ecn_for_syn(syn, policy);
  EcnAgreement ecn{.heard = syn.ecn};
  // RFC 9768 3.1.5: who has sent a SYN of RFC 3168 sends no answer that agrees to more.
  const bool is_asking = policy == EcnPolicy::ask && asked_by(syn.flags) != EcnMode::none;
  if (is_asking) ecn.mode = EcnMode::classic;
  return ecn;
}

bool is_torn(EcnMode agreed, Flags syn) {
  const EcnMode asked = asked_by(syn);
  return agreed != EcnMode::none && asked != EcnMode::none && asked != agreed;
}

}  // namespace acksu::tcp
