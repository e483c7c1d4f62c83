// getsockopt and setsockopt: lengths and pointers, and the options whose value is no int.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "api/linux_tcp_info.h"
#include "api/posix_integer_options.h"
#include "api/posix_sockets.h"
#include "tcp/congestion_name.h"

namespace acksu::posix {
namespace {

constexpr std::size_t algorithm_name_bytes = 16;  // TCP_CA_NAME_MAX
constexpr std::string_view linux_new_reno = "reno";
constexpr int longest_linger_s = 1 << 20;
constexpr std::size_t fast_open_key_bytes = 16;

template <class Value>
Value value_of(Bytes bytes) {
  Value value{};
  std::memcpy(&value, bytes.data(), std::min(sizeof value, bytes.size()));
  return value;
}

// As much as there is room for; optlen says how much that is.
Outcome tell(Bytes value, MutableBytes to) {
  const std::size_t count = std::min(value.size(), to.size());
  if (count > 0) std::memcpy(to.data(), value.data(), count);
  return Outcome::of(static_cast<std::int64_t>(count));
}

template <class Value>
Outcome tell_value(const Value& value, MutableBytes to) {
  std::array<std::uint8_t, sizeof value> bytes;
  std::memcpy(bytes.data(), &value, sizeof value);
  return tell(bytes, to);
}

bool is_stamping(OptionName option) {
  return option.level == SOL_SOCKET &&
         (option.name == SO_TIMESTAMPING_OLD || option.name == SO_TIMESTAMPING_NEW);
}

bool knows_level(const Description& description, int level) {
  if (level == IPPROTO_IPV6) return description.family == AF_INET6;
  return level == SOL_SOCKET || level == IPPROTO_TCP || level == IPPROTO_IP;
}

timeval as_timeval(Duration duration) {
  if (duration == forever) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(duration - seconds);
  return {static_cast<time_t>(seconds.count()), static_cast<suseconds_t>(rest.count())};
}

int set_patience(Duration& patience, Bytes value) {
  constexpr suseconds_t second = 1'000'000;
  if (value.size() < sizeof(timeval)) return EINVAL;
  const auto given = value_of<timeval>(value);
  if (given.tv_usec < 0 || given.tv_usec >= second) return EDOM;
  constexpr time_t longest = 1'000'000'000;
  const time_t seconds = std::min(given.tv_sec, longest);
  patience = std::chrono::seconds{std::max<time_t>(seconds, 0)} +
             std::chrono::microseconds{seconds < 0 ? 0 : given.tv_usec};
  if (seconds == 0 && given.tv_usec == 0) patience = forever;
  return 0;
}

int set_linger(SocketOptions& options, Bytes value) {
  if (value.size() < sizeof(linger)) return EINVAL;
  const auto given = value_of<linger>(value);
  options.linger_s = std::clamp(given.l_linger, 0, longest_linger_s);
  options.lingers = given.l_onoff != 0;
  // close() does not wait; what is not acknowledged is sent on, as Linux does after its wait.
  options.connection.linger.reset();
  if (options.lingers && options.linger_s == 0) options.connection.linger = 0s;
  options.has_connection_options = true;
  return 0;
}

int set_congestion(SocketOptions& options, Bytes value) {
  if (value.empty()) return EINVAL;
  std::array<char, algorithm_name_bytes> text{};
  std::memcpy(text.data(), value.data(), std::min(value.size(), text.size() - 1));
  const std::string_view given = text.data();
  const std::optional<tcp::CongestionAlgorithm> algorithm =
      given == linux_new_reno ? tcp::CongestionAlgorithm::new_reno : tcp::congestion_named(given);
  if (!algorithm) return ENOENT;
  options.connection.congestion = algorithm;
  options.has_connection_options = true;
  return 0;
}

// The bytes of the key as Linux has them in memory.
int set_fast_open_key(SocketOptions& options, Bytes value) {
  if (value.size() != fast_open_key_bytes) return EINVAL;
  if (value.data() == nullptr) return EFAULT;
  std::array<std::uint64_t, 2> halves{};
  for (std::size_t i = 0; i < value.size(); ++i) {
    halves[i / 8] |= std::uint64_t{value[i]} << (8 * (i % 8));
  }
  options.fast_open_key = SipKey{halves[0], halves[1]};
  return 0;
}

std::array<std::uint8_t, fast_open_key_bytes> as_bytes(const SipKey& key) {
  std::array<std::uint8_t, fast_open_key_bytes> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>((i < 8 ? key.k0 : key.k1) >> (8 * (i % 8)));
  }
  return bytes;
}

}  // namespace

