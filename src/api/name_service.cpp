// The resolver and the DNS server on sockets.
#include "api/name_service.h"

#include <array>
#include <utility>

#include "host/host.h"

namespace acksu {

// ---- The resolver -------------------------------------------------------------------------------

void NameService::start(Host& host, Instant) {
  // AAAA is worth asking for only where somebody can be reached by it (RFC 6724 section 2).
  const auto& addresses = host.routes().addresses();
  const bool has_v6 = std::any_of(addresses.begin(), addresses.end(), [](const LocalAddress& each) {
    return !each.prefix.address.is_v4() && !wire::is_link_local_v6(each.prefix.address);
  });
  if (!has_v6 && settings_.lookup.wants_v4) settings_.lookup.wants_v6 = false;
  lookup_ = NameLookup{settings_.lookup};
  resolver_.emplace(settings_.resolver, host.next_key());
}

void NameService::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (resolver_ && sockets_.on_event(host, *resolver_, event, now)) settle(host, now);
}

void NameService::on_time(Host& host, Instant now) {
  resolver_->on_time(now);
  settle(host, now);
}

void NameService::stop(Host& host, Instant now) { sockets_.close_all(host, now); }

// A lookup that goes on to its next candidate asks again.
void NameService::settle(Host& host, Instant now) {
  sockets_.settle(host, *resolver_, now);
  while (std::optional<DnsAnswer> answer = resolver_->next_answer()) {
    const bool was_for_a_lookup = lookup_.on_answer(*answer, *resolver_, now);
    if (!was_for_a_lookup) {
      // The name as it was asked for, not with the case of letters that went over the wire.
      for (wire::DnsRecord& record : answer->records) {
        if (record.owner == answer->question.name) record.owner = answer->question.name;
      }
      answers_.push_back(std::move(*answer));
    }
    sockets_.settle(host, *resolver_, now);
  }
}

Result<std::uint32_t> NameService::look_up(std::string_view name, Host& host, Instant now) {
  const Result<std::uint32_t> lookup = lookup_.look_up(name, *resolver_, now);
  settle(host, now);
  return lookup;
}

Result<std::uint32_t> NameService::ask(const wire::DnsQuestion& question, Host& host, Instant now) {
  const Result<std::uint32_t> ticket = resolver_->ask(question, now);
  settle(host, now);
  return ticket;
}

std::optional<DnsAnswer> NameService::next_answer() {
  if (answers_.empty()) return std::nullopt;
  std::optional<DnsAnswer> answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

void NameService::set_servers(std::vector<Endpoint> servers, Host& host, Instant now) {
  resolver_->set_servers(std::move(servers));
  settle(host, now);
}

void NameService::digest(Digest& digest) const {
  if (resolver_) resolver_->digest(digest);
  lookup_.digest(digest);
  sockets_.digest(digest);
}

// ---- The server ---------------------------------------------------------------------------------

void DnsService::start(Host& host, Instant now) {
  server_.emplace(settings_.server, host.next_key());
  const Result<Handle> socket = host.open_udp(settings_.local, now);
  const Result<Handle> listener = host.listen(settings_.local, {}, now);
  error_ = socket ? listener.error() : socket.error();
  if (socket) socket_ = *socket;
  if (listener) listener_ = *listener;
  if (error_ != Error::none) stop(host, now);
}

void DnsService::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (is_stopped_) return;
  if (event.socket == socket_) {
    hear_datagrams(host, now);
  } else if (event.socket == listener_) {
    accept_all(host, now);
  } else if (const auto place = streams_.find(event.socket); place != streams_.end()) {
    hear_stream(host, place, now);
  } else if (!upstream_.on_event(host, server_->upstream(), event, now)) {
    return;
  }
  settle(host, now);
}

Instant DnsService::deadline() const {
  if (!server_ || is_stopped_) return never;
  Instant result = server_->upstream().deadline();
  for (const auto& [socket, stream] : streams_) result = earliest(result, stream.idle_until);
  return result;
}

void DnsService::on_time(Host& host, Instant now) {
  server_->upstream().on_time(now);
  for (auto place = streams_.begin(); place != streams_.end();) {
    const auto each = place++;
    if (each->second.idle_until <= now) end(host, each, now);
  }
  settle(host, now);
}

