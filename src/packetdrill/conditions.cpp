// Lines taken or left out, one after the other.
#include "packetdrill/conditions.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "packetdrill/mistake.h"

namespace acksu::packetdrill {
namespace {

class Chooser {
 public:
  explicit Chooser(const std::set<std::string>& defined) : defined_(defined) {}

  void take(std::string_view line) {
    ++number_;
    if (!take_condition(line) && is_wanted()) chosen_ += line;
    chosen_ += '\n';
  }

  std::string end() {
    if (!wanted_.empty()) throw Mistake{number_, "an #ifdef without its #endif"};
    return std::move(chosen_);
  }

 private:
  bool is_wanted() const {
    return std::all_of(wanted_.begin(), wanted_.end(), [](bool wanted) { return wanted; });
  }

  bool is_defined(std::string_view line) const {
    const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    const std::size_t end = std::min(line.find_first_of(" \t\r", begin), line.size());
    return defined_.contains(std::string{line.substr(begin, end - begin)});
  }

  // Any other line with such a sign is a comment.
  bool take_condition(std::string_view line) {
    if (line.starts_with("#ifdef ")) {
      wanted_.push_back(is_defined(line.substr(7)));
    } else if (line.starts_with("#ifndef ")) {
      wanted_.push_back(!is_defined(line.substr(8)));
    } else if (line.starts_with("#else") || line.starts_with("#endif")) {
      if (wanted_.empty()) throw Mistake{number_, "no #ifdef stands before this"};
      const bool was_wanted = wanted_.back();
      wanted_.pop_back();
      if (line.starts_with("#else")) wanted_.push_back(!was_wanted);
    } else {
      return false;
    }
    return true;
  }

  const std::set<std::string>& defined_;
  std::vector<bool> wanted_;  // of each #ifdef around this line
  std::uint32_t number_ = 0;
  std::string chosen_;
};

}  // namespace

std::string chosen_text(std::string_view text, const std::set<std::string>& defined) {
  Chooser chooser{defined};
  const bool is_last_line_whole = text.ends_with('\n');
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    chooser.take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::string chosen = chooser.end();
  if (!is_last_line_whole && !chosen.empty()) chosen.pop_back();  // no line more than there were
  return chosen;
}

}  // namespace acksu::packetdrill