// SK_MEMINFO_...: what is held and may be held, as far as acksu counts it.
std::array<std::uint32_t, 9> Sockets::memory_of(const Description& description) const {
  enum { receive_held, receive_most, send_held, send_most, forward, send_queued };
  std::array<std::uint32_t, 9> told{};
  const std::optional<tcp::Info> numbers = info(description.number);
  const OptionView view{description, host_->settings(), numbers};
  told[receive_most] = static_cast<std::uint32_t>(integer_option(SOL_SOCKET, SO_RCVBUF)->get(view));
  told[send_most] = static_cast<std::uint32_t>(integer_option(SOL_SOCKET, SO_SNDBUF)->get(view));
  if (!numbers) return told;
  told[receive_held] = numbers->rcv.unread_bytes + numbers->rcv.out_of_order_bytes;
  told[send_held] = told[send_queued] = numbers->snd.queued_bytes;
  return told;
}

// As Linux: there is room or none for a segment, and one that was begun is filled.
std::optional<std::uint32_t> Sockets::whole_segments(const Description& description,
                                                     std::optional<std::uint32_t> bytes) const {
  if (!bytes) return bytes;
  const std::optional<tcp::Info> connection = info(description.number);
  const std::uint32_t mss = connection ? connection->snd.mss : 0;
  return mss == 0 ? bytes : (*bytes + mss - 1) / mss * mss;
}

// What the host is to know, now that it holds the socket.
void Sockets::pass_options(Description& description, Instant now) {
  if (!description.handle) return;
  if (!description.is_stream()) {
    host_->set_udp_options(description.handle, udp_options(description));
    return;
  }
  if (description.phase == Phase::listening) {
    host_->set_listen_options(description.handle, listen_options(description));
  }
  const bool is_corked = description.more_follows || description.was_corked;
  if (!description.options.has_connection_options && !is_corked) return;
  ConnectionOptions options = description.options.connection;
  const tcp::Settings& settings = host_->settings().tcp;
  if (const int clamp = description.options.window_clamp; clamp > 0) {
    const std::uint32_t usual = options.receive_buffer_bytes.value_or(settings.receive_buffer.most);
    options.receive_buffer_bytes = std::min(usual, static_cast<std::uint32_t>(clamp));
  }
  options.send_buffer_bytes = whole_segments(description, options.send_buffer_bytes);
  options.more_follows = description.more_follows;
  description.was_corked = options.cork || description.more_follows;
  host_->set_options(description.handle, options, now);
}

Outcome Sockets::setsockopt(int descriptor, OptionName option, Bytes value, Instant now) {
  Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (is_negative(value.size())) return Outcome::failed(EINVAL);
  const int error = set_option(*description, option, value);
  if (error != 0) return Outcome::failed(error);
  bool& nodelay = description->options.connection.nodelay;
  if (option == OptionName{IPPROTO_TCP, TCP_NODELAY} && nodelay) {
    nodelay = false;  // as on Linux what waits is let out each time, not only the first
    pass_options(*description, now);
    nodelay = true;
  }
  if (option == OptionName{IPPROTO_TCP, TCP_QUICKACK}) {
    host_->use_quick_acks(description->handle, description->options.acks_quickly);
  }
  if (option.level == SOL_SOCKET) {
    const std::optional<tcp::Info> connection = info(descriptor);
    watch_arrivals(*description, connection ? connection->bytes_received : 0);
  }
  pass_options(*description, now);
  return Outcome::of(0);
}

// Fast Open of clients.
bool Sockets::may_ask_cookies() const {
  const tcp::Settings& settings = host_->settings().tcp;
  return settings.max_fast_open_cookies > 0 || settings.fast_open_asks_no_cookie;
}

// Errno, or 0.
int Sockets::set_option(Description& description, OptionName option, Bytes value) {
  SocketOptions& options = description.options;
  if (option.level == IPPROTO_TCP && !description.is_stream()) return ENOPROTOOPT;
  const bool is_null = value.data() == nullptr;
  if (option == OptionName{IPPROTO_TCP, TCP_CONGESTION}) {
    return is_null && !value.empty() ? EFAULT : set_congestion(options, value);
  }
  if (option == OptionName{IPPROTO_TCP, TCP_FASTOPEN_KEY}) {
    return set_fast_open_key(options, value);
  }
  if (!knows_level(description, option.level)) return ENOPROTOOPT;
  // As Linux: options of IP may be one octet long.
  const bool is_short = value.size() < sizeof(int);
  const bool is_octet = option.level == IPPROTO_IP && is_short && !value.empty();
  if (is_short && !is_octet) return EINVAL;
  if (is_null) return EFAULT;
  if (is_octet) value = value.first(1);
  if (option == OptionName{SOL_SOCKET, SO_LINGER}) return set_linger(options, value);
  if (option == OptionName{SOL_SOCKET, SO_RCVTIMEO}) {
    return set_patience(options.receive_patience, value);
  }
  if (option == OptionName{SOL_SOCKET, SO_SNDTIMEO}) {
    return set_patience(options.send_patience, value);
  }
  if (option == OptionName{IPPROTO_TCP, TCP_FASTOPEN_CONNECT} && !may_ask_cookies()) {
    return EOPNOTSUPP;
  }
  if (is_stamping(option)) {
    return set_stamping(description, option.name == SO_TIMESTAMPING_NEW,
                        value_of<std::uint32_t>(value));
  }
  const IntegerOption* const integer = integer_option(option.level, option.name);
  if (integer == nullptr || integer->set == nullptr) return ENOPROTOOPT;
  return integer->set(description, value_of<int>(value));
}

