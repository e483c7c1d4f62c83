// What is wrong with a script, and where: it is not in the language, or asks for what is not there.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace acksu::packetdrill {

class Mistake : public std::runtime_error {
 public:
  Mistake(std::uint32_t line, const std::string& text) : std::runtime_error{text}, line_(line) {}
  std::uint32_t line() const { return line_; }  // 0: of the script as a whole

 private:
  std::uint32_t line_;
};

}  // namespace acksu::packetdrill
