// Control messages of recvmsg(2), put one behind the other into the room that the caller gave.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "api/posix_address.h"
#include "api/posix_stamps.h"
#include "api/posix_transfer.h"

namespace acksu::posix {

// The sender's name, as much of it as there is room for.
void give_name(Transfer& transfer, const WrittenName& name);

// SCM_TIMESTAMP or SCM_TIMESTAMPNS if it was asked for, and SCM_TIMESTAMPING.
void put_time(Transfer& transfer, const StampOptions& options, Instant time, bool in_full);

// MSG_CTRUNC where there is no room for (all of) it.
template <class Value>
void put_control(Transfer& transfer, int level, int type, const Value& value) {
  msghdr& message = transfer.message;
  const std::size_t used = message.msg_controllen;
  const std::size_t left = transfer.control_room - used;
  if (message.msg_control == nullptr || left < CMSG_LEN(sizeof value)) {
    message.msg_flags |= MSG_CTRUNC;
    return;
  }
  cmsghdr header{};
  header.cmsg_len = CMSG_LEN(sizeof value);
  header.cmsg_level = level;
  header.cmsg_type = type;
  auto* const place = static_cast<std::uint8_t*>(message.msg_control) + used;
  std::memcpy(place, &header, sizeof header);
  std::memcpy(place + CMSG_LEN(0), &value, sizeof value);
  message.msg_controllen = used + std::min(left, CMSG_SPACE(sizeof value));
}

}  // namespace acksu::posix