Outcome Sockets::getsockopt(int descriptor, OptionName option, MutableBytes value, Instant now) {
  Description* const description = find(descriptor);
  if (!is_socket(description)) return no_socket(description);
  if (value.data() == nullptr) return Outcome::failed(EFAULT);
  if (!knows_level(*description, option.level)) return Outcome::failed(EOPNOTSUPP);
  if (option.level == IPPROTO_TCP && !description->is_stream()) {
    return Outcome::failed(ENOPROTOOPT);
  }
  if (is_negative(value.size())) return Outcome::failed(EINVAL);
  const std::optional<tcp::Info> connection = info(descriptor);
  if (option == OptionName{SOL_SOCKET, SO_ERROR}) {
    follow_failure(*description);
    follow_datagram_errors(*description);
    return tell_value(take_error(*description), value);
  }
  if (const IntegerOption* integer = integer_option(option.level, option.name)) {
    const int told = integer->get({*description, host_->settings(), connection});
    const bool fits_octet = told >= 0 && told <= 255;
    const bool is_octet = option.level == IPPROTO_IP && value.size() < sizeof told && fits_octet;
    if (is_octet && !value.empty()) return tell_value(static_cast<std::uint8_t>(told), value);
    return tell_value(told, value);
  }
  return tell_record(*description, option, value, now);
}

Outcome Sockets::tell_record(const Description& description, OptionName option, MutableBytes value,
                             Instant now) const {
  const SocketOptions& options = description.options;
  if (option == OptionName{SOL_SOCKET, SO_LINGER}) {
    return tell_value(linger{options.lingers ? 1 : 0, options.linger_s}, value);
  }
  if (option == OptionName{SOL_SOCKET, SO_RCVTIMEO}) {
    return tell_value(as_timeval(options.receive_patience), value);
  }
  if (option == OptionName{SOL_SOCKET, SO_SNDTIMEO}) {
    return tell_value(as_timeval(options.send_patience), value);
  }
  if (option == OptionName{IPPROTO_TCP, TCP_CONGESTION}) {
    const auto algorithm = options.connection.congestion.value_or(host_->settings().tcp.congestion);
    std::array<std::uint8_t, algorithm_name_bytes> text{};
    const bool is_new_reno = algorithm == tcp::CongestionAlgorithm::new_reno;
    const std::string_view name = is_new_reno ? linux_new_reno : tcp::name(algorithm);
    std::memcpy(text.data(), name.data(), std::min(name.size(), text.size() - 1));
    return tell(text, value);
  }
  if (option == OptionName{IPPROTO_TCP, TCP_FASTOPEN_KEY}) {
    const auto& usual = host_->settings().tcp.fast_open_key;
    const auto& key = options.fast_open_key ? options.fast_open_key : usual;
    return key ? tell(as_bytes(*key), value) : Outcome::of(0);
  }
  if (is_stamping(option)) {
    const bool is_told = option.name == SO_TIMESTAMPING_OLD || options.stamps.is_new;
    const std::array<std::uint32_t, 2> flags_and_clock{is_told ? options.stamps.flags : 0, 0};
    return tell_value(flags_and_clock, value);
  }
  if (option == OptionName{IPPROTO_TCP, TCP_CC_INFO}) return Outcome::of(0);  // as CUBIC's
  if (option == OptionName{SOL_SOCKET, SO_MEMINFO})
    return tell_value(memory_of(description), value);
  if (option == OptionName{IPPROTO_TCP, TCP_INFO}) {
    tcp::Info numbers;
    if (description.phase == Phase::listening) numbers.state = tcp::State::listen;
    if (description.handle && description.phase != Phase::listening) {
      numbers = *host_->info(description.handle);
    }
    if (numbers.state == tcp::State::time_wait) numbers.state = tcp::State::closed;
    return Outcome::of(static_cast<std::int64_t>(write_linux_tcp_info(numbers, now, value)));
  }
  return Outcome::failed(ENOPROTOOPT);
}

}  // namespace acksu::posix
