// What a web server answers with, and what of it a request asks for: conditions (RFC 9110 section
// 13) and one range (section 14). Left out on purpose: several ranges at once (the whole page is
// sent instead), weak validators of our own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/http.h"

namespace acksu::http {

// What a page is; a null body is an empty one.
struct Page {
  std::uint16_t status = 200;
  std::string content_type = "text/html; charset=utf-8";
  std::shared_ptr<const Body> body;
  std::vector<Header> headers;             // further ones
  std::string etag{};                      // with its quotes; changes with the body; or empty
  std::optional<std::int64_t> modified{};  // seconds since 1970
};

using PageSource = std::function<Page(const Request&)>;
// Serves the map's pages by path (without the query), and 404 for all others.
PageSource pages(std::map<std::string, std::string> by_path);
// A short page that names the status and says `why`.
Page status_page(std::uint16_t status, std::string why = "");

// The answer to a GET or HEAD of a page that is there: itself, 304, 412, 416, or a part as 206;
// with its validators as headers. Pages of other statuses stay as they are.
Page answer_for(const Request& request, Page page);

}  // namespace acksu::http
