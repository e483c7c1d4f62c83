// What a script calls numbers, and what they are on the wire. A script counts sequence numbers from
// zero, or from what it gives a SYN, and has time stamps of its own; a conversation is one socket
// of the host with its peer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "packetdrill/packet_bytes.h"
#include "packetdrill/play_options.h"

namespace acksu::packetdrill {

class Conversation {
 public:
  enum class Phase : std::uint8_t {
    listening,   // the next packet from the peer begins a conversation
    spoken_to,   // the peer has spoken
    answered,    // the host has answered its SYN
    connecting,  // the host was told to connect
    asking,      // its SYN is expected
    speaking     // the rest
  };

  Phase phase = Phase::speaking;
  FourTuple tuple;       // local: the host
  int protocol = 0;      // IPPROTO_TCP, IPPROTO_UDP
  bool has_port = true;  // of the host; of one that connects it is learnt

  // Its peer begins, at that number.
  void begin_at(std::uint32_t peer_isn) { remote_isn_ = peer_isn; }
  // The host begins: the script calls its first number so, and the wire so.
  void begin_to_ask(std::uint32_t script_isn) {
    phase = Phase::asking;
    script_local_isn_ = script_isn;
  }
  void learn_isn(std::uint32_t isn) { local_isn_ = isn; }
  // From a script's numbers to the wire's. Nothing: it echoes a time stamp that is not known.
  std::optional<PacketLine> to_wire(PacketLine line, bool scales_stamps) const;
  // And back.
  PacketLine to_script(PacketLine line) const;
  // Takes note of what the peer says, in the script's numbers.
  void take_from_peer(const TcpLine& line);
  // Takes note of what the host has said, once it is known what the script calls it.
  void take_from_host(const TcpLine& expected, const TcpLine& actual_on_wire);
  void learn_stamps(const TcpOptions& expected, const TcpOptions& actual_on_wire);
  // A stamp of the host's as the script counts it: from the first that both know.
  void count_stamps(TcpOptions& options) const;

 private:
  std::uint32_t local_offset(bool is_syn) const {
    return is_syn ? local_isn_ - script_local_isn_ : local_isn_;
  }
  std::uint32_t remote_offset(bool is_syn) const { return is_syn ? 0 : remote_isn_; }

  std::uint32_t script_local_isn_ = 0;
  std::uint32_t local_isn_ = 0;
  std::uint32_t remote_isn_ = 0;                   // is the script's
  std::map<std::uint32_t, std::uint32_t> stamps_;  // the script's to the host's
  std::optional<std::uint32_t> first_script_stamp_;
  std::uint32_t first_stamp_ = 0;
};

// All conversations of a script, and which one its packets belong to.
class Conversations {
 public:
  explicit Conversations(const PlayOptions& options) : options_(options) {}

  void listen();
  void connect(int protocol, const Endpoint& remote, std::uint16_t local_port);
  // A socket of UDP that packets may reach.
  void bind(int protocol, std::uint16_t local_port);
  // Of a packet in the script; a packet of the peer may begin a new one. Null: of none.
  Conversation* of_script(const PacketLine& line);
  // Of a packet that was heard; the first one of a connect tells its port. Null: of none.
  Conversation* of_wire(const HeardPacket& heard);

 private:
  Conversation& begin(const FourTuple& tuple, int protocol);
  Conversation* of_listener(const PacketLine& line);

  const PlayOptions& options_;
  std::deque<Conversation> all_;
  Conversation* current_ = nullptr;
  std::uint16_t next_port_ = 40001;
};

}  // namespace acksu::packetdrill
