// Scripts of packetdrill's language, and the Python of their assertions: whatever the text, it is a
// script or a mistake with its line. A packet that was read means the same after it was printed.
#include <string>

#include "fuzz/fuzz.h"
#include "packetdrill/mistake.h"
#include "packetdrill/packet_text.h"
#include "packetdrill/parser.h"
#include "packetdrill/python_tokens.h"

using namespace acksu;
using namespace acksu::packetdrill;

namespace {

void check_packet(const PacketLine& packet) {
  const std::string text = to_string(packet);
  ACKSU_ASSERT(!text.empty());
  if (!std::holds_alternative<TcpLine>(packet.content) || !packet.outer.empty()) return;
  const Script again = parse_script("0 " + text);
  ACKSU_ASSERT(again.events.size() == 1);
  ACKSU_ASSERT(to_string(std::get<PacketLine>(again.events.front().action)) == text);
}

void check_python(const std::string& code, std::uint32_t line) {
  try {
    const auto tokens = python_tokens(code, line);
    ACKSU_ASSERT(!tokens.empty() && tokens.back().kind == PythonToken::Kind::end);
  } catch (const Mistake& mistake) {
    ACKSU_ASSERT(mistake.line() >= line);
  }
}

void check_event(const Event& event, std::uint32_t lines) {
  ACKSU_ASSERT(event.line >= 1 && event.line <= lines);
  if (const auto* packet = std::get_if<PacketLine>(&event.action)) check_packet(*packet);
  if (const auto* code = std::get_if<Code>(&event.action)) check_python(code->text, event.line);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto lines = 1 + static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
  Script script;
  try {
    script = parse_script(text);
  } catch (const Mistake& mistake) {
    ACKSU_ASSERT(mistake.line() <= lines);
    return 0;
  }
  for (const Event& event : script.events) check_event(event, lines);
  return 0;
}
