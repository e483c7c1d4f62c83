// What Linux calls the numbers of its socket calls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace acksu::packetdrill {

// Nothing: there is no such name here.
std::optional<std::int64_t> linux_number(std::string_view name);

std::string error_name(int error);  // "EAGAIN"

}  // namespace acksu::packetdrill
