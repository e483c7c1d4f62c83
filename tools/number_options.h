// Numbers as options, read strictly: whole numbers in decimal digits, and decimals that are finite.
#pragma once

#include <CLI/CLI.hpp>

namespace acksu::tools {

// Makes every option of the program and of its commands that takes a number say what to write when
// it is given something else. Call it when all of them are there.
void expect_decimal_numbers(CLI::App& program);

}  // namespace acksu::tools
