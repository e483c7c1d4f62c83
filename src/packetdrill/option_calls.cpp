// Calls about options and readiness.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cstring>

#include "packetdrill/calls.h"
#include "packetdrill/linux_names.h"
#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

std::string nothing_else(const posix::Outcome&) { return ""; }

std::string unlike(const char* what, std::int64_t expected, std::int64_t actual) {
  if (expected == actual) return "";
  return std::string{what} + ": expected " + std::to_string(expected) + ", actual " +
         std::to_string(actual);
}

// [n] or n; nothing: whatever.
const Expression* only_part(const Expression& expression) {
  const bool is_list = expression.kind == Expression::Kind::list && expression.parts.size() == 1;
  return is_list ? &expression.parts[0] : nullptr;
}

std::string option_difference(const Expression& expected, Bytes actual, std::uint32_t line) {
  if (expected.is_ellipsis()) return "";
  const Octets wanted = option_value(expected, line);
  const std::size_t common = std::min(wanted.size(), actual.size());
  if (std::memcmp(wanted.data(), actual.data(), common) == 0) return "";
  std::int32_t number = 0;
  std::memcpy(&number, actual.data(), std::min(actual.size(), sizeof number));
  return "value of the option: expected " + to_string(expected) + ", actual [" +
         std::to_string(number) + "]";
}

std::string bits_text(int bits) {
  constexpr std::array names{"POLLIN",  "POLLPRI",  "POLLOUT",  "POLLERR",
                             "POLLHUP", "POLLNVAL", "POLLRDHUP"};
  std::string text;
  for (const char* const name : names) {
    const bool is_set = (bits & *linux_number(name)) != 0;
    if (is_set) text += (text.empty() ? "" : "|") + std::string{name};
  }
  return text.empty() ? "0" : text;
}

// FreeBSD tells of its buffers what they take; Linux twice of that.
bool is_buffer(const posix::OptionName& option) {
  return option.level == SOL_SOCKET && (option.name == SO_RCVBUF || option.name == SO_SNDBUF);
}

// How long FreeBSD tries to open a connection, in seconds: what it may wait for, in milliseconds.
constexpr posix::OptionName keep_init{IPPROTO_TCP, 128};
constexpr posix::OptionName user_timeout{IPPROTO_TCP, TCP_USER_TIMEOUT};

void store(Octets& value, std::int64_t number) {
  const auto stored = static_cast<std::int32_t>(number);
  value.resize(sizeof stored);
  std::memcpy(value.data(), &stored, sizeof stored);
}

void halve(Octets& value) {
  std::int32_t number = 0;
  if (value.size() != sizeof number) return;
  std::memcpy(&number, value.data(), sizeof number);
  store(value, number / 2);
}

}  // namespace

Attempt Calls::prepare_setsockopt(const Given& given) {
  posix::OptionName option{given.integer(1), given.integer(2)};
  const bool is_null = given.at(3).is_word("NULL");
  Octets value = is_null ? Octets{} : option_value(given.at(3), given.line);
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(0, given.number(4)));
  value.reserve(1);
  value.resize(is_null ? 0 : length);
  if (option == keep_init && !given.at(3).parts.empty()) {
    option = user_timeout;
    store(value, 1000 * number_of(given.at(3).parts[0], given.line));
  }
  return {[this, option, value, is_null, length, fd = descriptor(given, 0)] {
            const Bytes bytes = is_null ? Bytes{} : Bytes{value.data(), length};
            return machine_.sockets().setsockopt(fd, option, bytes, machine_.now());
          },
          nothing_else};
}

Attempt Calls::prepare_getsockopt(const Given& given) {
  const posix::OptionName option{given.integer(1), given.integer(2)};
  const Expression* const length = only_part(given.at(4));
  const std::int64_t room = length == nullptr ? 4 : number_of(*length, given.line);
  auto value = std::make_shared<Octets>(static_cast<std::size_t>(std::max<std::int64_t>(room, 0)));
  const auto run = [this, option, value, fd = descriptor(given, 0)] {
    if (option == keep_init) {
      store(*value, machine_.host().settings().tcp.r2_syn / 1s);
      return posix::Outcome::of(0);
    }
    posix::Outcome outcome = machine_.sockets().getsockopt(fd, option, *value, machine_.now());
    if (!outcome) return outcome;
    value->resize(static_cast<std::size_t>(outcome.value));
    if (options_.is_freebsd() && is_buffer(option)) halve(*value);
    outcome.value = 0;
    return outcome;
  };
  const auto check = [value, room, wanted = given.at(3),
                      line = given.line](const posix::Outcome& outcome) {
    if (!outcome) return std::string{};
    const std::string difference = option_difference(wanted, *value, line);
    if (!difference.empty()) return difference;
    return unlike("length of the option", room, static_cast<std::int64_t>(value->size()));
  };
  return {run, check};
}

Attempt Calls::prepare_fcntl(const Given& given) {
  const int command = given.integer(1), argument = given.has(2) ? given.integer(2) : 0;
  return {[this, command, argument, fd = descriptor(given, 0)] {
            return machine_.sockets().fcntl(fd, command, argument);
          },
          nothing_else};
}

Attempt Calls::prepare_ioctl(const Given& given) {
  const auto request = static_cast<unsigned long>(given.number(1));
  const Expression* const expected = given.has(2) ? only_part(given.at(2)) : nullptr;
  const std::int64_t wanted = expected == nullptr ? 0 : number_of(*expected, given.line);
  auto answer = std::make_shared<int>(static_cast<int>(wanted));
  const auto check = [answer, wanted, is_asked = expected != nullptr](const posix::Outcome& o) {
    return o && is_asked ? unlike("answer of ioctl", wanted, *answer) : std::string{};
  };
  return {[this, request, answer, fd = descriptor(given, 0)] {
            return machine_.sockets().ioctl(fd, request, answer.get(), machine_.now());
          },
          check};
}

Attempt Calls::prepare_poll(const Given& given) {
  auto descriptors = std::make_shared<std::vector<pollfd>>();
  std::vector<std::int64_t> expected;
  for (const Expression& each : given.at(0).parts) {
    const Expression* const fd = each.part("fd");
    const Expression* const events = each.part("events");
    const Expression* const revents = each.part("revents");
    if (fd == nullptr || events == nullptr) {
      throw Mistake{given.line, "'" + to_string(each) + "' is no pollfd"};
    }
    descriptors->push_back({descriptor_called(number_of(*fd, given.line)),
                            static_cast<short>(number_of(*events, given.line)), 0});
    expected.push_back(revents == nullptr ? 0 : number_of(*revents, given.line));
  }
  const int patience = given.integer(2);
  const auto run = [this, descriptors, patience] {
    posix::Outcome outcome = machine_.sockets().poll(*descriptors, machine_.now());
    if (patience == 0) outcome.waits_for = 0;
    if (patience > 0) outcome.patience = std::chrono::milliseconds{patience};
    return outcome;
  };
  const auto check = [descriptors, expected](const posix::Outcome&) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const int actual = (*descriptors)[i].revents;
      if (actual == expected[i]) continue;
      return "revents: expected " + bits_text(static_cast<int>(expected[i])) + ", actual " +
             bits_text(actual);
    }
    return std::string{};
  };
  return {run, check};
}

}  // namespace acksu::packetdrill
