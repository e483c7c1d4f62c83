// Which algorithms of congestion control there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace acksu::tcp {

enum class CongestionAlgorithm : std::uint8_t { new_reno, cubic, dctcp, bbr };
inline constexpr std::size_t congestion_algorithm_count = 4;

const char* name(CongestionAlgorithm algorithm);  // "cubic"
std::optional<CongestionAlgorithm> congestion_named(std::string_view name);

}  // namespace acksu::tcp
