// Files beneath a directory by openat2(2).
#include "os/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

namespace acksu::os {

std::size_t File::read_at(std::uint64_t offset, MutableBytes to) const {
  const ssize_t count = pread(descriptor_.get(), to.data(), to.size(), static_cast<off_t>(offset));
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::optional<Directory> Directory::open(const std::string& path) {
  UniqueDescriptor root{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!root) return std::nullopt;
  return Directory{std::move(root)};
}

UniqueDescriptor Directory::open_beneath(const std::string& path, int flags) const {
  open_how how{};
  // Not blocking: opening a named pipe would wait for somebody to write to it.
  how.flags = static_cast<__u64>(flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const char* name = path.empty() ? "." : path.c_str();
  return UniqueDescriptor{
      static_cast<int>(syscall(SYS_openat2, root_.get(), name, &how, sizeof how))};
}

Directory::Found Directory::find(const std::string& path) const {
  if (path.find('\0') != std::string::npos) return {};
  UniqueDescriptor descriptor = open_beneath(path, 0);
  if (!descriptor) {
    return {errno == EACCES || errno == EPERM ? Kind::forbidden : Kind::absent, nullptr};
  }
  struct stat status{};
  if (fstat(descriptor.get(), &status) != 0) return {};
  if (S_ISDIR(status.st_mode)) return {Kind::directory, nullptr};
  if (!S_ISREG(status.st_mode)) return {Kind::forbidden, nullptr};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::int64_t modified =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return {Kind::file, std::make_unique<File>(std::move(descriptor), size, modified)};
}

std::vector<DirectoryEntry> Directory::list(const std::string& path) const {
  std::vector<DirectoryEntry> entries;
  UniqueDescriptor descriptor = open_beneath(path, O_DIRECTORY);
  DIR* stream = descriptor ? fdopendir(descriptor.get()) : nullptr;
  if (stream == nullptr) return entries;
  descriptor.release();
  while (const dirent* entry = readdir(stream)) {
    const std::string name = entry->d_name;
    if (name.starts_with('.')) continue;
    const Kind kind = find(path.empty() ? name : path + "/" + name).kind;
    if (kind == Kind::file || kind == Kind::directory) {
      entries.push_back({name, kind == Kind::directory});
    }
  }
  closedir(stream);
  std::sort(entries.begin(), entries.end(),
            [](const DirectoryEntry& a, const DirectoryEntry& b) { return a.name < b.name; });
  return entries;
}

}  // namespace acksu::os
