// By port, as people and Wireshark do.
#include "trace/datagram_text.h"

#include "wire/dhcp.h"
#include "wire/dns.h"

namespace acksu::trace {
namespace {

constexpr std::uint16_t dns_port = 53;

bool has_port(const Summary& summary, std::uint16_t port) {
  return summary.tuple.local.port == port || summary.tuple.remote.port == port;
}

std::string dhcp_text(Bytes text) {
  wire::DhcpMessage message;
  if (wire::read(text, message) != Drop::none) return "DHCP";
  std::string words = wire::name(message.type);
  if (!message.yours.is_any()) {
    words += " " + to_string(message.yours);
    if (message.prefix_length) words += "/" + std::to_string(*message.prefix_length);
  } else if (message.requested) {
    words += " " + to_string(*message.requested);
  } else if (!message.client.is_any()) {
    words += " " + to_string(message.client);
  }
  if (!message.routers.empty()) words += " router " + to_string(message.routers.front());
  return words;
}

// Spelled with small letters: who asks mixes them, so that answers are hard to forge.
std::string plain_name(const wire::DnsName& name) {
  std::string text = to_string(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (text.size() > 1 && text.back() == '.') text.pop_back();
  return text;
}

std::string dns_text(Bytes text, Language language) {
  wire::DnsMessage message;
  if (wire::read(text, message) != Drop::none || message.questions.empty()) return "DNS";
  const wire::DnsQuestion& question = message.questions.front();
  const std::string asked = plain_name(question.name) + " " + to_string(question.type);
  if (!message.is_answer) return "DNS " + asked + "?";
  if (message.code != wire::DnsCode::no_error) {
    return "DNS " + asked + ": " + to_string(message.code);
  }
  if (message.answers.empty()) {
    return "DNS " + asked + say(language, ": no such record", ": 그런 기록이 없음");
  }
  return "DNS " + asked + " = " + to_string(message.answers.back().data);
}

}  // namespace

std::string datagram_text(const Summary& summary, Bytes text, Language language) {
  if (has_port(summary, wire::DhcpMessage::server_port) ||
      has_port(summary, wire::DhcpMessage::client_port)) {
    return dhcp_text(text);
  }
  return has_port(summary, dns_port) ? dns_text(text, language) : std::string{};
}

}  // namespace acksu::trace
