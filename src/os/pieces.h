// A frame's pieces as the system's gathering calls take them.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/buffer.h"

namespace acksu::os {

class Pieces {
 public:
  void add(Bytes bytes) {
    if (bytes.empty()) return;
    pieces_[count_++] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  }
  // All of the chain but its first bytes, which stand in its first slice. To be called once.
  void add(const BufferChain& chain, std::size_t without = 0) {
    if (chain.count() > most_slices) {
      flat_ = chain.flatten();
      return add(Bytes{flat_}.subspan(without));
    }
    for (std::uint32_t i = 0; i < chain.count(); ++i) {
      add(chain[i].bytes().subspan(i == 0 ? without : 0));
    }
  }
  void clear() { count_ = 0; }

  iovec* data() { return pieces_.data(); }
  std::size_t count() const { return count_; }

 private:
  static constexpr std::size_t most_slices = 64;
  static constexpr std::size_t most_others = 4;

  std::array<iovec, most_slices + most_others> pieces_;
  std::size_t count_ = 0;
  std::vector<std::uint8_t> flat_;
};

}  // namespace acksu::os
