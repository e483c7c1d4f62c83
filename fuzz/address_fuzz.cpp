// Addresses, prefixes, endpoints and names of hardware as text: what is read is the same again
// after it was printed. SECURITY I7: any text as an address.
#include <string_view>

#include "base/address.h"
#include "fuzz/fuzz.h"

using namespace acksu;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input({data, size});
  const std::string_view text(reinterpret_cast<const char*>(input.bytes().data()), size);
  if (const auto mac = parse_mac(text)) ACKSU_ASSERT(parse_mac(to_string(*mac)) == mac);
  if (const auto address = parse_ip(text)) ACKSU_ASSERT(parse_ip(to_string(*address)) == address);
  if (const auto endpoint = parse_endpoint(text)) {
    ACKSU_ASSERT(parse_endpoint(to_string(*endpoint)) == endpoint);
  }
  if (const auto prefix = parse_prefix(text)) {
    ACKSU_ASSERT(prefix->length <= (prefix->address.is_v4() ? 32 : 128));
    ACKSU_ASSERT(parse_prefix(to_string(*prefix)) == prefix);
    ACKSU_ASSERT(prefix->contains(prefix->address));
  }
  return 0;
}
