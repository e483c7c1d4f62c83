// The version of the library that a program is linked with.
#pragma once

namespace acksu {

// "major.minor.patch" as in "0.1.0"; lives as long as the program.
const char* version() noexcept;

}  // namespace acksu
