// Datagrams that are measured. Each begins with the four words of iperf 2: its number (negative:
// there are no more), seconds and microseconds of when it was sent, and the sign of the number.
#include "api/datagram_load.h"

#include <algorithm>
#include <array>

#include "host/host.h"

namespace acksu {
namespace {

constexpr std::size_t load_header_bytes = 16;
// What a receiver tells of its counts behind the header: ten words, the first says of which kind.
constexpr std::size_t load_answer_bytes = load_header_bytes + 40;
constexpr std::uint32_t has_counts = 0x8000'0000;
// Who asks for datagrams: this word, none, and what he was told to say.
constexpr std::uint64_t request_mark = 0x6163'6b73'7520'7570;  // "acksu up"

constexpr std::size_t most_streams = 1024;  // of a listener, heard or sent to at a time
constexpr std::uint32_t most_attempts = 20;
constexpr Duration attempt_interval = 100ms;
constexpr Duration request_interval = 500ms;
constexpr Duration longest_silence = 3s;  // of who sends, or asks: then the stream is over
constexpr std::uint32_t most_at_once = 64;
constexpr Duration most_behind = 50ms;  // a sender that comes later does not catch up
constexpr std::int64_t millionth = 1000;

std::int64_t micros(Duration duration) { return nanoseconds(duration) / millionth; }

}  // namespace

DatagramLoad::DatagramLoad(const LoadSettings& settings, TellLoad tell)
    : settings_(settings),
      meter_(settings.interval, std::move(tell)),
      gap_(static_cast<std::int64_t>(settings.datagram_bytes * 8e9 /
                                     static_cast<double>(settings.bits_per_second))),
      text_(settings.datagram_bytes) {}

void DatagramLoad::start(Host& host, Instant now) {
  key_ = host.next_key();
  const std::uint32_t count = settings_.listens ? 1 : settings_.parallel;
  for (std::uint32_t i = 0; i < count && error_ == Error::none; ++i) {
    const Endpoint local = settings_.listens ? settings_.endpoint : Endpoint{};
    const Result<Handle> socket = host.open_udp(local, now);
    error_ = socket.error();
    if (!socket) break;
    sockets_.push_back(*socket);
    if (settings_.listens) continue;
    error_ = host.connect_udp(*socket, settings_.endpoint);
    Stream& stream = find_or_add({*socket, settings_.endpoint}, now)->second;
    stream.sends = settings_.sends;
    stream.next = now;
  }
  if (error_ != Error::none) return stop(host, now);
  if (!settings_.listens && settings_.sends) begin_run(now);
}

void DatagramLoad::begin_run(Instant now) {
  if (meter_.is_running()) return;
  meter_.begin(now);
  if (settings_.time) end_ = later_by(now, *settings_.time);
}

DatagramLoad::Streams::iterator DatagramLoad::find_or_add(const Key& key, Instant now) {
  if (settings_.listens && !meter_.is_running()) streams_.clear();  // those of the last run
  auto found = streams_.find(key);
  if (found == streams_.end()) {
    if (streams_.size() >= most_streams) return found;
    found = streams_.emplace(key, Stream{}).first;
    found->second.figures.number = ++made_;
    found->second.figures.remote = key.remote;
  }
  found->second.heard = now;
  return found;
}

void DatagramLoad::on_event(Host& host, const SocketEvent& event, Instant now) {
  if (std::find(sockets_.begin(), sockets_.end(), event.socket) == sockets_.end()) return;
  take_all(host, event.socket, now);
  end_run_if_over(host, now);
}

void DatagramLoad::take_all(Host& host, Handle socket, Instant now) {
  std::array<std::uint8_t, 65536> text;
  for (;;) {
    const Result<Datagram> datagram = host.receive_from(socket, text);
    if (!datagram &&
        (datagram.error() == Error::would_block || datagram.error() == Error::bad_handle)) {
      return;
    }
    if (!datagram) {  // ICMP said so
      if (!settings_.listens) give_up(socket, datagram.error());
      continue;
    }
    if (datagram->length < load_header_bytes) continue;
    take(host, {socket, datagram->from}, Bytes{text}.first(datagram->length), now);
  }
}

void DatagramLoad::give_up(Handle socket, Error error) {
  if (error_ == Error::none) error_ = error;
  for (auto& [key, stream] : streams_) {
    stream.is_over = stream.is_over || key.socket == socket;
  }
}

void DatagramLoad::take(Host& host, const Key& from, Bytes datagram, Instant now) {
  if (settings_.listens && settings_.sends) return take_request(host, from, datagram, now);
  if (load_be64(datagram.data()) == request_mark) {
    // The other end wants to know whether we are here.
    const auto asked = streams_.find(from);
    if (settings_.listens || asked == streams_.end()) return;
    if (asked->second.token == 0) {
      asked->second.token = load_be64(datagram.data() + sizeof request_mark);
      asked->second.attempts = 0;
      asked->second.next = now;
    }
    return;
  }
  if (!settings_.listens && settings_.sends) {
    const auto told = streams_.find(from);
    if (told != streams_.end()) take_answer(told->second, datagram);
    return;
  }
  if (static_cast<std::int32_t>(load_be32(datagram.data())) < 0) {
    const auto ended = streams_.find(from);
    if (ended == streams_.end()) return;
    ended->second.is_over = true;
    return answer(host, from, ended->second, now);
  }
  const auto stream = find_or_add(from, now);
  if (stream == streams_.end()) return;
  begin_run(now);
  if (!stream->second.is_over) count(stream->second, datagram, now);
}

// RFC 3550 6.4.1: how much the time on the way changes from one datagram to the next.
void DatagramLoad::count(Stream& stream, Bytes datagram, Instant now) {
  StreamFigures& figures = stream.figures;
  const std::int64_t number = load_be32(datagram.data());
  const Duration sent = std::chrono::seconds{load_be32(datagram.data() + 4)} +
                        std::chrono::microseconds{load_be32(datagram.data() + 8)};
  const Duration transit = now.time_since_epoch() - sent;
  if (figures.datagrams_in == 0) stream.expected = number;
  if (figures.datagrams_in > 0) {
    const Duration change =
        transit > stream.transit ? transit - stream.transit : stream.transit - transit;
    figures.jitter += (change - figures.jitter) / 16;
  }
  stream.transit = transit;
  ++figures.datagrams_in;
  figures.bytes_in += datagram.size();
  if (number < stream.expected) {
    ++figures.late;
    if (figures.lost > 0) --figures.lost;
    return;
  }
  figures.lost += static_cast<std::uint64_t>(number - stream.expected);
  stream.expected = number + 1;
}

// The receiver's counts, in words: kind, bytes (two), seconds and microseconds, lost, late,
// datagrams, jitter in seconds and microseconds.
void DatagramLoad::answer(Host& host, const Key& to, const Stream& stream, Instant now) {
  std::array<std::uint8_t, load_answer_bytes> text{};
  const StreamFigures& figures = stream.figures;
  const std::int64_t lasted = meter_.is_running() ? micros(now - meter_.began()) : 0;
  constexpr std::int64_t second = 1'000'000;
  const std::array<std::uint32_t, 10> words{
      has_counts,
      static_cast<std::uint32_t>(figures.bytes_in >> 32),
      static_cast<std::uint32_t>(figures.bytes_in & 0xffff'ffff),
      static_cast<std::uint32_t>(lasted / second),
      static_cast<std::uint32_t>(lasted % second),
      static_cast<std::uint32_t>(figures.lost),
      static_cast<std::uint32_t>(figures.late),
      static_cast<std::uint32_t>(figures.datagrams_in + figures.lost),
      static_cast<std::uint32_t>(micros(figures.jitter) / second),
      static_cast<std::uint32_t>(micros(figures.jitter) % second)};
  store_be32(text.data(), static_cast<std::uint32_t>(-1));
  for (std::size_t i = 0; i < words.size(); ++i) {
    store_be32(text.data() + load_header_bytes + i * 4, words[i]);
  }
  host.send_to(to.socket, to.remote, text, now);
}

void DatagramLoad::take_answer(Stream& stream, Bytes datagram) {
  if (stream.attempts == 0 || datagram.size() < load_answer_bytes) return;
  const std::uint8_t* words = datagram.data() + load_header_bytes;
  const auto word = [words](std::size_t i) { return load_be32(words + i * 4); };
  stream.is_over = true;
  stream.next = never;
  if ((word(0) & has_counts) == 0) return;
  stream.figures.is_told_by_receiver = true;
  stream.figures.lost = word(5);
  stream.figures.late = word(6);
  stream.figures.jitter = std::chrono::seconds{word(8)} + std::chrono::microseconds{word(9)};
}

// Only who repeats what was sent to his address is there, and gets more than he has sent.
void DatagramLoad::take_request(Host& host, const Key& from, Bytes datagram, Instant now) {
  if (load_be64(datagram.data()) != request_mark) return;
  const std::uint64_t token = token_of(from.remote);
  if (load_be64(datagram.data() + sizeof request_mark) != token) {
    std::array<std::uint8_t, load_header_bytes> text;
    store_be64(text.data(), request_mark);
    store_be64(text.data() + sizeof request_mark, token);
    host.send_to(from.socket, from.remote, text, now);
    return;
  }
  const auto stream = find_or_add(from, now);
  if (stream == streams_.end() || stream->second.sends) return;
  stream->second.sends = true;
  stream->second.next = now;
  begin_run(now);
}

std::uint64_t DatagramLoad::token_of(const Endpoint& remote) const {
  SipHash<1, 3> hash{key_};
  hash.add(remote.address.high());
  hash.add(remote.address.low());
  hash.add(remote.port);
  return hash.finish() | 1;  // zero: none
}

Instant DatagramLoad::deadline() const {
  Instant due = earliest(end_, meter_.deadline());
  for (const auto& [key, stream] : streams_) {
    if (stream.is_over) continue;
    due = earliest(due, stream.next);
    const bool waits = settings_.listens || (!stream.sends && stream.token != 0);
    if (waits) due = earliest(due, later_by(stream.heard, longest_silence));
  }
  return due;
}

void DatagramLoad::on_time(Host& host, Instant now) {
  for (auto& [key, stream] : streams_) {
    if (!stream.is_over) on_time_of(host, key, stream, now);
  }
  if (end_ <= now) end_ = never;
  if (meter_.is_running() && meter_.deadline() <= now) meter_.tell(figures(), now);
  end_run_if_over(host, now);
}

void DatagramLoad::on_time_of(Host& host, const Key& key, Stream& stream, Instant now) {
  const bool hears = settings_.listens || (!stream.sends && stream.token != 0);
  if (hears && now - stream.heard >= longest_silence) {
    stream.is_over = true;
    return;
  }
  if (!stream.sends && !settings_.listens && end_ <= now) stream.is_over = true;
  if (stream.is_over || stream.next > now) return;
  if (!stream.sends) {
    ask(host, key, stream, now);
  } else if (is_all_sent(stream, now)) {
    say_end(host, key, stream, now);
  } else {
    send_due(host, key, stream, now);
  }
}

void DatagramLoad::ask(Host& host, const Key& to, Stream& stream, Instant now) {
  if (stream.attempts++ == most_attempts && stream.figures.datagrams_in == 0) {
    stream.is_over = true;
    if (error_ == Error::none) error_ = Error::timed_out;
    return;
  }
  std::array<std::uint8_t, load_header_bytes> text;
  store_be64(text.data(), request_mark);
  store_be64(text.data() + sizeof request_mark, stream.token);
  host.send_to(to.socket, to.remote, text, now);
  stream.next = later_by(now, request_interval);
}

bool DatagramLoad::is_all_sent(const Stream& stream, Instant now) const {
  const bool is_late =
      meter_.is_running() && settings_.time && now - meter_.began() >= *settings_.time;
  return is_late || stream.figures.bytes_out >= settings_.bytes.value_or(~0ull);
}

void DatagramLoad::send_due(Host& host, const Key& to, Stream& stream, Instant now) {
  if (now - stream.next > most_behind) stream.next = now;
  for (std::uint32_t i = 0; i < most_at_once && stream.next <= now; ++i) {
    if (is_all_sent(stream, now)) return;
    send_one(host, to, stream, now);
    stream.next = later_by(stream.next, gap_);
  }
}

// The next one; of who has said before that there are no more: that.
void DatagramLoad::send_one(Host& host, const Key& to, Stream& stream, Instant now) {
  const MutableBytes text{text_};
  const auto count = static_cast<std::int32_t>(stream.figures.datagrams_out & 0x7fff'ffff);
  const std::int32_t number = stream.attempts == 0 ? count : -std::max(count, 1);
  const std::int64_t time = micros(now.time_since_epoch());
  store_be32(text.data(), static_cast<std::uint32_t>(number));
  store_be32(text.data() + 4, static_cast<std::uint32_t>(time / 1'000'000));
  store_be32(text.data() + 8, static_cast<std::uint32_t>(time % 1'000'000));
  store_be32(text.data() + 12, number < 0 ? ~0u : 0u);
  const Error error = host.send_to(to.socket, to.remote, text, now);
  if (number < 0) return;
  ++stream.figures.datagrams_out;
  if (error == Error::none) {
    stream.figures.bytes_out += settings_.datagram_bytes;
  } else {
    ++stream.figures.not_sent;
  }
}

void DatagramLoad::say_end(Host& host, const Key& to, Stream& stream, Instant now) {
  const std::uint32_t most = settings_.listens ? 3 : most_attempts;  // nobody answers a listener
  if (stream.attempts++ >= most) {
    stream.is_over = true;
    return;
  }
  send_one(host, to, stream, now);
  stream.next = later_by(now, attempt_interval);
}

// The streams stay in the table: who has not heard the answer to his last datagram says it again.
void DatagramLoad::end_run_if_over(Host& host, Instant now) {
  const bool is_over = std::all_of(streams_.begin(), streams_.end(),
                                   [](const auto& entry) { return entry.second.is_over; });
  if (!is_over || streams_.empty()) return;
  const bool has_run = meter_.is_running();
  if (has_run) meter_.end(figures(), now);
  if (!settings_.listens || (settings_.is_once && has_run)) stop(host, now);
}

std::vector<StreamFigures> DatagramLoad::figures() const {
  std::vector<StreamFigures> all;
  for (const auto& [key, stream] : streams_) all.push_back(stream.figures);
  std::sort(all.begin(), all.end(), [](const StreamFigures& one, const StreamFigures& other) {
    return one.number < other.number;
  });
  return all;
}

void DatagramLoad::stop(Host& host, Instant now) {
  if (meter_.is_running()) meter_.end(figures(), now);
  for (const Handle socket : sockets_) host.close(socket, now);
  sockets_.clear();
  streams_.clear();
  end_ = never;
}

}  // namespace acksu
