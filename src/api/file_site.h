// The pages of a web server from the files of a directory: types by suffix, index.html or a
// listing for directories, and nothing from outside of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/http_page.h"

namespace acksu::http {

// Serves what is in `directory`. Nothing when there is no such directory, or it may not be read.
std::optional<PageSource> file_pages(const std::string& directory);

// The path that a request's target names, relative to the site's root: the query is cut off,
// %-escapes are read and empty and `.` parts are left out ("/a//%62?x" is "a/b"). Nothing for
// targets that name no path of a site, `..` among them.
std::optional<std::string> site_path(std::string_view target);

// "text/css; charset=utf-8" for "style.css"; "application/octet-stream" for what is not known.
const char* content_type(std::string_view path);

}  // namespace acksu::http
