// What a host shows of itself.
#include "host/host_view.h"

namespace acksu {

ConnectionRecord* HostView::held(Handle connection) {
  if (connection.kind != SocketKind::connection) return nullptr;
  ConnectionRecord* const record =
      table_.connections().find(connection.index, connection.generation);
  return record != nullptr && record->is_held ? record : nullptr;
}

HostHoldings HostView::holdings() const {
  HostHoldings holdings;
  holdings.connections = table_.connections().size();
  holdings.folded_connections = table_.connections().folded();
  holdings.half_open = table_.half_open().size();
  holdings.time_wait = table_.time_wait().size();
  holdings.listeners = listeners_.size();
  holdings.udp_sockets = udp_.size();
  holdings.raw_sockets = raw_.size();
  holdings.timers = wheel_.size() + (table_.next_expiry() == never ? 0u : 1u);
  for (const Link& link : links_) {
    holdings.replies += link.queue.size();
    holdings.neighbours += link.neighbours.size();
    if (link.neighbours.deadline() != never) ++holdings.timers;
    holdings.groups += link.igmp.groups() + link.mld.groups();
  }
  holdings.text_bytes = memory_.held();
  return holdings;
}

std::optional<tcp::Info> HostView::info(Handle connection) const {
  const ConnectionRecord* const record = held(connection);
  if (record == nullptr) return std::nullopt;
  tcp::Info info = record->connection.info(settings_.tcp);
  if (!record->is_detached || info.state != tcp::State::time_wait) return info;
  const RecordName name = table_.find(record->hash, info.tuple);
  if (name.kind == RecordKind::time_wait) {
    info.timers[static_cast<std::size_t>(tcp::Timer::time_wait)] =
        table_.time_wait()[name.index].expiry;
  } else {
    info.state = tcp::State::closed;  // the wait is over
  }
  return info;
}

std::vector<tcp::Info> HostView::sockets() const {
  std::vector<tcp::Info> infos;
  const auto add = [&](const FourTuple& tuple, tcp::State state) -> tcp::Info& {
    tcp::Info& info = infos.emplace_back();
    info.tuple = tuple;
    info.state = state;
    info.timers.fill(never);
    return info;
  };
  listeners_.for_each([&](std::uint32_t, const Listener& listener) {
    add({listener.local, {}}, tcp::State::listen).held_bytes = sizeof(Listener);
  });
  table_.half_open().for_each([&](std::uint32_t, const HalfOpenRecord& record) {
    tcp::Info& info = add(table_.tuple_of(record), tcp::State::syn_received);
    info.snd.iss = record.half_open.iss();
    info.snd.una = info.snd.iss;
    info.snd.nxt = info.snd.iss + 1;
    info.rcv.irs = record.half_open.irs();
    info.rcv.nxt = info.rcv.irs + 1;
    info.rcv.wnd = record.half_open.offered_window_bytes();
    info.timers[static_cast<std::size_t>(tcp::Timer::retransmission)] =
        wheel_.deadline(record.timer);
    info.held_bytes = sizeof(HalfOpenRecord);
  });
  table_.connections().for_each([&](std::uint32_t, const ConnectionRecord& record) {
    if (!record.is_detached) infos.push_back(record.connection.info(settings_.tcp));
  });
  table_.time_wait().for_each([&](std::uint32_t, const TimeWaitRecord& record) {
    tcp::Info& info = add(table_.tuple_of(record), tcp::State::time_wait);
    info.snd.una = info.snd.nxt = record.time_wait.snd_nxt();
    info.rcv.nxt = record.time_wait.rcv_nxt();
    info.rcv.wnd = record.time_wait.window_bytes();
    info.rcv.is_ended = info.snd.is_closed = true;
    info.timers[static_cast<std::size_t>(tcp::Timer::time_wait)] = record.expiry;
    info.held_bytes = sizeof(TimeWaitRecord);
  });
  return infos;
}

Error HostView::error_of(Handle connection) const {
  const ConnectionRecord* const record = held(connection);
  return record == nullptr ? Error::bad_handle : record->connection.error();
}

Error HostView::soft_error_of(Handle connection) const {
  const ConnectionRecord* const record = held(connection);
  return record == nullptr ? Error::bad_handle : record->connection.soft_error();
}

Result<Endpoint> HostView::local_endpoint(Handle socket) const {
  switch (socket.kind) {
    case SocketKind::listener:
      if (const Listener* listener = listeners_.find(socket)) return listener->local;
      break;
    case SocketKind::udp:
      if (const UdpSocket* udp = udp_.find(socket)) return udp->local;
      break;
    case SocketKind::raw:
      if (const RawSocket* raw = raw_.find(socket)) return Endpoint{raw->name.local, 0};
      break;
    case SocketKind::connection:
      if (const ConnectionRecord* record = held(socket)) return record->connection.tuple().local;
      break;
  }
  return Error::bad_handle;
}

Result<Endpoint> HostView::remote_endpoint(Handle connection) const {
  const ConnectionRecord* record = held(connection);
  if (record == nullptr) return Error::bad_handle;
  return record->connection.tuple().remote;
}

// ---- For the host -------------------------------------------------------------------------------

Handle HostView::handle_of(std::uint32_t connection) const {
  return {connection, table_.connections().generation(connection), SocketKind::connection};
}

bool HostView::is_backlog_full(std::uint32_t listener) const {
  return listeners_[listener].ready.size() >= listeners_[listener].backlog;
}

tcp::BufferSize HostView::receive_buffer_of(const Listener& listener) const {
  const std::optional<std::uint32_t> chosen = listener.options.receive_buffer_bytes;
  return chosen ? tcp::BufferSize{*chosen} : settings_.tcp.receive_buffer;
}

// ---- Digest -------------------------------------------------------------------------------------

void HostView::digest_sockets(Digest& digest) const {
  listeners_.for_each([&](std::uint32_t index, const Listener& listener) {
    digest.add((std::uint64_t{index} << 32) | listener.backlog);
    acksu::digest({listener.local, {}}, digest);
    digest.add((std::uint64_t{listener.ready.size()} << 8) | listener.news);
    digest.add((std::uint64_t{listener.fast_open.pending} << 32) |
               listener.fast_open.resets.size());
  });
  udp_.for_each([&](std::uint32_t index, const UdpSocket& socket) {
    digest.add(std::uint64_t{index});
    acksu::digest({socket.local, {}}, digest);
    acksu::digest({{}, socket.remote}, digest);
    digest.add((std::uint64_t{socket.errors.size()} << 32) |
               (std::uint64_t{socket.groups.size()} << 8) | socket.news);
    socket.received.digest(digest, [&](const Datagram& datagram) {
      acksu::digest({datagram.to, datagram.from}, digest);
    });
  });
  raw_.for_each([&](std::uint32_t index, const RawSocket& socket) {
    digest.add((std::uint64_t{index} << 32) | (std::uint64_t{socket.name.protocol} << 8) |
               static_cast<std::uint64_t>(socket.name.version));
    acksu::digest({{socket.name.local, 0}, {socket.remote, 0}}, digest);
    digest.add((std::uint64_t{socket.errors.size()} << 32) |
               (std::uint64_t{socket.groups.size()} << 8) | socket.news);
    socket.received.digest(digest, [&](const RawPacket& packet) {
      acksu::digest({{packet.to, 0}, {packet.from, 0}}, digest);
    });
  });
}

void HostView::digest(Digest& digest) const {
  table_.digest(digest);
  digest_sockets(digest);
  wheel_.digest(digest);
  for (const Link& link : links_) {
    link.neighbours.digest(digest);
    if (link.ppp) link.ppp->session.digest(digest);
    link.igmp.digest(digest);
    link.mld.digest(digest);
    digest.add((link.probed.low() << 1) | (link.is_contested ? 1u : 0u));
    if (link.asks_address) digest.add(1u);
    if (link.told_address) digest.add(link.told_address->address.low());
    digest.add((std::uint64_t{link.queue.size()} << 32) | link.ready.front());
    for (std::uint32_t i = 0; i < link.queue.size(); ++i) {
      digest.add(Bytes(link.queue[i].bytes.flatten()));
    }
  }
  ports_.digest(digest);
  cookies_.digest(digest);
  fast_open_.cache.digest(digest);
  echoes_.digest(digest);
  icmp_limit_.digest(digest);
  routes_.digest(digest);
  redirects_.digest(digest);
  reassembly_.digest(digest);
  ipv6_.digest(digest);
  path_mtu_.digest(digest);
  if (translation_) translation_->digest(digest);
  if (filter_) filter_->digest(digest);
  identifications_.digest(digest);
  application_keys_.digest(digest);
  digest.add(memory_.held());
  digest.add(next_relief_);
  digest.add(std::uint64_t{events_.front()});
  for (const std::uint64_t moves : counters_.tcp.moves) digest.add(moves);
  digest.add(counters_.frames_in);
  digest.add(counters_.frames_out);
  digest.add(counters_.drops.total());
}

}  // namespace acksu
