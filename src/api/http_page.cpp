// Pages, and the parts of them that requests ask for.
#include "api/http_page.h"

#include <algorithm>
#include <utility>

#include "api/http_date.h"
#include "api/http_words.h"

namespace acksu::http {
namespace {

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

class PartBody final : public Body {
 public:
  PartBody(std::shared_ptr<const Body> whole, std::uint64_t first, std::uint64_t size)
      : whole_(std::move(whole)), first_(first), size_(size) {}
  std::uint64_t size() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, MutableBytes to) const override {
    if (offset >= size_) return 0;
    const std::uint64_t most = std::min<std::uint64_t>(to.size(), size_ - offset);
    return whole_->read_at(first_ + offset, to.first(static_cast<std::size_t>(most)));
  }

 private:
  std::shared_ptr<const Body> whole_;
  std::uint64_t first_;
  std::uint64_t size_;
};

// The value of the only header of that name; null when there is none, or more than one.
const std::string* only(const Request& request, std::string_view name) {
  const auto count =
      std::count_if(request.headers.begin(), request.headers.end(),
                    [name](const Header& header) { return is_same_name(header.name, name); });
  return count == 1 ? request.find(name) : nullptr;
}

// RFC 9110 section 8.8.3.2: `is_weak` lets "W/" pass, the strong comparison does not.
bool has_tag(const Request& request, std::string_view name, const Page& page, bool is_weak) {
  bool is_found = false;
  for (const Header& header : request.headers) {
    if (!is_same_name(header.name, name)) continue;
    for_each_element(header.value, [&](std::string_view tag) {
      if (is_weak && tag.starts_with("W/")) tag.remove_prefix(2);
      is_found |= tag == "*" || (!page.etag.empty() && tag == page.etag);
    });
  }
  return is_found;
}

// True when the page was modified after the date that the header names; nothing without a date.
std::optional<bool> is_newer(const Request& request, std::string_view name, const Page& page) {
  const std::string* header = only(request, name);
  if (header == nullptr || !page.modified) return std::nullopt;
  const auto date = parse_http_date(*header);
  return date ? std::optional{*page.modified > *date} : std::nullopt;
}

// RFC 9110 section 13.2.2, in its order: 200, 304 or 412.
std::uint16_t judge_conditions(const Request& request, const Page& page) {
  if (request.find("if-match") != nullptr) {
    if (!has_tag(request, "if-match", page, false)) return 412;
  } else if (is_newer(request, "if-unmodified-since", page).value_or(false)) {
    return 412;
  }
  if (request.find("if-none-match") != nullptr)
    return has_tag(request, "if-none-match", page, true) ? 304 : 200;
  return is_newer(request, "if-modified-since", page).value_or(true) ? 200 : 304;
}

struct Range {
  std::uint64_t first = 0;
  std::uint64_t size = 0;  // 0: cannot be satisfied
};

// RFC 9110 section 14.1.2. Nothing for what is no single range of bytes: it is ignored.
std::optional<Range> parse_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view unit = "bytes=";
  if (text.size() < unit.size() || !is_same_name(text.substr(0, unit.size()), unit))
    return std::nullopt;
  text.remove_prefix(unit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::uint64_t first = 0, last = 0;
  const std::string_view end = text.substr(dash + 1);
  const bool has_last = parse_number(end, last);
  if (!has_last && !end.empty()) return std::nullopt;
  if (dash == 0) {
    if (!has_last) return std::nullopt;
    const std::uint64_t count = std::min(last, size);
    return Range{size - count, count};
  }
  if (!parse_number(text.substr(0, dash), first)) return std::nullopt;
  if (has_last && last < first) return std::nullopt;
  if (first >= size) return Range{};
  const std::uint64_t most = size - first;
  return Range{first, has_last && last - first < most ? last - first + 1 : most};
}

// The range that is to be sent instead of all.
std::optional<Range> range_of(const Request& request, const Page& page) {
  const std::string* range = only(request, "range");
  if (range == nullptr || request.method != "GET" || !page.body) return std::nullopt;
  // RFC 9110 section 13.1.5: only when it is still the page of which a part is held.
  if (const std::string* condition = request.find("if-range")) {
    const bool is_tag = !page.etag.empty() && *condition == page.etag;
    const auto date = parse_http_date(*condition);
    if (!is_tag && !(date && page.modified == date)) return std::nullopt;
  }
  return parse_range(*range, page.body->size());
}

void take_part(const Range& range, Page& page) {
  const std::string whole = "/" + std::to_string(page.body->size());
  if (range.size == 0) {
    page = status_page(416, "The page ends before that range begins.");
    page.headers.push_back({"Content-Range", "bytes *" + whole});
    return;
  }
  page.status = 206;
  page.headers.push_back({"Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                               std::to_string(range.first + range.size - 1) +
                                               whole});
  page.body = std::make_shared<const PartBody>(page.body, range.first, range.size);
}

}  // namespace

PageSource pages(std::map<std::string, std::string> by_path) {
  std::map<std::string, std::shared_ptr<const Body>> bodies;
  for (auto& [path, text] : by_path) bodies[path] = body_of(std::move(text));
  return [bodies = std::move(bodies)](const Request& request) {
    const auto found = bodies.find(path_of(request.target));
    return found == bodies.end() ? status_page(404) : Page{.body = found->second, .headers = {}};
  };
}

Page status_page(std::uint16_t status, std::string why) {
  std::string text = std::to_string(status) + " " + reason_for(status) + "\n";
  if (!why.empty()) text += std::move(why) + "\n";
  return {.status = status,
          .content_type = "text/plain; charset=utf-8",
          .body = body_of(std::move(text)),
          .headers = {}};
}

Page answer_for(const Request& request, Page page) {
  if (page.status != 200) return page;
  const std::uint16_t status = judge_conditions(request, page);
  if (status == 412) return status_page(412, "The page is not the one that was expected.");
  // Parts of a page that nobody can tell from its next version are of little use.
  if (!page.etag.empty() || page.modified) page.headers.push_back({"Accept-Ranges", "bytes"});
  if (!page.etag.empty()) page.headers.push_back({"ETag", page.etag});
  if (page.modified) page.headers.push_back({"Last-Modified", to_http_date(*page.modified)});
  if (status == 304) {
    page.status = 304;
    page.body = nullptr;
  } else if (const auto range = range_of(request, page)) {
    take_part(*range, page);
  }
  return page;
}

}  // namespace acksu::http
