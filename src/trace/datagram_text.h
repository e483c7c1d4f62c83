// What a datagram says to programs, in a few words: DHCP and DNS.
#pragma once

#include <string>

#include "base/bytes.h"
#include "trace/summary.h"
#include "trace/text.h"

namespace acksu::trace {

// "DHCPOFFER 192.168.7.100", "DNS www.example.test A?"; empty for what is neither.
std::string datagram_text(const Summary& summary, Bytes text, Language language);

}  // namespace acksu::trace
