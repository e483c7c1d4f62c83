// What neighbour discovery says in an ICMPv6 message, in a few words.
#pragma once

#include <string>

#include "trace/summary.h"
#include "trace/text.h"

namespace acksu::trace {

// `text` stands behind the first eight bytes of the message. "NDP  who has 2001:db8::1?"; empty: it
// is another message, or a malformed one.
std::string ndp_text(const Summary& summary, Bytes text, Language language);

}  // namespace acksu::trace
