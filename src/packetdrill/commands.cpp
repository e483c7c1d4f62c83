// Lines of shell taken apart, and what each command means here.
#include "packetdrill/commands.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "packetdrill/sysctl.h"

namespace acksu::packetdrill {
namespace {

using ShellWords = std::vector<std::string>;

struct ShellCommand {
  ShellWords words;
  bool is_alternative = false;  // behind ||
};

std::optional<std::uint64_t> product_of(std::string_view text) {
  std::uint64_t product = 1;
  while (true) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return std::nullopt;
    text.remove_prefix(first);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || __builtin_mul_overflow(product, number, &product)) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::size_t sign = text.find_first_not_of(' ');
    if (sign == std::string_view::npos) return product;
    if (text[sign] != '*') return std::nullopt;
    text.remove_prefix(sign + 1);
  }
}

// One simple command after the other.
class ShellReader {
 public:
  explicit ShellReader(const std::string& text) : text_(text) {}

  std::vector<ShellCommand> all() {
    while (at_ < text_.size()) take();
    end_command();
    return std::move(commands_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void take() {
    const char c = peek();
    if (c == '\\' && peek(1) == '\n') {
      at_ += 2;
      end_word();
    } else if (c == ' ' || c == '\t') {
      ++at_;
      end_word();
    } else if (c == '\n' || c == ';' || (c == '|' && peek(1) != '|') ||
               (c == '&' && peek(1) == '&')) {
      at_ += c == '&' ? 2 : 1;
      end_command();
    } else if (c == '|') {
      at_ += 2;
      end_command();
      is_alternative_ = true;
    } else if (c == '#' && !has_word_) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '"' || c == '\'') {
      take_quoted(c);
    } else if (is_sum_next()) {
      take_sum();
    } else {
      word_ += c;
      has_word_ = true;
      ++at_;
    }
  }

  void take_quoted(char quote) {
    has_word_ = true;
    ++at_;
    while (at_ < text_.size() && peek() != quote) {
      if (quote == '"' && is_sum_next()) {
        take_sum();
      } else {
        word_ += text_[at_++];
      }
    }
    ++at_;
  }

  // $((32*1024*1024)): a product of whole numbers; any other stays as it is.
  bool is_sum_next() const { return text_.compare(at_, 3, "$((") == 0; }
  void take_sum() {
    const std::size_t start = at_ + 3, end = text_.find("))", start);
    has_word_ = true;
    if (end == std::string::npos) {
      word_ += text_[at_++];
      return;
    }
    const auto product = product_of(std::string_view{text_}.substr(start, end - start));
    word_ += product ? std::to_string(*product) : text_.substr(at_, end + 2 - at_);
    at_ = end + 2;
  }

  void end_word() {
    if (has_word_) words_.push_back(std::move(word_));
    word_.clear();
    has_word_ = false;
  }

  void end_command() {
    end_word();
    if (!words_.empty()) commands_.push_back({std::move(words_), is_alternative_});
    words_.clear();
    is_alternative_ = false;
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::string word_;
  bool has_word_ = false;
  bool is_alternative_ = false;
  ShellWords words_;
  std::vector<ShellCommand> commands_;
};

std::string file_name(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::optional<std::uint32_t> number_behind(const ShellWords& words, const char* name) {
  const auto word = std::find(words.begin(), words.end(), name);
  if (word == words.end() || word + 1 == words.end()) return std::nullopt;
  const std::string& text = *(word + 1);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number ? std::optional{number} : std::nullopt;
}

bool has(const ShellWords& words, const char* word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// They ask or tell somebody else, and change nothing about a host.
bool is_without_effect(const std::string& name) {
  constexpr const char* names[] = {"ethtool", "true", "echo",  "dd", "nstat",   "sockstat",
                                   "sleep",   "cat",  "touch", "ss", "tcpdrop", "setkey"};
  return std::any_of(std::begin(names), std::end(names),
                     [&](const char* each) { return name == each; }) ||
         name.starts_with("sysctl_restore_");
}

}  // namespace

void Commands::run(const std::string& text) {
  bool has_worked = true;
  for (const ShellCommand& command : ShellReader{text}.all()) {
    if (!command.is_alternative || !has_worked) has_worked = run_simple(command.words);
  }
}

// False: it would have failed.
bool Commands::run_simple(const Words& words) {
  const std::string name = file_name(words[0]);
  if (name == "defaults.sh") {
    for (const SysctlLine& line : usual_sysctls()) set(line.name, line.value);
  } else if (name == "sysctl" || name == "set_sysctls.py") {
    return run_sysctl(words);
  } else if (name == "grep") {
    run_grep(words);
  } else if (name == "ip") {
    run_route(words);
  } else if (name == "tc") {
    run_queue(words);
  } else if (!is_without_effect(name)) {
    note("the command '" + name + "' is not known here, and was left out");
  }
  return true;
}

bool Commands::run_sysctl(const Words& words) {
  bool are_all_known = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::size_t sign = words[i].find('=');
    if (sign != std::string::npos && words[i][0] != '-' && words[i][0] != '>') {
      are_all_known &= set(words[i].substr(0, sign), words[i].substr(sign + 1));
    }
  }
  return are_all_known;
}

bool Commands::set(const std::string& name, const std::string& value) {
  switch (set_sysctl(name, value, settings_)) {
    case SysctlVerdict::applied:
    case SysctlVerdict::without_effect: return true;
    case SysctlVerdict::unknown: note("the sysctl " + name + " is not known here"); break;
    case SysctlVerdict::bad_value:
      note("the sysctl " + name + " cannot be '" + value + "' here");
      break;
  }
  return false;
}

// ip route change 192.0.2.1 via 192.168.0.2 dev tun0 advmss 600 mtu lock 640 initcwnd 11
void Commands::run_route(const Words& words) {
  if (has(words, "tcp_metrics")) {
    is_forgetful_ = is_forgetful_ || has(words, "flush");
    return;
  }
  if (!has(words, "route")) {
    const std::string what = words.size() > 1 ? words[0] + " " + words[1] : words[0];
    note("the command '" + what + "' is not known here, and was left out");
    return;
  }
  for (const char* const name : {"mtu", "initcwnd"}) {
    const bool is_locked = *name == 'm' && has(words, "lock");
    if (has(words, name) && !number_behind(words, is_locked ? "lock" : name)) {
      note(std::string{"the "} + name + " of a route is no number, and was left out");
    }
  }
  const std::optional<std::uint32_t> mtu =
      number_behind(words, has(words, "lock") ? "lock" : "mtu");
  if (mtu) settings_.links[0].mtu = *mtu;
  if (const auto window = number_behind(words, "initcwnd")) {
    settings_.tcp.initial_window_segments = *window;
  }
  if (has(words, "advmss")) note("the advmss of a route is not known here");
}

// Counts, then compares: other uses ask about nothing that is here.
void Commands::run_grep(const Words& words) {
  const std::string& last = words.back();
  if (has(words, "-c")) {
    counted_.reset();
    if (last == "SYN_RCVD") counted_ = tcp::State::syn_received;
    if (last == "TIME_WAIT") counted_ = tcp::State::time_wait;
  } else if (const auto count = number_behind(words, words.front().c_str()); count && counted_) {
    questions_.push_back({*std::exchange(counted_, std::nullopt), *count});
  }
}

void Commands::run_queue(const Words& words) {
  is_mute_ = has(words, "limit") && words.back() == "0";
  auto kind = std::find(words.begin(), words.end(), "root");
  if (kind != words.end()) ++kind;
  if (kind != words.end() && *kind == "handle")
    kind += std::min<std::ptrdiff_t>(2, words.end() - kind);
  if (kind == words.end() || *kind == "pfifo" || *kind == "bfifo" || *kind == "noqueue") return;
  const bool is_fq = *kind == "fq";
  note("the queue '" + *kind + "' is not known here" +
       (is_fq ? ": nothing is paced" : ", and was left out"));
}

void Commands::note(const std::string& sentence) {
  if (std::find(notes_.begin(), notes_.end(), sentence) == notes_.end()) {
    notes_.push_back(sentence);
  }
}

}  // namespace acksu::packetdrill
