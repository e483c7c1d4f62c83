// For tests of what is printed: a field of an opened frame by its name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/print.h"

namespace acksu::wire::test {

inline const Field* found(const std::vector<Layer>& layers, std::string_view key) {
  for (const Layer& layer : layers) {
    for (const Field& field : layer.fields) {
      if (field.key == key) return &field;
    }
  }
  return nullptr;
}

inline std::string value(const std::vector<Layer>& layers, std::string_view key) {
  const Field* field = found(layers, key);
  return field == nullptr ? "(none)" : field->value;
}

}  // namespace acksu::wire::test
