// Expressions as the arguments of socket calls.
#include "packetdrill/arguments.h"

#include <arpa/inet.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>

#include "packetdrill/linux_names.h"
#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

using ExpressionKind = Expression::Kind;

constexpr std::size_t most_buffer_bytes = 64u << 20;

template <class T>
Octets octets_of(const T& value) {
  Octets octets(sizeof value);
  std::memcpy(octets.data(), &value, sizeof value);
  return octets;
}

SocketName given_name(const Expression& expression, std::uint32_t line) {
  const Expression* const family = expression.part("sa_family");
  const Expression* const port = expression.part("sin_port");
  const Expression* const address = expression.part("sin_addr");
  const bool is_whole = family != nullptr && port != nullptr && address != nullptr &&
                        address->kind == ExpressionKind::call && address->parts.size() == 1;
  const std::optional<IpAddress> ip =
      is_whole ? parse_ip(address->parts[0].text) : std::optional<IpAddress>{};
  if (!ip) throw Mistake{line, "'" + to_string(expression) + "' is no address of a socket"};
  const bool is_v6 = number_of(*family, line) == AF_INET6;
  return name_of({*ip, static_cast<std::uint16_t>(number_of(*port, line))},
                 is_v6 ? IpVersion::v6 : IpVersion::v4);
}

}  // namespace

std::int64_t number_of(const Expression& expression, std::uint32_t line) {
  switch (expression.kind) {
    case ExpressionKind::integer: return expression.number;
    case ExpressionKind::word: {
      if (expression.text == "NULL") return 0;
      if (const auto number = linux_number(expression.text)) return *number;
      throw Mistake{line, "no number is called '" + expression.text + "'"};
    }
    case ExpressionKind::either: {
      std::int64_t sum = 0;
      for (const Expression& part : expression.parts) sum |= number_of(part, line);
      return sum;
    }
    case ExpressionKind::call:
      if (expression.text == "htons" && expression.parts.size() == 1) {
        return number_of(expression.parts[0], line);
      }
      break;
    default: break;
  }
  throw Mistake{line, "a number expected, not '" + to_string(expression) + "'"};
}

SocketName name_of(const Endpoint& endpoint, IpVersion version) {
  SocketName name;
  if (version == IpVersion::v4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    v4.sin_addr.s_addr = htonl(endpoint.address.as_v4());
    std::memcpy(&name.storage, &v4, sizeof v4);
    name.bytes = sizeof v4;
    return name;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(endpoint.port);
  std::uint8_t octets[16];
  store_be64(octets, endpoint.address.high());
  store_be64(octets + 8, endpoint.address.low());
  std::memcpy(&v6.sin6_addr, octets, sizeof octets);
  std::memcpy(&name.storage, &v6, sizeof v6);
  name.bytes = sizeof v6;
  return name;
}

SocketName name_of(const Expression& expression, const SocketName& usual, std::uint32_t line) {
  if (expression.is_ellipsis()) return usual;
  if (expression.is_word("NULL")) return {};
  if (!expression.is_word("AF_UNSPEC")) return given_name(expression, line);
  SocketName nobody;
  nobody.bytes = sizeof(sockaddr);
  return nobody;
}

Octets option_value(const Expression& expression, std::uint32_t line) {
  if (expression.kind == ExpressionKind::string) {
    return {expression.text.begin(), expression.text.end()};
  }
  if (expression.kind == ExpressionKind::list) {
    Octets all;
    for (const Expression& part : expression.parts) {
      const Octets octets = octets_of(static_cast<std::int32_t>(number_of(part, line)));
      all.insert(all.end(), octets.begin(), octets.end());
    }
    return all;
  }
  if (expression.kind != ExpressionKind::structure) return {};
  if (const Expression* const onoff = expression.part("onoff")) {
    const Expression* const seconds = expression.part("linger");
    return octets_of(linger{static_cast<int>(number_of(*onoff, line)),
                            seconds == nullptr ? 0 : static_cast<int>(number_of(*seconds, line))});
  }
  if (const Expression* const seconds = expression.part("tv_sec")) {
    const Expression* const micros = expression.part("tv_usec");
    return octets_of(
        timeval{number_of(*seconds, line), micros == nullptr ? 0 : number_of(*micros, line)});
  }
  throw Mistake{line, "'" + to_string(expression) + "' is no value of an option"};
}

void add_buffer(Buffers& buffers, const Expression& expression, std::size_t bytes) {
  bytes = std::min(bytes, most_buffer_bytes);
  if (expression.is_word("NULL")) {
    buffers.parts.push_back({nullptr, bytes});
    return;
  }
  Octets& octets = buffers.storage.emplace_back(std::max<std::size_t>(bytes, 1));
  std::copy_n(expression.text.begin(), std::min(bytes, expression.text.size()), octets.begin());
  buffers.parts.push_back({octets.data(), bytes});
}

void add_parts(Buffers& buffers, const Expression& list, std::uint32_t line) {
  buffers.storage.reserve(buffers.storage.size() + list.parts.size());
  for (const Expression& part : list.parts) {
    if (part.kind != ExpressionKind::structure || part.parts.size() != 2) {
      throw Mistake{line, "'" + to_string(part) + "' is no part of a buffer: {..., 100}"};
    }
    add_buffer(buffers, part.parts[0], static_cast<std::size_t>(number_of(part.parts[1], line)));
  }
}

}  // namespace acksu::packetdrill
