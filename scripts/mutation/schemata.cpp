// Which mutant is chosen: the environment says it. A program that was built of mutated sources has
// this in it once.
#include "mutation/schemata.h"

#include <cstdlib>

namespace acksu_mutation {
namespace {

unsigned chosen_by_environment() {
  const char* text = std::getenv("ACKSU_MUTANT");
  return text == nullptr ? 0 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

}  // namespace

unsigned chosen = chosen_by_environment();
bool reached[most] = {};
bool impossible[most] = {};

}  // namespace acksu_mutation
