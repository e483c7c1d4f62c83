// What nobody may guess, from the operating system.
#pragma once

#include <optional>

#include "host/settings.h"

namespace acksu::os {

// Key and seed of a real host, from getrandom(2); nothing when the system has none to give.
std::optional<HostSecrets> take_secrets();

}  // namespace acksu::os
