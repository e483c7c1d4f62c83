// Conditions, ranges and dates: what of a page a request asks for.
#include "api/http_page.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "api/http_date.h"

namespace acksu::http {
namespace {

constexpr std::int64_t modified = 784111777;  // Sun, 06 Nov 1994 08:49:37 GMT

Page page() {
  return {.body = body_of("0123456789"), .headers = {}, .etag = "\"a\"", .modified = modified};
}

std::string text_of(const Page& of) {
  if (!of.body) return "";
  std::string text(of.body->size(), '\0');
  const MutableBytes bytes{reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
  EXPECT_EQ(of.body->read_at(0, bytes), text.size());
  return text;
}

std::string header(const Page& of, const std::string& name) {
  for (const Header& one : of.headers) {
    if (one.name == name) return one.value;
  }
  return "";
}

Page asked(std::vector<Header> headers, std::string method = "GET") {
  Request request;
  request.method = std::move(method);
  request.target = "/";
  request.headers = std::move(headers);
  return answer_for(request, page());
}

TEST(HttpDate, TextAndBack) {
  EXPECT_EQ(to_http_date(modified), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), modified);
  EXPECT_EQ(to_http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"), 1709164800);
  for (const char* bad : {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Mon, 06 Nov 1994 08:49:37 GMT",
                          "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
                          "Sun, 06 unN 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                          "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08-49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(bad)) << bad;
  }
  rc::check("any date goes round", [] {
    const auto seconds = *rc::gen::inRange<std::int64_t>(0, 253'402'300'800);
    RC_ASSERT(parse_http_date(to_http_date(seconds)) == seconds);
  });
}

TEST(HttpPage, TellsItsValidators) {
  const Page whole = asked({});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(header(whole, "ETag"), "\"a\"");
  EXPECT_EQ(header(whole, "Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(header(whole, "Accept-Ranges"), "bytes");
  EXPECT_EQ(answer_for({}, status_page(404, "Gone fishing.")).status, 404);
  EXPECT_EQ(text_of(status_page(404, "Gone fishing.")), "404 Not Found\nGone fishing.\n");
}

// RFC 9110 section 13.2.2.
TEST(HttpPage, Conditions) {
  const std::string same = to_http_date(modified), before = to_http_date(modified - 1),
                    after = to_http_date(modified + 1);
  const struct {
    std::vector<Header> headers;
    int status;
  } rows[] = {
      {{{"If-None-Match", "\"a\""}}, 304},
      {{{"If-None-Match", "\"x\", W/\"a\""}}, 304},
      {{{"If-None-Match", "*"}}, 304},
      {{{"If-None-Match", "\"x\""}}, 200},
      {{{"If-None-Match", "a"}}, 200},
      {{{"If-None-Match", "\"x\""}, {"If-Modified-Since", same}}, 200},  // the tag counts
      {{{"If-Modified-Since", same}}, 304},
      {{{"If-Modified-Since", after}}, 304},
      {{{"If-Modified-Since", before}}, 200},
      {{{"If-Modified-Since", "yesterday"}}, 200},
      {{{"If-Match", "\"a\""}}, 200},
      {{{"If-Match", "*"}}, 200},
      {{{"If-Match", "W/\"a\""}}, 412},
      {{{"If-Match", "\"x\""}}, 412},
      {{{"If-Match", "\"a\""}, {"If-Unmodified-Since", before}}, 200},  // the tag counts
      {{{"If-Unmodified-Since", before}}, 412},
      {{{"If-Unmodified-Since", same}}, 200},
      {{{"If-Match", "\"x\""}, {"If-None-Match", "\"a\""}}, 412},
  };
  for (const auto& row : rows)
    EXPECT_EQ(asked(row.headers).status, row.status) << row.headers[0].name << row.headers[0].value;
  EXPECT_EQ(text_of(asked({{"If-None-Match", "\"a\""}})), "");
}

// RFC 9110 section 14.1.2.
TEST(HttpPage, Ranges) {
  const struct {
    const char* range;
    int status;
    const char* text;
  } rows[] = {
      {"bytes=0-0", 206, "0"},
      {"bytes=2-4", 206, "234"},
      {"Bytes=7-", 206, "789"},
      {"bytes=-3", 206, "789"},
      {"bytes=-100", 206, "0123456789"},
      {"bytes=5-100", 206, "56789"},
      {"bytes=0-18446744073709551615", 206, "0123456789"},
      {"bytes=9-9", 206, "9"},
      {"bytes=10-", 416, nullptr},
      {"bytes=-0", 416, nullptr},
      {"bytes=18446744073709551615-", 416, nullptr},
      {"bytes=4-2", 200, nullptr},
      {"bytes=", 200, nullptr},
      {"bytes=-", 200, nullptr},
      {"bytes=a-b", 200, nullptr},
      {"bytes=1-x", 200, nullptr},
      {"lines=1-2", 200, nullptr},
      {"bytes=1 -2", 200, nullptr},
      {"bytes=0-18446744073709551616", 200, nullptr},
      {"bytes=--1", 200, nullptr},
      {"1-2", 200, nullptr},
  };
  for (const auto& row : rows) {
    const Page part = asked({{"Range", row.range}});
    EXPECT_EQ(part.status, row.status) << row.range;
    if (row.text != nullptr) {
      EXPECT_EQ(text_of(part), row.text) << row.range;
    }
  }
  EXPECT_EQ(header(asked({{"Range", "bytes=2-4"}}), "Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(header(asked({{"Range", "bytes=10-"}}), "Content-Range"), "bytes */10");
  EXPECT_EQ(asked({{"Range", "bytes=2-4"}}, "HEAD").status, 200);
  // Nothing is read behind the part.
  std::uint8_t bytes[10];
  EXPECT_EQ(asked({{"Range", "bytes=2-4"}}).body->read_at(1, bytes), 2u);
  EXPECT_EQ(asked({{"Range", "bytes=2-4"}}).body->read_at(3, bytes), 0u);
}

TEST(HttpPage, RangesOfTheSamePageOnly) {
  const std::string same = to_http_date(modified), after = to_http_date(modified + 1);
  const std::pair<std::string, int> rows[] = {{"\"a\"", 206}, {"\"x\"", 200}, {"W/\"a\"", 200},
                                              {same, 206},    {after, 200},   {"", 200}};
  for (const auto& [condition, status] : rows)
    EXPECT_EQ(asked({{"Range", "bytes=1-2"}, {"If-Range", condition}}).status, status) << condition;
}

// Section 1.G row G6 of the threat ledger: many ranges are answered by the page, once.
// SECURITY G6.
TEST(HttpPageAttack, RangeBombs) {
  std::string many = "bytes=0-";
  for (int i = 0; i < 1000; ++i) many += ",0-" + std::to_string(i);
  const Page whole = asked({{"Range", many}});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(text_of(whole), "0123456789");
  EXPECT_EQ(asked({{"Range", "bytes=0-1"}, {"Range", "bytes=2-3"}}).status, 200);
}

}  // namespace
}  // namespace acksu::http
