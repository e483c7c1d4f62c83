// The strip and the nested lists; what the fields are called and mean is known by wire.
#include "trace/layers.h"

#include <algorithm>

#include "wire/print.h"

namespace acksu::trace {
namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t text_rows = 8;    // of a text's fields, unless all are shown
constexpr std::size_t shown_bytes = 6;  // of a field's bytes in its row

Style style_of(const std::string& key) {
  for (const char* link : {"ethernet", "vlan", "ppp", "lcp", "ipcp", "ipv6cp"}) {
    if (key == link) return Style::link;
  }
  if (key == "text") return Style::text;
  if (key == "tcp" || key == "udp" || key == "icmp") return Style::open;
  return Style::close;
}

bool is_boring(const wire::Field& field) {
  const bool is_unset_flag = field.key.starts_with("tcp.flag.") && field.value == "0";
  return is_unset_flag || field.key == "tcp.option.nop" || field.key == "tcp.reserved";
}

std::string hex_beginning(Bytes bytes) {
  constexpr char hexadecimal[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < std::min(bytes.size(), shown_bytes); ++i) {
    if (i > 0) text += ' ';
    text += hexadecimal[bytes[i] >> 4];
    text += hexadecimal[bytes[i] & 15];
  }
  return bytes.size() > shown_bytes ? text + " …" : text;
}

std::string byte_count(std::uint64_t bytes, Language language) {
  if (language == Language::korean) return grouped(bytes) + "바이트";
  return grouped(bytes) + (bytes == 1 ? " byte" : " bytes");
}

std::string shortened(const std::string& text, std::size_t columns) {
  if (width_of(text) <= columns) return text;
  return columns == 0 ? "" : std::string{cut_to_width(text, columns - 1)} + "…";
}

std::vector<wire::Layer> layers_of(Bytes frame, const LayersOptions& options) {
  if (options.link_kind == LinkKind::ppp) return wire::open_ppp(frame, options.language);
  return has_ethernet(options.link_kind) ? wire::open(frame, options.language)
                                         : wire::open_packet(frame, options.language);
}

class Opening {
 public:
  Opening(Bytes frame, const LayersOptions& options)
      : frame_(frame), options_(options), layers_(layers_of(frame, options)) {}

  std::string draw() {
    strip();
    for (std::size_t depth = 0; depth < layers_.size(); ++depth) list(depth);
    return std::move(text_);
  }

 private:
  // ---- The strip: a cell a layer, as wide as its words need, the last one takes the rest.
  std::string name_of(const wire::Layer& layer) const {
    const bool is_http = layer.key == "text" && !layer.fields.empty() &&
                         layer.fields.front().key.starts_with("http.");
    return is_http ? "HTTP" : layer.name;
  }

  std::vector<std::size_t> cell_widths() const {
    std::vector<std::size_t> widths;
    std::size_t sum = indent + 1;
    for (const wire::Layer& layer : layers_) {
      const std::size_t words =
          std::max(width_of(name_of(layer)), width_of(byte_count(layer.length, options_.language)));
      widths.push_back(std::max<std::size_t>(words + 2, 4 + layer.length / 4));
      sum += widths.back() + 1;
    }
    const std::size_t room = options_.columns;
    if (sum > room && !widths.empty()) {
      const std::size_t excess = std::min(sum - room, widths.back() - 4);
      widths.back() -= excess;
    }
    return widths;
  }

  void border(const std::vector<std::size_t>& widths, const char* left, const char* middle,
              const char* right) {
    text_ += std::string(indent, ' ') + left;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      for (std::size_t column = 0; column < widths[i]; ++column) text_ += "─";
      text_ += i + 1 == widths.size() ? right : middle;
    }
    text_ += "\n";
  }

