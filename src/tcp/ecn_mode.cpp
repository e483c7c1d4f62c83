// The table of who asks and who answers (RFC 3168 6.1.1 (a), RFC 9768 3.1.1, Table 2).
#include "tcp/ecn_mode.h"

namespace acksu::tcp {
namespace {

constexpr std::uint8_t accurate_syn = 7, classic_syn = 3, agrees_to_classic = 1, reserved = 5;
// RFC 9768 3.1.4.1: so many SYNs ask for it; then without, for paths that drop it.
constexpr std::uint32_t accurate_syns = 2;

constexpr bool knows_only_classic(EcnPolicy policy) {
  return policy == EcnPolicy::answer_classic || policy == EcnPolicy::ask_classic;
}
constexpr bool asks_classic(EcnPolicy policy) {
  return policy == EcnPolicy::ask || policy == EcnPolicy::ask_classic;
}
constexpr bool asks_classic_too(Flags syn) { return syn.has(Flags::ece) && syn.has(Flags::cwr); }

}  // namespace

std::uint8_t ace_of_syn(EcnPolicy policy, std::uint32_t transmissions) {
  if (policy == EcnPolicy::ask_accurate) return transmissions < accurate_syns ? accurate_syn : 0;
  // RFC 3168 6.1.1.1: only once, there are paths that drop it.
  return asks_classic(policy) && transmissions == 0 ? classic_syn : 0;
}

// RFC 9768 3.1.3: what means nothing yet is to mean accurate ECN.
EcnMode asked_by(Flags syn) {
  switch (syn.ace()) {
    case 0: return EcnMode::none;
    case classic_syn: return EcnMode::classic;
    default: return EcnMode::accurate;
  }
}

EcnAgreement ecn_for_syn(const Segment& syn, EcnPolicy policy) {
  EcnAgreement ecn{.heard = syn.ecn};
  if (policy != EcnPolicy::off) ecn.mode = asked_by(syn.flags);
  // RFC 3168 6.1.1: a SYN that asks for more has both of its flags, too.
  const bool is_too_much = knows_only_classic(policy) && ecn.mode == EcnMode::accurate;
  if (is_too_much) ecn.mode = asks_classic_too(syn.flags) ? EcnMode::classic : EcnMode::none;
  return ecn;
}

EcnAgreement ecn_for_answer(const Segment& syn_ack, EcnPolicy policy) {
  const std::uint8_t ace = syn_ack.flags.ace();
  EcnAgreement ecn{.heard = syn_ack.ecn, .is_told = syn_ack.options.acc_ecn.is_given()};
  if (asks_classic(policy)) {
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
  const bool is_asking = asks_classic(policy) && asked_by(syn.flags) != EcnMode::none;
  if (is_asking) ecn.mode = EcnMode::classic;
  return ecn;
}

bool is_torn(EcnMode agreed, Flags syn) {
  const EcnMode asked = asked_by(syn);
  return agreed != EcnMode::none && asked != EcnMode::none && asked != agreed;
}

}  // namespace acksu::tcp
