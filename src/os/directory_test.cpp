// Files beneath a directory, and no way out of it.
#include "os/directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace acksu::os {
namespace {

namespace fs = std::filesystem;
using Kind = Directory::Kind;

class Tree : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "acksu-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    fs::create_directories(top_ / "site/below");
    std::ofstream{top_ / "secret"} << "secret";
    std::ofstream{top_ / "site/page"} << "0123456789";
    std::ofstream{top_ / "site/below/inner"} << "inner";
    std::ofstream{top_ / "site/.hidden"} << "hidden";
    fs::create_symlink("page", top_ / "site/inside");
    fs::create_symlink("../secret", top_ / "site/outside");
    fs::create_symlink(top_ / "secret", top_ / "site/absolute");
    fs::create_symlink("../..", top_ / "site/below/up");
    ASSERT_EQ(mkfifo((top_ / "site/pipe").c_str(), 0600), 0);
  }
  void TearDown() override { fs::remove_all(top_); }

  Directory site() { return *Directory::open(top_ / "site"); }

  fs::path top_;
};

TEST_F(Tree, FindsFilesAndDirectories) {
  EXPECT_EQ(site().find("").kind, Kind::directory);
  EXPECT_EQ(site().find("below").kind, Kind::directory);
  EXPECT_EQ(site().find("below/inner").kind, Kind::file);
  EXPECT_EQ(site().find("inside").kind, Kind::file);
  EXPECT_EQ(site().find("nothing").kind, Kind::absent);
  EXPECT_EQ(site().find("page/below").kind, Kind::absent);
}

TEST_F(Tree, HasNoWayOut) {
  const std::string secret = (top_ / "secret").string();
  for (const std::string& path :
       {std::string{"../secret"}, std::string{"below/../../secret"}, std::string{"outside"},
        std::string{"absolute"}, std::string{"below/up/secret"}, secret, std::string{"/etc/passwd"},
        std::string{"page\0x", 6}}) {
    EXPECT_EQ(site().find(path).kind, Kind::absent) << path;
  }
}

TEST_F(Tree, DoesNotWaitForPipes) { EXPECT_EQ(site().find("pipe").kind, Kind::forbidden); }

TEST_F(Tree, ReadsAnyPartOfAFile) {
  const Directory::Found found = site().find("page");
  ASSERT_NE(found.file, nullptr);
  EXPECT_EQ(found.file->size(), 10u);
  std::uint8_t bytes[4];
  EXPECT_EQ(found.file->read_at(3, bytes), 4u);
  EXPECT_EQ(bytes[0], '3');
  EXPECT_EQ(found.file->read_at(8, bytes), 2u);
  EXPECT_EQ(found.file->read_at(10, bytes), 0u);
}

TEST_F(Tree, ListsWhatCanBeAskedFor) {
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : site().list("")) {
    names.push_back(entry.name + (entry.is_directory ? "/" : ""));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"below/", "inside", "page"}));
  EXPECT_TRUE(site().list("../").empty());
}

TEST(Directory, MustBeThere) { EXPECT_FALSE(Directory::open("/no/such/directory")); }

}  // namespace
}  // namespace acksu::os
