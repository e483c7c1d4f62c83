// From the text of a script to a typed one.
#pragma once

#include <string_view>

#include "packetdrill/cursor.h"
#include "packetdrill/script.h"

namespace acksu::packetdrill {

// "NAME=VALUE", whose name is a word as a script can have it.
bool is_definition(std::string_view text);

// Of `more` options, those given on the command line, `--define` counts here. Throws Mistake.
Script parse_script(std::string_view text, const std::vector<ScriptOption>& more = {});

// The parts, each from the cursor on.
Expression parse_expression(Cursor& cursor);
PacketLine parse_packet(Cursor& cursor);       // from '<' or '>' on
TcpOptions parse_tcp_options(Cursor& cursor);  // behind '<', up to and with '>'

}  // namespace acksu::packetdrill
