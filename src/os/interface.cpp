// Interfaces by ioctl(2).
#include "os/interface.h"

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/unique_descriptor.h"

namespace acksu::os {

Interface look_at_interface(const std::string& name) {
  const UniqueDescriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  ifreq request{};
  const auto ask = [&](unsigned long question) {
    std::memset(&request, 0, sizeof request);
    std::memcpy(request.ifr_name, name.data(), std::min<std::size_t>(name.size(), IFNAMSIZ - 1));
    return ioctl(socket.get(), question, &request) == 0;
  };
  Interface found;
  if (!ask(SIOCGIFINDEX)) return found;
  found.index = static_cast<unsigned>(request.ifr_ifindex);
  if (ask(SIOCGIFFLAGS)) found.is_up = (static_cast<unsigned>(request.ifr_flags) & IFF_UP) != 0;
  if (ask(SIOCGIFMTU)) found.mtu = static_cast<std::uint32_t>(request.ifr_mtu);
  if (ask(SIOCGIFHWADDR)) {
    std::memcpy(found.mac.octets.data(), request.ifr_hwaddr.sa_data, found.mac.octets.size());
  }
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  ask(SIOCGIFINDEX);  // names it in the request
  request.ifr_data = reinterpret_cast<char*>(&driver);
  if (ioctl(socket.get(), SIOCETHTOOL, &request) == 0) found.driver = driver.driver;
  return found;
}

bool is_deleted(unsigned index) {
  constexpr int looks = 20;
  constexpr timespec between{.tv_sec = 0, .tv_nsec = 1'000'000};
  const UniqueDescriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  for (int i = 0; i < looks; ++i) {
    ifreq request{};
    request.ifr_ifindex = static_cast<int>(index);
    if (ioctl(socket.get(), SIOCGIFNAME, &request) != 0 && errno == ENODEV) return true;
    nanosleep(&between, nullptr);
  }
  return false;
}

std::string why_no_socket(const char* what, int error) {
  if (error == EPERM || error == EACCES) {
    return std::string{"no privilege to open "} + what + ": run this with sudo";
  }
  if (error == EAFNOSUPPORT) return std::string{"this kernel has no "} + what;
  return std::string{what} + " cannot be opened: " + std::strerror(error);
}

std::string why_no_interface(const std::string& name) {
  return "there is no interface " + name + "; ip link shows those there are";
}

}  // namespace acksu::os