  void cells(const std::vector<std::size_t>& widths, bool is_size) {
    text_ += std::string(indent, ' ') + "│";
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string words =
          is_size ? byte_count(layers_[i].length, options_.language) : name_of(layers_[i]);
      const std::string fitting = shortened(words, widths[i]);
      const std::size_t before = (widths[i] - width_of(fitting)) / 2;
      text_ += std::string(before, ' ');
      text_ += styled(padded(fitting, widths[i] - before), style_of(layers_[i].key),
                      options_.has_colour) +
               "│";
    }
    text_ += "\n";
  }

  void strip() {
    if (layers_.empty()) return;
    const std::vector<std::size_t> widths = cell_widths();
    border(widths, "┌", "┬", "┐");
    cells(widths, false);
    cells(widths, true);
    border(widths, "└", "┴", "┘");
  }

  // ---- The lists: one rail more a layer
  void rails(Row& row, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      row.put(indent + 2 * i, "│", style_of(layers_[i].key));
    }
  }

  void list(std::size_t depth) {
    const wire::Layer& layer = layers_[depth];
    Row head{options_.columns};
    rails(head, depth);
    const std::size_t column = indent + 2 * depth;
    const Style style = style_of(layer.key);
    head.put(column, "┌─ ", style);
    const std::string title = name_of(layer);
    head.put(column + 3, title, Style::bold);
    head.put(column + 4 + width_of(title), byte_count(layer.length, options_.language),
             Style::faint);
    if (!layer.fault.empty()) head.put_right(options_.columns - 1, layer.fault, Style::bad);
    text_ += head.print(options_.has_colour);
    fields(layer, depth);
  }

  void fields(const wire::Layer& layer, std::size_t depth) {
    const bool is_text = layer.key == "text";
    std::size_t shown = 0, hidden_bytes = 0;
    for (const wire::Field& field : layer.fields) {
      if (!options_.shows_all && is_boring(field)) continue;
      if (!options_.shows_all && is_text && shown == text_rows) {
        hidden_bytes += field.length;
        continue;
      }
      ++shown;
      field_row(field, depth);
    }
    if (hidden_bytes == 0) return;
    Row row{options_.columns};
    rails(row, depth + 1);
    row.put(indent + 2 * depth + 2, "… " + byte_count(hidden_bytes, options_.language),
            Style::faint);
    text_ += row.print(options_.has_colour);
  }

  // Bytes, name and value in one row; what does not fit of the meaning follows below it.
  void field_row(const wire::Field& field, std::size_t depth) {
    constexpr std::size_t hex_columns = 3 * shown_bytes + 2, name_columns = 22, value_columns = 17;
    const std::size_t name_column = indent + 2 * layers_.size() + hex_columns;
    const std::size_t value_column = name_column + name_columns;
    const std::string value = shortened(field.value, options_.columns - value_column);
    const std::size_t meaning_column = value_column + std::max(width_of(value), value_columns) + 1;
    std::vector<std::string> meaning;
    if (meaning_column + 16 < options_.columns) {
      meaning = wrapped(field.meaning, options_.columns - meaning_column);
    }
    for (std::size_t i = 0; i < std::max<std::size_t>(meaning.size(), 1); ++i) {
      Row row{options_.columns};
      rails(row, depth + 1);
      if (i == 0) {
        row.put(indent + 2 * depth + 2, field_bytes(field), Style::faint);
        row.put(name_column, shortened(field.name, name_columns - 1));
        row.put(value_column, value, Style::bold);
      }
      if (i < meaning.size()) row.put(meaning_column, meaning[i], Style::faint);
      text_ += row.print(options_.has_colour);
    }
  }

  std::string field_bytes(const wire::Field& field) const {
    if (field.key == "text.more" || field.offset >= frame_.size()) return {};
    return hex_beginning(frame_.subspan(
        field.offset, std::min<std::size_t>(field.length, frame_.size() - field.offset)));
  }

  Bytes frame_;
  const LayersOptions& options_;
  std::vector<wire::Layer> layers_;
  std::string text_;
};

}  // namespace

std::string open_frame(Bytes frame, const LayersOptions& options) {
  return Opening{frame, options}.draw();
}

}  // namespace acksu::trace
