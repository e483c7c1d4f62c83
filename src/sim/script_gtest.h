// Scripts inside GoogleTest: a script that fails fails the test and prints its dialogue.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "sim/script.h"

namespace acksu::sim {

class Script : public Dialogue {
 public:
  explicit Script(std::string title, HostSettings settings = script_host())
      : Dialogue(std::move(title), std::move(settings),
                 [](const std::string& text) { ADD_FAILURE() << text; }) {}
};

}  // namespace acksu::sim
