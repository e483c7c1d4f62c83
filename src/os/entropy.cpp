// What nobody may guess, from getrandom(2).
#include "os/entropy.h"

#include <sys/random.h>

#include <array>

namespace acksu::os {

std::optional<HostSecrets> take_secrets() {
  std::array<std::uint64_t, 3> words{};
  // The system gives up to 256 bytes at once, whole, once it has gathered entropy.
  if (getrandom(words.data(), sizeof words, 0) != static_cast<ssize_t>(sizeof words)) {
    return std::nullopt;
  }
  return HostSecrets{.key = {words[0], words[1]}, .seed = words[2]};
}

}  // namespace acksu::os
