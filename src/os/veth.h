// A cable between two interfaces of this namespace, by netlink: to try on it what a wire needs.
#pragma once

#include <string>

namespace acksu::os {

// Makes both, and raises the near one; 0, or an errno.
int make_veth(const std::string& near, const std::string& far);

}  // namespace acksu::os
