// Streams of TCP that are measured: read and forget, write and repeat, and know when each is over.
#include "api/stream_load.h"

#include <algorithm>
#include <array>

#include "host/host.h"

namespace acksu {
namespace {

constexpr std::size_t text_bytes = 128 * 1024;
// How long the peer may take at the end to acknowledge what was sent and to close its side; and to
// stop sending when we have closed ours, which a source without end never does.
constexpr Duration patience_of_sender = 3s;
constexpr Duration patience_of_receiver = 500ms;
// Of one run; of a server that is never quiet the oldest give way.
constexpr std::size_t most_ended_streams = 1024;

// iperf 2 reads flags in the first octets that it gets: zeros say that there are none.
std::vector<std::uint8_t> make_text() {
  std::vector<std::uint8_t> text(text_bytes);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<std::uint8_t>(i / 64);
  return text;
}

}  // namespace

StreamLoad::StreamLoad(const LoadSettings& settings, TellLoad tell)
    : settings_(settings),
      meter_(settings.interval, std::move(tell)),
      text_(std::make_shared<const std::vector<std::uint8_t>>(make_text())) {}

void StreamLoad::start(Host& host, Instant now) {
  if (settings_.is_zero_copy) {
    pool_ = host.pool();
    shared_text_ = pool_->copy_of(*text_);
  }
  if (settings_.listens) {
    const Result<Handle> listener = host.listen(settings_.endpoint, {}, now);
    error_ = listener.error();
    if (listener) listener_ = *listener;
    return;
  }
  for (std::uint32_t i = 0; i < settings_.parallel; ++i) {
    const Result<Handle> socket = host.connect(settings_.endpoint, {}, now);
    if (!socket) {
      error_ = socket.error();
      return stop(host, now);
    }
    add(host, *socket, now);
  }
}

void StreamLoad::add(Host& host, Handle socket, Instant now) {
  Stream& stream = streams_[socket];
  stream.figures.number = ++made_;
  if (const std::optional<tcp::Info> info = host.info(socket)) {
    stream.figures.remote = info->tuple.remote;
  }
  if (settings_.listens) begin_run(now);
}

void StreamLoad::begin_run(Instant now) {
  if (meter_.is_running()) return;
  meter_.begin(now);
  is_time_over_ = false;
  give_up_ = never;
  if (settings_.time) end_ = later_by(now, *settings_.time);
}

void StreamLoad::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (listener_ && event.socket == listener_) return accept_all(host, now);
  const auto found = streams_.find(event.socket);
  if (found == streams_.end()) return;
  if (event.readiness.has(Readiness::failed)) {
    // Those who come to a listener may go as they like.
    const bool is_news = error_ == Error::none && !settings_.listens && !is_time_over_;
    if (is_news) error_ = host.error_of(event.socket);
    forget(host, found, now, true);
    return end_run_if_over(host, now);
  }
  if (event.readiness.has(Readiness::connected)) begin_run(now);
  if (event.readiness.has(Readiness::all_acked) && found->second.is_shut_down) {
    found->second.is_acked = true;
  }
  serve(host, found, now);
  end_run_if_over(host, now);
}

void StreamLoad::accept_all(Host& host, Instant now) {
  while (const Result<Handle> accepted = host.accept(listener_, now)) {
    add(host, *accepted, now);
    serve(host, streams_.find(*accepted), now);
  }
  end_run_if_over(host, now);
}

void StreamLoad::serve(Host& host, Streams::iterator stream, Instant now) {
  if (!read_all(host, stream->first, stream->second, now)) return forget(host, stream, now, true);
  write_some(host, stream, now);
  if (is_over(stream->second)) forget(host, stream, now, false);
}

Result<std::uint32_t> StreamLoad::read_part(Host& host, Handle socket, Instant now) const {
  std::array<std::uint8_t, 65536> buffer;
  if (!settings_.is_zero_copy) return host.read(socket, buffer, now);
  const Result<BufferChain> views = host.read_shared(socket, buffer.size(), now);
  if (!views) return views.error();
  return views->size();
}

// False: the connection is broken.
bool StreamLoad::read_all(Host& host, Handle socket, Stream& stream, Instant now) {
  while (!stream.is_ended) {
    const Result<std::uint32_t> count = read_part(host, socket, now);
    if (!count) {
      return count.error() == Error::would_block || count.error() == Error::not_connected;
    }
    stream.is_ended = *count == 0;
    stream.figures.bytes_in += *count;
  }
  return true;
}

