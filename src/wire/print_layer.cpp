// Layers of opened frames, built field by field.
#include "wire/print_layer.h"

#include <cstdio>
#include <utility>

#include "wire/print_words.h"

namespace acksu::wire {

std::string decimal(std::uint64_t value) { return std::to_string(value); }

std::string hexadecimal(std::uint16_t value) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%04x", unsigned{value});
  return text;
}

std::string hexadecimal_32(std::uint32_t value) {
  char text[12];
  std::snprintf(text, sizeof text, "0x%08x", unsigned{value});
  return text;
}

LayerBuilder::LayerBuilder(std::vector<Layer>& layers, std::string key, Part part,
                           Language language)
    : layers_(layers), index_(layers.size()), part_(part), language_(language) {
  Layer& added = layers_.emplace_back();
  added.name = word_name(key, language);
  added.key = std::move(key);
  added.offset = part.offset;
  added.length = part.size();
}

void LayerBuilder::add(std::string_view key, std::string value, Place place,
                       std::string_view meaning_key) {
  if (place.offset + place.length > part_.size()) return;
  Field& field = layer().fields.emplace_back();
  field.key = key;
  field.name = word_name(key, language_);
  field.value = std::move(value);
  field.meaning = words(meaning_key);
  if (field.meaning.empty()) field.meaning = words(key);
  field.offset = part_.offset + place.offset;
  field.length = place.length;
}

bool LayerBuilder::add_checksum(std::string_view key, std::uint16_t value, std::uint16_t right,
                                std::uint32_t offset) {
  const bool is_right = value % 0xffff == right % 0xffff;
  add(key, hexadecimal(value), {offset, 2}, is_right ? "checksum.correct" : "checksum.wrong");
  if (!is_right) set_meaning(key, words("checksum.wrong") + hexadecimal(right));
  return is_right;
}

void LayerBuilder::set_meaning(std::string_view key, std::string meaning) {
  std::vector<Field>& fields = layer().fields;
  if (!fields.empty() && fields.back().key == key) fields.back().meaning = std::move(meaning);
}

void LayerBuilder::set_fault(Drop drop) {
  if (drop == Drop::none || !layer().fault.empty()) return;
  layer().fault = words(name(drop));
  if (layer().fault.empty()) layer().fault = name(drop);
}

void LayerBuilder::end_header(std::uint32_t length) {
  layer().length = std::min(length, part_.size());
  std::uint32_t shown = 0;
  for (const Field& field : layer().fields)
    shown = std::max(shown, field.offset + field.length - part_.offset);
  if (shown < layer().length) {
    const std::uint32_t rest = layer().length - shown;
    add("rest", decimal(rest), {shown, rest});
  }
}

std::string LayerBuilder::words(std::string_view meaning_key) const {
  return std::string(word_meaning(meaning_key, language_));
}

}  // namespace acksu::wire
