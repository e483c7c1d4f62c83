// Memory that a descriptor shares with the kernel.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace acksu::os {

class Mapping {
 public:
  Mapping() = default;
  Mapping(void* address, std::size_t bytes) : address_(address), bytes_(bytes) {}
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), bytes_(other.bytes_) {}
  Mapping& operator=(Mapping&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Mapping() {
    if (address_ != nullptr) munmap(address_, bytes_);
  }

  explicit operator bool() const { return address_ != nullptr; }
  std::uint8_t* data() const { return static_cast<std::uint8_t*>(address_); }

 private:
  void* address_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace acksu::os
