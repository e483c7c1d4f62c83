// Calls that move text.
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>

#include "packetdrill/calls.h"
#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

constexpr std::size_t control_room = 512;  // bytes, for what recvmsg() tells

std::string nothing_more(const posix::Outcome&) { return ""; }

struct ControlMessage {
  std::int64_t level = 0;
  std::int64_t type = 0;
  Octets data;
  bool is_begun = false;  // more may stand behind `data`: whom an error came from
};

bool is_as_wanted(const ControlMessage& wanted, const ControlMessage& told) {
  if (wanted.level != told.level || wanted.type != told.type) return false;
  if (!wanted.is_begun) return wanted.data == told.data;
  return told.data.size() >= wanted.data.size() &&
         std::equal(wanted.data.begin(), wanted.data.end(), told.data.begin());
}

// Of {ee_errno=..., ee_origin=..., ...}: struct sock_extended_err.
Octets error_record(const Expression& expression, std::uint32_t line) {
  const auto field = [&](const char* name) {
    const Expression* const value = expression.part(name);
    return value == nullptr ? 0 : number_of(*value, line);
  };
  sock_extended_err error{};
  error.ee_errno = static_cast<std::uint32_t>(field("ee_errno"));
  error.ee_origin = static_cast<std::uint8_t>(field("ee_origin"));
  error.ee_type = static_cast<std::uint8_t>(field("ee_type"));
  error.ee_code = static_cast<std::uint8_t>(field("ee_code"));
  error.ee_info = static_cast<std::uint32_t>(field("ee_info"));
  error.ee_data = static_cast<std::uint32_t>(field("ee_data"));
  Octets octets(sizeof error);
  std::memcpy(octets.data(), &error, sizeof error);
  return octets;
}

// Of {cmsg_level=..., cmsg_type=..., cmsg_data=[n] or n}.
ControlMessage control_of(const Expression& expression, std::uint32_t line) {
  const Expression* const level = expression.part("cmsg_level");
  const Expression* const type = expression.part("cmsg_type");
  const Expression* const data = expression.part("cmsg_data");
  if (level == nullptr || type == nullptr || data == nullptr) {
    throw Mistake{line, "'" + to_string(expression) + "' is no control message"};
  }
  ControlMessage message{number_of(*level, line), number_of(*type, line), {}, false};
  if (data->part("ee_errno") != nullptr) {
    message.data = error_record(*data, line);
    message.is_begun = true;
    return message;
  }
  const bool is_number = data->kind == Expression::Kind::integer;
  message.data = is_number ? option_value(Expression{Expression::Kind::list, "", 0, {*data}}, line)
                           : option_value(*data, line);
  return message;
}

std::vector<ControlMessage> told_controls(const msghdr& header) {
  std::vector<ControlMessage> all;
  msghdr copy = header;
  for (cmsghdr* each = CMSG_FIRSTHDR(&copy); each != nullptr; each = CMSG_NXTHDR(&copy, each)) {
    const std::uint8_t* const data = CMSG_DATA(each);
    all.push_back({each->cmsg_level, each->cmsg_type,
                   Octets(data, data + each->cmsg_len - CMSG_LEN(0)), false});
  }
  return all;
}

std::string hexadecimal_of(const Octets& octets) {
  std::string text;
  for (const std::uint8_t octet : octets) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[octet >> 4];
    text += digits[octet & 15];
  }
  return text;
}

