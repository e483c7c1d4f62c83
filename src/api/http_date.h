// Dates as HTTP writes them (RFC 9110 section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". The two
// obsolete forms are left out on purpose: whoever sends them gets the whole page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acksu::http {

// Seconds since 1970-01-01 00:00:00 UTC, of the years 1970 to 9999.
std::string to_http_date(std::int64_t seconds);
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace acksu::http
