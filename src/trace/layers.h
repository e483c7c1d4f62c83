// One frame opened: a strip that shows how its layers lie inside each other (encapsulation), and
// below it each header's bytes beside its fields.
#pragma once

#include <string>

#include "base/bytes.h"
#include "host/link_kind.h"
#include "trace/text.h"

namespace acksu::trace {

struct LayersOptions {
  Language language = Language::english;
  bool has_colour = false;
  bool shows_all = false;  // also flags that are not set, padding between options, all of the text
  std::size_t columns = 100;
  LinkKind link_kind = LinkKind::ethernet;  // what the frame begins with
};

// Lines with their line ends.
std::string open_frame(Bytes frame, const LayersOptions& options);

}  // namespace acksu::trace
