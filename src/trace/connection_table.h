// The connections of a host as a table for people, in the words of Linux's `ss -tinm`: a line with
// state, queues and addresses, and one with the inside of the connection.
#pragma once

#include <string>
#include <vector>

#include "tcp/info.h"

namespace acksu::trace {

// "ESTAB  0  1448  10.9.0.2:80  10.9.0.1:41236", and below it what else `info` says.
std::string connection_lines(const tcp::Info& info, Instant now);

// With a heading; listeners and TIME-WAIT records have one line each.
std::string connection_table(const std::vector<tcp::Info>& infos, Instant now);

// What follows from the others: bytes of text that were sent, repeated ones included.
std::uint64_t bytes_sent(const tcp::Info& info);
// The largest packet that it sends.
std::uint32_t path_mtu(const tcp::Info& info);
// Of so many bytes.
std::uint32_t full_segments(const tcp::Info& info, std::uint32_t bytes);

}  // namespace acksu::trace
