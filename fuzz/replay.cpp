// Runs one fuzz target over its corpus, without a fuzzer: `NAME_replay FOLDER...` gives it each
// file as it is, cut to every length, and with every byte changed in a few ways (of long ones at a
// thousand places). Says how many inputs there were; ends with 1 if there were none.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/fuzz.h"

namespace {

using Octets = std::vector<std::uint8_t>;

// Files in a fixed order.
std::vector<Octets> inputs_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Octets> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// One byte more or less, one bit, none and all of them.
constexpr std::uint8_t flips[] = {0x01, 0x02, 0x80, 0xff};

constexpr std::size_t most_places = 1000;

std::size_t replay(const Octets& input) {
  const auto run = [](const Octets& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); };
  std::size_t count = 1;
  run(input);
  const std::size_t step = 1 + input.size() / most_places;
  for (std::size_t size = 0; size < input.size(); size += step, ++count)
    run({input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size)});
  for (std::size_t at = 0; at < input.size(); at += step) {
    Octets changed = input;
    for (const std::uint8_t flip : flips) {
      changed[at] = input[at] ^ flip;
      run(changed);
    }
    for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{1}}) {
      changed[at] = value;
      run(changed);
    }
    count += std::size(flips) + 2;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) try {
  std::size_t files = 0;
  std::size_t runs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const Octets& input : inputs_in(argv[i])) {
      ++files;
      runs += replay(input);
    }
  }
  std::printf("%zu files, %zu inputs\n", files, runs);
  return files == 0 ? 1 : 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
