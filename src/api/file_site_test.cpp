// Paths of requests, and pages from a directory.
#include "api/file_site.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace acksu::http {
namespace {

namespace fs = std::filesystem;

TEST(SitePath, IsReadAndCleaned) {
  EXPECT_EQ(site_path("/"), "");
  EXPECT_EQ(site_path("/a/b.txt?x=/../y"), "a/b.txt");
  EXPECT_EQ(site_path("//a///%62/./"), "a/b");
  EXPECT_EQ(site_path("/100%25"), "100%");
  EXPECT_EQ(site_path("/..a/b.."), "..a/b..");
}

TEST(SitePath, LeadsNowhereElse) {
  for (const char* target : {"", "*", "a", "http://x/", "/..", "/a/../b", "/%2e%2e/a", "/..%2fa",
                             "/a%2f..%2fb", "/%", "/%4", "/%zz", "/a%00b"}) {
    EXPECT_FALSE(site_path(target)) << target;
  }
}

TEST(ContentType, GoesBySuffix) {
  EXPECT_STREQ(content_type("a/index.html"), "text/html; charset=utf-8");
  EXPECT_STREQ(content_type("picture.png"), "image/png");
  EXPECT_STREQ(content_type("html"), "application/octet-stream");
}

class Site : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "acksu-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    fs::create_directories(top_ / "with");
    fs::create_directories(top_ / "without");
    std::ofstream{top_ / "with/index.html"} << "index";
    std::ofstream{top_ / "without/<b> & c"} << "x";
    std::ofstream{top_ / "big.bin"} << std::string(100'000, 'x');
  }
  void TearDown() override { fs::remove_all(top_); }

  Page get(const std::string& target) {
    Request request;
    request.target = target;
    return (*file_pages(top_))(request);
  }
  std::string text_of(const Page& page) {
    std::string text(page.body->size(), '\0');
    const MutableBytes bytes{reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
    EXPECT_EQ(page.body->read_at(0, bytes), text.size());
    return text;
  }

  fs::path top_;
};

TEST_F(Site, ServesFiles) {
  const Page page = get("/big.bin?x");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body->size(), 100'000u);
  EXPECT_EQ(page.content_type, "application/octet-stream");
  EXPECT_EQ(text_of(page), std::string(100'000, 'x'));
}

TEST_F(Site, TellsVersionsOfAFileApart) {
  const Page before = get("/with/");
  EXPECT_EQ(get("/with/").etag, before.etag);
  ASSERT_TRUE(before.modified);
  fs::last_write_time(top_ / "with/index.html",
                      fs::last_write_time(top_ / "with/index.html") + std::chrono::hours{1});
  const Page after = get("/with/");
  EXPECT_NE(after.etag, before.etag);
  EXPECT_EQ(*after.modified, *before.modified + 3600);
}

TEST_F(Site, EndsAFileThatGrewWhereItsSizeWasTold) {
  const Page page = get("/big.bin");
  std::ofstream{top_ / "big.bin", std::ios::app} << "more";
  std::uint8_t bytes[100];
  EXPECT_EQ(page.body->read_at(99'990, bytes), 10u);
  EXPECT_EQ(page.body->read_at(100'000, bytes), 0u);
}

TEST_F(Site, ServesTheIndexOrAListing) {
  EXPECT_EQ(text_of(get("/with/")), "index");
  const std::string listing = text_of(get("/without/"));
  EXPECT_NE(listing.find("href=\"./%3Cb%3E%20%26%20c\">&lt;b&gt; &amp; c<"), std::string::npos)
      << listing;
  EXPECT_NE(text_of(get("/")).find("with/"), std::string::npos);
}

TEST_F(Site, SendsToTheDirectorysOwnName) {
  const Page page = get("/with");
  EXPECT_EQ(page.status, 301);
  EXPECT_EQ(page.headers, (std::vector<Header>{{"Location", "/with/"}}));
}

TEST_F(Site, RefusesTheRest) {
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(get("/big.bin/").status, 404);
  EXPECT_EQ(get("/../etc/passwd").status, 400);
  EXPECT_FALSE(file_pages("/no/such/directory"));
}

}  // namespace
}  // namespace acksu::http
