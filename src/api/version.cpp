// The version of the library; the number itself stands in CMakeLists.txt only.
#include "acksu/version.h"

namespace acksu {

const char* version() noexcept { return ACKSU_VERSION; }

}  // namespace acksu