void DnsService::stop(Host& host, Instant now) {
  if (socket_) host.close(socket_, now);
  if (listener_) host.close(listener_, now);
  for (const auto& [socket, stream] : streams_) host.close(socket, now);
  upstream_.close_all(host, now);
  streams_.clear();
  by_number_.clear();
  socket_ = listener_ = {};
  is_stopped_ = true;
}

void DnsService::hear_datagrams(Host& host, Instant now) {
  std::array<std::uint8_t, 4096> room;
  while (true) {
    const Result<Datagram> datagram = host.receive_from(socket_, room);
    if (datagram && datagram->length <= room.size()) {
      server_->on_message({datagram->from, datagram->to}, Bytes{room}.first(datagram->length), now);
    }
    if (datagram.error() == Error::would_block || datagram.error() == Error::bad_handle) return;
  }
}

void DnsService::accept_all(Host& host, Instant now) {
  while (const Result<Handle> accepted = host.accept(listener_, now)) {
    const std::optional<tcp::Info> info = host.info(*accepted);
    if (!info || streams_.size() >= settings_.max_streams) {
      host.abort(*accepted, now);
      continue;
    }
    Stream stream;
    stream.number = next_number_++;
    stream.client = {info->tuple.remote, info->tuple.local, stream.number};
    stream.idle_until = later_by(now, settings_.stream_idle_limit);
    by_number_.emplace(stream.number, *accepted);
    hear_stream(host, streams_.emplace(*accepted, std::move(stream)).first, now);
  }
}

void DnsService::hear_stream(Host& host, Streams::iterator place, Instant now) {
  Stream& stream = place->second;
  std::array<std::uint8_t, 4096> room;
  while (!stream.is_ended) {
    const Result<std::uint32_t> count = host.read(place->first, room, now);
    if (!count && count.error() == Error::would_block) break;
    if (!count) return end(host, place, now);
    stream.is_ended = *count == 0;
    stream.questions.take(Bytes{room}.first(*count));
    while (const auto question = stream.questions.next()) {
      stream.idle_until = later_by(now, settings_.stream_idle_limit);
      if (server_->on_message(stream.client, *question, now) == Drop::none) ++stream.unanswered;
    }
  }
  const Handle socket = place->first;
  settle(host, now);
  const auto still = streams_.find(socket);
  if (still == streams_.end()) return;  // its last answer has ended it
  const bool is_over = stream.is_ended && stream.unanswered == 0 && stream.unsent.empty();
  if (!write(host, still, now) || is_over) end(host, still, now);
}

void DnsService::settle(Host& host, Instant now) {
  upstream_.settle(host, server_->upstream(), now);
  while (const std::optional<DnsReply> reply = server_->next_reply()) send(host, *reply, now);
}

void DnsService::send(Host& host, const DnsReply& reply, Instant now) {
  if (reply.to.stream == 0) {
    const DatagramTarget target{.remote = reply.to.remote, .source = reply.to.local.address};
    host.send_datagram(socket_, target, reply.message, now);
    return;
  }
  const auto number = by_number_.find(reply.to.stream);
  if (number == by_number_.end()) return;
  const auto place = streams_.find(number->second);
  Stream& stream = place->second;
  stream.unsent.insert(stream.unsent.end(), reply.message.begin(), reply.message.end());
  if (stream.unanswered > 0) --stream.unanswered;
  stream.idle_until = later_by(now, settings_.stream_idle_limit);
  const bool is_written = write(host, place, now);
  const bool is_over = stream.is_ended && stream.unanswered == 0 && stream.unsent.empty();
  if (!is_written || is_over) end(host, place, now);
}

bool DnsService::write(Host& host, Streams::iterator place, Instant now) {
  std::vector<std::uint8_t>& unsent = place->second.unsent;
  while (!unsent.empty()) {
    const Result<std::uint32_t> written = host.write(place->first, unsent, now);
    if (!written) {
      return written.error() == Error::would_block || written.error() == Error::out_of_memory;
    }
    unsent.erase(unsent.begin(), unsent.begin() + *written);
  }
  return true;
}

void DnsService::end(Host& host, Streams::iterator place, Instant now) {
  server_->on_stream_closed(place->second.number);
  host.close(place->first, now);
  by_number_.erase(place->second.number);
  streams_.erase(place);
}

void DnsService::digest(Digest& digest) const {
  if (server_) server_->digest(digest);
  upstream_.digest(digest);
  for (const auto& [socket, stream] : streams_) {
    digest.add(std::uint64_t{socket.index} << 32 | stream.unsent.size());
    digest.add(stream.number);
  }
}

}  // namespace acksu
