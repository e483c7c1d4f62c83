// Names and pages: guessed answers of name servers, and heads of HTTP that two
// readers cut differently.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "api/http.h"
#include "base/rng.h"
#include "host/resolver.h"

namespace acksu {
namespace {

// SECURITY G2: somebody floods one question with answers from the right server
// to the right port, with every number: none that is spelled as people spell it
// is taken, and soon it is asked by a stream, where guesses are worth nothing.
TEST(Answers, AFloodOfGuessesIsNotTaken) {
  int taken = 0, streams = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Endpoint server{IpAddress::v4(10, 0, 0, 53), 53};
    Resolver resolver({.servers = {server}}, SipKey{seed, 9});
    const auto name = wire::DnsName::parse("www.example.com");
    ASSERT_TRUE(resolver.ask({*name, wire::DnsType::a}, Instant{1s}));
    const DnsExchange exchange = *resolver.next_exchange();
    wire::DnsMessage forged;
    forged.is_answer = true;
    forged.questions = {{*name, wire::DnsType::a, 1}};
    forged.answers = {{*name, wire::DnsType::a, 1, 60, IpAddress::v4(192, 0, 2, 66)}};
    Rng rng{seed};
    for (int i = 0; i < 250; ++i) {
      forged.id = static_cast<std::uint16_t>(rng.next());
      forged.questions[0].name = name->spelled_by(rng.next());
      const Drop drop =
          resolver.on_datagram(exchange.number, server, to_bytes(forged, 512), Instant{1s});
      taken += drop == Drop::none ? 1 : 0;
    }
    const auto next = resolver.next_exchange();
    streams += next && next->is_stream ? 1 : 0;
  }
  EXPECT_EQ(taken, 0) << "of 10,000: by chance one of 2^16 x 2^13";
  EXPECT_EQ(streams, 40);
}

// SECURITY G5: every octet that is no part of a field's name or of its value,
// at every place of the two fields that say where a message ends.
TEST(Pages, NoOctetHidesAFieldThatFrames) {
  const std::string start = "POST / HTTP/1.1\r\nHost: x\r\n";
  const auto is_read = [&](const std::string& text) {
    std::size_t length = 0;
    http::Request request;
    if (http::find_head(text, {}, length) != http::Fault::none) return false;
    if (http::parse_request(std::string_view(text).substr(0, length), {}, request) !=
        http::Fault::none)
      return false;
    // Read, and as what it is: nobody else may see a frame here that we do not.
    return !request.content_length && !request.is_chunked;
  };
  std::size_t vectors = 0;
  for (const std::string field : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    const std::size_t colon = field.find(':');
    for (unsigned octet = 0; octet < 256; ++octet) {
      const bool is_plain = octet > 0x20 && octet < 0x7f;
      if (is_plain) continue;
      // Before the name, in it, before the colon.
      for (const std::size_t place : {std::size_t{0}, std::size_t{4}, colon}) {
        std::string changed = field;
        changed.insert(place, 1, static_cast<char>(octet));
        EXPECT_FALSE(is_read(start + changed + "\r\n\r\n")) << octet << " at " << place;
        ++vectors;
      }
    }
  }
  EXPECT_GE(vectors, 300u);
}

}  // namespace
}  // namespace acksu
