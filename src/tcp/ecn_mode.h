// Which feedback of congestion marks two ends agree on in their SYNs: none, that of RFC 3168, or
// accurate ECN (RFC 9768 3.1). AE, CWR and ECE are read as one number, as in `Flags::ace`: 7 in a
// SYN asks for accurate ECN, 3 for RFC 3168's; of the answers 1 agrees to that, and 2, 3, 4 and 6
// agree to accurate ECN and tell with which codepoint of IP the SYN arrived.
#pragma once

#include <cstdint>
#include <optional>

#include "base/segment.h"
#include "tcp/settings.h"

namespace acksu::tcp {

enum class EcnMode : std::uint8_t { none, classic, accurate };

struct EcnAgreement {
  EcnMode mode = EcnMode::none;
  Ecn heard = Ecn::not_capable;  // on the peer's SYN or SYN+ACK, the latest of them
  bool may_mark = true;          // our text may say that it can be marked
  bool may_tell = true;          // our ACKs may carry AccECN options: none was lost
  bool is_told = false;          // what ended the handshake had one
};

// Each segment is to have room for all counts.
constexpr bool reserves_counts(const EcnAgreement& ecn, const Settings& settings) {
  return settings.acc_ecn_options == AccEcnOptions::in_all && ecn.mode == EcnMode::accurate &&
         ecn.is_told && ecn.may_tell;
}

// RFC 9768 Tables 2 and 3: a codepoint of IP as AE, CWR and ECE tell it in the handshake.
constexpr std::uint8_t handshake_ace(Ecn heard) {
  switch (heard) {
    case Ecn::capable_1: return 3;
    case Ecn::capable: return 4;
    case Ecn::congestion_experienced: return 6;
    case Ecn::not_capable: break;
  }
  return 2;
}
// Nothing: that number tells none.
constexpr std::optional<Ecn> codepoint_of(std::uint8_t ace) {
  for (const Ecn each :
       {Ecn::not_capable, Ecn::capable_1, Ecn::capable, Ecn::congestion_experienced}) {
    if (handshake_ace(each) == ace) return each;
  }
  return std::nullopt;
}

// What our SYN says that was sent so often before.
std::uint8_t ace_of_syn(EcnPolicy policy, std::uint32_t transmissions);
// What a SYN asks for.
EcnMode asked_by(Flags syn);
// As who answers `syn`; as who is answered; as both, where SYNs cross.
EcnAgreement ecn_for_syn(const Segment& syn, EcnPolicy policy);
EcnAgreement ecn_for_answer(const Segment& syn_ack, EcnPolicy policy);
EcnAgreement ecn_for_crossing_syn(const Segment& syn, EcnPolicy policy);
// RFC 9768 3.1.5: two SYNs of one opening that ask for both. Who answered either could not know
// which answer was heard.
bool is_torn(EcnMode agreed, Flags syn);

}  // namespace acksu::tcp