std::string text_of(const std::vector<ControlMessage>& messages) {
  std::string text;
  for (const ControlMessage& each : messages) {
    text += "{level " + std::to_string(each.level) + ", type " + std::to_string(each.type) +
            ", data " + hexadecimal_of(each.data) + "}";
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::shared_ptr<posix::Transfer> Calls::transfer_of(const Given& given,
                                                    std::shared_ptr<Buffers> buffers,
                                                    int flags) const {
  msghdr message{};
  message.msg_iov = buffers->parts.data();
  message.msg_iovlen = buffers->parts.size();
  if (buffers->name.bytes > 0) {
    message.msg_name = &buffers->name.storage;
    message.msg_namelen = buffers->name.bytes;
  }
  if (!buffers->control.empty()) {
    message.msg_control = buffers->control.data();
    message.msg_controllen = buffers->control.size();
  }
  return std::make_shared<posix::Transfer>(
      posix::Transfer::of(descriptor(given, 0), message, flags));
}

Attempt Calls::sending(std::shared_ptr<posix::Transfer> transfer,
                       std::shared_ptr<Buffers> buffers) {
  return {[this, transfer, buffers] { return machine_.sockets().send(*transfer, machine_.now()); },
          nothing_more};
}

Attempt Calls::receiving(std::shared_ptr<posix::Transfer> transfer,
                         std::shared_ptr<Buffers> buffers) {
  const auto run = [this, transfer, buffers] {
    return machine_.sockets().receive(*transfer, machine_.now());
  };
  return {run, nothing_more};
}

Attempt Calls::prepare_read(const Given& given) {
  auto buffers = std::make_shared<Buffers>();
  add_buffer(*buffers, given.at(1), static_cast<std::size_t>(given.number(2)));
  auto transfer = transfer_of(given, buffers, 0);
  transfer->is_plain = true;
  return receiving(transfer, buffers);
}

Attempt Calls::prepare_readv(const Given& given) {
  auto buffers = std::make_shared<Buffers>();
  add_parts(*buffers, given.at(1), given.line);
  return receiving(transfer_of(given, buffers, 0), buffers);
}

// recv(fd, buffer, length, flags), and recvfrom with a name that is not compared.
Attempt Calls::prepare_recv(const Given& given) {
  auto buffers = std::make_shared<Buffers>();
  add_buffer(*buffers, given.at(1), static_cast<std::size_t>(given.number(2)));
  return receiving(transfer_of(given, buffers, given.integer(3)), buffers);
}

Attempt Calls::prepare_recvmsg(const Given& given) {
  const Expression& header = given.at(1);
  const Expression* const parts = header.part("msg_iov");
  const Expression* const flags = header.part("msg_flags");
  const Expression* const control = header.part("msg_control");
  auto buffers = std::make_shared<Buffers>();
  if (parts != nullptr) add_parts(*buffers, *parts, given.line);
  buffers->control.resize(control_room);
  std::vector<ControlMessage> wanted;
  if (control != nullptr) {
    for (const Expression& each : control->parts) wanted.push_back(control_of(each, given.line));
  }
  auto transfer = transfer_of(given, buffers, given.has(2) ? given.integer(2) : 0);
  Attempt attempt = receiving(transfer, buffers);
  const std::optional<std::int64_t> wanted_flags =
      flags == nullptr ? std::optional<std::int64_t>{} : number_of(*flags, given.line);
  attempt.check = [transfer, wanted, wanted_flags](const posix::Outcome& outcome) -> std::string {
    if (!outcome) return "";
    const std::vector<ControlMessage> told = told_controls(transfer->message);
    if (!std::equal(wanted.begin(), wanted.end(), told.begin(), told.end(), is_as_wanted)) {
      return "control messages: expected " + text_of(wanted) + ", actual " + text_of(told);
    }
    if (!wanted_flags || *wanted_flags == transfer->message.msg_flags) return "";
    return "msg_flags: expected " + std::to_string(*wanted_flags) + ", actual " +
           std::to_string(transfer->message.msg_flags);
  };
  return attempt;
}

Attempt Calls::prepare_write(const Given& given) {
  auto buffers = std::make_shared<Buffers>();
  add_buffer(*buffers, given.at(1), static_cast<std::size_t>(given.number(2)));
  auto transfer = transfer_of(given, buffers, 0);
  transfer->is_plain = true;
  return sending(transfer, buffers);
}

Attempt Calls::prepare_writev(const Given& given) {
  auto buffers = std::make_shared<Buffers>();
  add_parts(*buffers, given.at(1), given.line);
  return sending(transfer_of(given, buffers, 0), buffers);
}

// send(fd, buffer, length, flags), and sendto with a name.
Attempt Calls::prepare_send(const Given& given) {
  auto buffers = std::make_shared<Buffers>();
  add_buffer(*buffers, given.at(1), static_cast<std::size_t>(given.number(2)));
  if (given.has(4)) buffers->name = name_of(given.at(4), remote_name(), given.line);
  int flags = given.integer(3);
  // Where FreeBSD's socket may open fast, a name is enough; the text waits for the handshake.
  const bool opens = options_.is_freebsd() && buffers->name.bytes > 0 && opens_fast(given);
  if (opens) flags |= MSG_FASTOPEN;
  if ((flags & MSG_FASTOPEN) != 0) begin_connect(given.integer(0), buffers->name);
  Attempt attempt = sending(transfer_of(given, buffers, flags), buffers);
  attempt.goes_on = opens;
  return attempt;
}

bool Calls::opens_fast(const Given& given) const {
  std::int32_t limit = 0;
  const MutableBytes value{reinterpret_cast<std::uint8_t*>(&limit), sizeof limit};
  const posix::OptionName option{IPPROTO_TCP, TCP_FASTOPEN};
  return machine_.sockets().getsockopt(descriptor(given, 0), option, value, machine_.now()) &&
         limit > 0;
}

Attempt Calls::prepare_sendmsg(const Given& given) {
  const Expression& header = given.at(1);
  auto buffers = std::make_shared<Buffers>();
  if (const Expression* const parts = header.part("msg_iov")) {
    add_parts(*buffers, *parts, given.line);
  }
  const int flags = given.has(2) ? given.integer(2) : 0;
  const Expression* const name = header.part("msg_name");
  const bool is_named = name != nullptr && ((flags & MSG_FASTOPEN) != 0 || !name->is_ellipsis());
  if (is_named) buffers->name = name_of(*name, remote_name(), given.line);
  if ((flags & MSG_FASTOPEN) != 0) begin_connect(given.integer(0), buffers->name);
  return sending(transfer_of(given, buffers, flags), buffers);
}

}  // namespace acksu::packetdrill