Result<std::uint32_t> StreamLoad::write_part(Host& host, Streams::iterator stream,
                                             std::uint64_t most, Instant now) const {
  const auto from = static_cast<std::uint32_t>(stream->second.written % text_->size());
  const auto length =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(most, text_->size() - from));
  if (settings_.is_zero_copy) {
    return host.write_shared(stream->first, shared_text_.part(from, length), now);
  }
  return host.write(stream->first, Bytes{*text_}.subspan(from, length), now);
}

void StreamLoad::write_some(Host& host, Streams::iterator at, Instant now) {
  Stream& stream = at->second;
  if (stream.is_shut_down || !meter_.is_running()) return;
  const bool is_wanted = settings_.bytes || !settings_.listens || !stream.is_ended;
  while (settings_.sends && is_wanted && !is_time_over_) {
    const std::uint64_t left = settings_.bytes.value_or(~0ull) - stream.written;
    if (left == 0) break;
    const Result<std::uint32_t> written = write_part(host, at, left, now);
    if (!written) return;
    stream.written += *written;
  }
  // Who only hears closes its side when the peer has, or when the time is over.
  if (!settings_.sends && !stream.is_ended && !is_time_over_) return;
  stream.is_shut_down = host.shutdown_write(at->first, now) == Error::none;
  stream.is_acked = stream.is_shut_down && stream.written == 0;
}

bool StreamLoad::is_over(const Stream& stream) const {
  return stream.is_ended && stream.is_shut_down && stream.is_acked;
}

// Nothing is left of a connection's numbers once it is closed.
void StreamLoad::note(const Host& host, Handle socket, Stream& stream) const {
  const std::optional<tcp::Info> info = host.info(socket);
  if (!info) return;
  StreamFigures& figures = stream.figures;
  // The SYN and the FIN count as octets, but carry none.
  figures.bytes_out = std::min<std::uint64_t>(info->bytes_acked, stream.written);
  figures.retransmitted_segments = info->retransmitted_segments;
  figures.time_outs = info->time_outs;
  figures.srtt = info->srtt;
  figures.min_rtt = info->min_rtt;
  figures.cwnd_bytes = info->snd.cwnd;
}

void StreamLoad::forget(Host& host, Streams::iterator stream, Instant now, bool is_broken) {
  note(host, stream->first, stream->second);
  if (ended_.size() == most_ended_streams) ended_.erase(ended_.begin());
  ended_.push_back(stream->second.figures);
  if (is_broken) {
    host.abort(stream->first, now);
  } else {
    host.close(stream->first, now);
  }
  streams_.erase(stream);
}

Instant StreamLoad::deadline() const {
  return earliest(give_up_, earliest(end_, meter_.deadline()));
}

void StreamLoad::on_time(Host& host, Instant now) {
  if (give_up_ <= now) {
    while (!streams_.empty()) forget(host, streams_.begin(), now, true);
  } else if (end_ <= now) {
    end_time(host, now);
  } else if (meter_.deadline() <= now) {
    meter_.tell(figures(host), now);
  }
  end_run_if_over(host, now);
}

void StreamLoad::end_time(Host& host, Instant now) {
  end_ = never;
  is_time_over_ = true;
  give_up_ = later_by(now, settings_.sends ? patience_of_sender : patience_of_receiver);
  for (auto at = streams_.begin(); at != streams_.end();) serve(host, at++, now);
}

void StreamLoad::end_run_if_over(Host& host, Instant now) {
  if (!streams_.empty()) return;
  end_ = give_up_ = never;
  if (meter_.is_running()) meter_.end(figures(host), now);
  ended_.clear();
  if (listener_ && settings_.is_once && made_ > 0) stop(host, now);
}

std::vector<StreamFigures> StreamLoad::figures(const Host& host) {
  std::vector<StreamFigures> all = ended_;
  for (auto& [socket, stream] : streams_) {
    note(host, socket, stream);
    all.push_back(stream.figures);
  }
  std::sort(all.begin(), all.end(), [](const StreamFigures& one, const StreamFigures& other) {
    return one.number < other.number;
  });
  return all;
}

void StreamLoad::stop(Host& host, Instant now) {
  if (listener_) host.close(listener_, now);
  listener_ = {};
  if (meter_.is_running()) {
    end_time(host, now);
    end_run_if_over(host, now);
  } else {
    while (!streams_.empty()) forget(host, streams_.begin(), now, true);
  }
}

}  // namespace acksu
