// What happened to sockets, merged per socket and told in the order in which it began.
#include "host/host.h"

namespace acksu {
namespace {

std::uint32_t name_of(SocketKind kind, std::uint32_t index) {
  return (static_cast<std::uint32_t>(kind) << 30) | index;
}

}  // namespace

IndexLinks& Host::event_links(std::uint32_t name) {
  if (name < name_of(SocketKind::listener, 0)) [[likely]]
    return table_.connections()[name].waiting;
  const std::uint32_t index = name & 0x3fff'ffff;
  switch (static_cast<SocketKind>(name >> 30)) {
    case SocketKind::listener: return listeners_[index].events;
    case SocketKind::udp: return udp_[index].events;
    case SocketKind::raw: return raw_[index].events;
    case SocketKind::connection: break;
  }
  return table_.connections()[index].waiting;
}

void Host::raise(SocketKind kind, std::uint32_t index, std::uint8_t news) {
  if (news == 0) return;
  const IndexLinks* links = nullptr;
  const auto add = [&](auto& socket, auto its_links) {
    socket.news |= news;
    links = &(socket.*its_links);
  };
  switch (kind) {
    case SocketKind::listener: add(listeners_[index], &Listener::events); break;
    case SocketKind::udp: add(udp_[index], &UdpSocket::events); break;
    case SocketKind::raw: add(raw_[index], &RawSocket::events); break;
    case SocketKind::connection:
      add(table_.connections()[index], &ConnectionRecord::waiting);
      break;
  }
  if (links->is_linked()) return;
  events_.push_back(name_of(kind, index),
                    [this](std::uint32_t name) -> IndexLinks& { return event_links(name); });
}

void Host::forget_events(SocketKind kind, std::uint32_t index) {
  const std::uint32_t name = name_of(kind, index);
  if (!event_links(name).is_linked()) return;
  events_.remove(name, [this](std::uint32_t each) -> IndexLinks& { return event_links(each); });
}

std::optional<SocketEvent> Host::next_event() {
  const std::uint32_t name =
      events_.pop_front([this](std::uint32_t each) -> IndexLinks& { return event_links(each); });
  if (name == IndexList::none) return std::nullopt;
  const std::uint32_t index = name & 0x3fff'ffff;
  const auto kind = static_cast<SocketKind>(name >> 30);
  switch (kind) {
    case SocketKind::listener:
      return SocketEvent{{index, listeners_.generation(index), kind},
                         {std::exchange(listeners_[index].news, std::uint8_t{0})}};
    case SocketKind::udp:
      return SocketEvent{{index, udp_.generation(index), kind},
                         {std::exchange(udp_[index].news, std::uint8_t{0})}};
    case SocketKind::raw:
      return SocketEvent{{index, raw_.generation(index), kind},
                         {std::exchange(raw_[index].news, std::uint8_t{0})}};
    case SocketKind::connection: break;
  }
  std::uint8_t& news = table_.connections()[index].news;
  return SocketEvent{handle_of(index), {std::exchange(news, std::uint8_t{0})}};
}

}  // namespace acksu
