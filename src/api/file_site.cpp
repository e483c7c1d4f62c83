// Pages from files, with every path checked twice: here by its parts, and by the system as it
// opens.
#include "api/file_site.h"

#include <array>
#include <utility>

#include "api/http_words.h"
#include "os/directory.h"

namespace acksu::http {
namespace {

class FileBody final : public Body {
 public:
  explicit FileBody(std::unique_ptr<os::File> file) : file_(std::move(file)) {}
  std::uint64_t size() const override { return file_->size(); }
  std::size_t read_at(std::uint64_t offset, MutableBytes to) const override {
    if (offset >= size()) return 0;
    // A file that grows while it is sent ends where its size was told.
    return file_->read_at(offset, to.first(std::min<std::uint64_t>(to.size(), size() - offset)));
  }

 private:
  std::unique_ptr<os::File> file_;
};

std::optional<std::string> unescape(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    if (text.front() != '%') {
      result += text.front();
      text.remove_prefix(1);
      continue;
    }
    const int high = text.size() < 3 ? -1 : hex_digit(text[1]);
    const int low = text.size() < 3 ? -1 : hex_digit(text[2]);
    if (high < 0 || low < 0) return std::nullopt;
    result += static_cast<char>(high * 16 + low);
    text.remove_prefix(3);
  }
  return result;
}

std::string escape_for_url(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "-._~/";
  std::string result;
  for (const char c : text) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter || (c >= '0' && c <= '9') || plain.find(c) != std::string_view::npos) {
      result += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      result += {'%', digits[octet >> 4], digits[octet & 15]};
    }
  }
  return result;
}

std::string escape_for_html(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += c;
    }
  }
  return result;
}

Page listing_page(const os::Directory& root, const std::string& path) {
  const std::string title = "/" + escape_for_html(path);
  std::string text = "<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>" + title +
                     "</title>\n<h1>" + title + "</h1>\n<ul>\n";
  if (!path.empty()) text += "<li><a href=\"../\">../</a></li>\n";
  for (const os::DirectoryEntry& entry : root.list(path)) {
    const std::string name = entry.name + (entry.is_directory ? "/" : "");
    text +=
        "<li><a href=\"./" + escape_for_url(name) + "\">" + escape_for_html(name) + "</a></li>\n";
  }
  return {.body = body_of(text + "</ul>\n"), .headers = {}};
}

Page file_page(const std::string& path, std::unique_ptr<os::File> file) {
  Page page{.content_type = content_type(path), .body = nullptr, .headers = {}};
  page.etag = "\"" + std::to_string(file->modified()) + "-" + std::to_string(file->size()) + "\"";
  constexpr std::int64_t nanoseconds_a_second = 1'000'000'000;
  if (file->modified() >= 0) page.modified = file->modified() / nanoseconds_a_second;
  page.body = std::make_shared<const FileBody>(std::move(file));
  return page;
}

Page directory_page(const os::Directory& root, const std::string& path, bool has_slash) {
  if (!has_slash) {
    // Links of the page are relative to the directory: the client must know it for one.
    Page page = status_page(301);
    page.headers.push_back({"Location", "/" + escape_for_url(path) + "/"});
    return page;
  }
  const std::string index = path.empty() ? "index.html" : path + "/index.html";
  os::Directory::Found found = root.find(index);
  if (found.kind == os::Directory::Kind::file) return file_page(index, std::move(found.file));
  return listing_page(root, path);
}

Page page_at(const os::Directory& root, const std::string& path, bool has_slash) {
  using Kind = os::Directory::Kind;
  os::Directory::Found found = root.find(path);
  switch (found.kind) {
    case Kind::file: return has_slash ? status_page(404) : file_page(path, std::move(found.file));
    case Kind::directory: return directory_page(root, path, has_slash);
    case Kind::forbidden: return status_page(403);
    case Kind::absent: break;
  }
  return status_page(404);
}

}  // namespace

std::optional<std::string> site_path(std::string_view target) {
  const std::optional<std::string> whole = unescape(target.substr(0, target.find('?')));
  if (!whole || !whole->starts_with('/') || whole->find('\0') != std::string::npos) {
    return std::nullopt;
  }
  std::string path;
  std::string_view rest = *whole;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(part.size());
    if (part == "..") return std::nullopt;
    if (part.empty() || part == ".") continue;
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

std::optional<PageSource> file_pages(const std::string& directory) {
  std::optional<os::Directory> opened = os::Directory::open(directory);
  if (!opened) return std::nullopt;
  const auto root = std::make_shared<const os::Directory>(*std::move(opened));
  return [root](const Request& request) {
    const std::optional<std::string> path = site_path(request.target);
    if (!path) return status_page(400, "The target names no page of a site.");
    const std::string_view target{request.target};
    return page_at(*root, *path, target.substr(0, target.find('?')).ends_with('/'));
  };
}

const char* content_type(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, const char*>, 16> types{{
      {".html", "text/html; charset=utf-8"},
      {".htm", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".md", "text/markdown; charset=utf-8"},
      {".json", "application/json"},
      {".xml", "application/xml"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".ico", "image/x-icon"},
      {".pdf", "application/pdf"},
      {".wasm", "application/wasm"},
  }};
  for (const auto& [suffix, type] : types) {
    if (path.ends_with(suffix)) return type;
  }
  return "application/octet-stream";
}

}  // namespace acksu::http
