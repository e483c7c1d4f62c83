// Looking at text that the application has not read yet, without taking it.
#include <algorithm>
#include <cstring>

#include "tcp/receiver.h"

namespace acksu::tcp {

std::uint32_t Receiver::peek(std::uint32_t skipped, MutableBytes bytes) const {
  std::uint32_t count = 0;
  const std::uint32_t pieces = unread_.size();
  for (std::uint32_t i = 0; i < pieces && count < bytes.size(); ++i) {
    const Bytes text = unread_[i].text.bytes();
    const std::size_t unwanted = std::min<std::size_t>(skipped, text.size());
    skipped -= static_cast<std::uint32_t>(unwanted);
    const std::size_t part = std::min(text.size() - unwanted, bytes.size() - count);
    if (part == 0) continue;
    std::memcpy(bytes.data() + count, text.data() + unwanted, part);
    count += static_cast<std::uint32_t>(part);
  }
  return count;
}

}  // namespace acksu::tcp
