// Files of one directory and what is below it, read-only. No path leads out of it: neither `..`,
// nor an absolute path, nor a symbolic link (openat2(2), RESOLVE_BENEATH).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "os/unique_descriptor.h"

namespace acksu::os {

// A regular file that is open. What others write into it meanwhile is seen.
class File {
 public:
  // `modified`: nanoseconds since 1970.
  File(UniqueDescriptor descriptor, std::uint64_t size, std::int64_t modified)
      : descriptor_(std::move(descriptor)), size_(size), modified_(modified) {}

  std::uint64_t size() const { return size_; }         // when it was opened
  std::int64_t modified() const { return modified_; }  // nanoseconds since 1970, then
  // Fills `to` from `offset` on; returns how many bytes, 0 at the end and on an error.
  std::size_t read_at(std::uint64_t offset, MutableBytes to) const;

 private:
  UniqueDescriptor descriptor_;
  std::uint64_t size_;
  std::int64_t modified_;
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

class Directory {
 public:
  enum class Kind : std::uint8_t { absent, forbidden, file, directory };
  struct Found {
    Kind kind = Kind::absent;
    std::unique_ptr<File> file;  // when it is a file
  };

  // Nothing when there is no such directory, or it may not be read.
  static std::optional<Directory> open(const std::string& path);

  // What stands at a path relative to this directory; "" and "." are itself.
  Found find(const std::string& path) const;
  // The entries of a directory at that path by name, without hidden ones and without those that
  // are neither files nor directories.
  std::vector<DirectoryEntry> list(const std::string& path) const;

 private:
  explicit Directory(UniqueDescriptor root) : root_(std::move(root)) {}
  UniqueDescriptor open_beneath(const std::string& path, int flags) const;

  UniqueDescriptor root_;
};

}  // namespace acksu::os
