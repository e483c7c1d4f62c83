// One message of rtnetlink(7), with attributes inside of attributes.
#include "os/veth.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "os/unique_descriptor.h"

namespace acksu::os {
namespace {

class NetlinkMessage {
 public:
  template <class Value>
  void add(const Value& value) {
    const auto* from = reinterpret_cast<const char*>(&value);
    bytes_.insert(bytes_.end(), from, from + sizeof value);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  void add(unsigned short type, const std::string& text) {
    const std::size_t place = begin(type);
    bytes_.insert(bytes_.end(), text.c_str(), text.c_str() + text.size() + 1);
    end(place);
  }
  // An attribute that holds what is added until its end.
  std::size_t begin(unsigned short type) {
    const std::size_t place = bytes_.size();
    add(rtattr{0, type});
    return place;
  }
  void end(std::size_t place) {
    const auto length = static_cast<unsigned short>(bytes_.size() - place);
    std::memcpy(bytes_.data() + place, &length, sizeof length);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  const std::vector<char>& finished() {
    const auto length = static_cast<__u32>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
    return bytes_;
  }

 private:
  std::vector<char> bytes_;
};

ifinfomsg link_that_is(unsigned flags) {
  ifinfomsg link{};
  link.ifi_family = AF_UNSPEC;
  link.ifi_flags = link.ifi_change = flags;
  return link;
}

}  // namespace

int make_veth(const std::string& near, const std::string& far) {
  NetlinkMessage message;
  nlmsghdr header{};
  header.nlmsg_type = RTM_NEWLINK;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  message.add(header);
  message.add(link_that_is(IFF_UP));
  message.add(IFLA_IFNAME, near);
  const std::size_t information = message.begin(IFLA_LINKINFO);
  message.add(IFLA_INFO_KIND, "veth");
  const std::size_t data = message.begin(IFLA_INFO_DATA);
  const std::size_t peer = message.begin(VETH_INFO_PEER);
  message.add(link_that_is(0));  // it cannot be raised before the near one is there
  message.add(IFLA_IFNAME, far);
  message.end(peer);
  message.end(data);
  message.end(information);
  const UniqueDescriptor socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  const std::vector<char>& bytes = message.finished();
  if (send(socket.get(), bytes.data(), bytes.size(), 0) < 0) return errno;
  std::array<char, 4096> answer;
  const ssize_t length = recv(socket.get(), answer.data(), answer.size(), 0);
  if (length < static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(nlmsgerr))) return EIO;
  nlmsgerr verdict;
  std::memcpy(&verdict, answer.data() + sizeof(nlmsghdr), sizeof verdict);
  return -verdict.error;
}

}  // namespace acksu::os
