// Short answers in two languages. Numbers and addresses come from the run, never from here.
#include "tools/journey_answers.h"

#include "tools/journey_facts.h"

namespace acksu::tools {
namespace {

using trace::grouped;
using trace::Style;
using Network = sim::HomeNetwork;

std::string number(std::uint64_t value) { return std::to_string(value); }
std::string at(Instant instant) { return trace::fixed_milliseconds(instant) + " ms"; }
std::string span(Instant from, Instant to) { return trace::short_duration(to - from); }

class Answers {
 public:
  Answers(const JourneyNetwork& network, const Output& output)
      : facts_(facts_of(network)), plan_(network.plan()), output_(output) {}

  void print() {
    output_.print("\n" +
                  output_.styled(output_.say("  Questions, answered by this run",
                                             "  질문과 이 실행이 주는 답"),
                                 Style::bold) +
                  "\n");
    what_is_tcp_ip();
    features();
    layers();
    if (facts_.response.at != never) way_of_a_request();
    if (facts_.handshake_ack.at != never) three_way();
    if (facts_.last_ack.at != never) four_way();
    if (facts_.handshake_ack.at != never) why_three();
    if (facts_.time_wait_ends != never) why_time_wait();
  }

 private:
  void put(const char* question, const char* korean_question, const std::string& english,
           const std::string& korean) {
    output_.print("\n  " + output_.styled(output_.say(question, korean_question), Style::note) +
                  "\n");
    output_.print_paragraph(output_.language() == trace::Language::korean ? korean : english);
  }

  void what_is_tcp_ip() {
    const std::string before = plan_.is_on_line() ? "PPP, " : "";
    const std::string leases = plan_.gives_leases() ? "DHCP, " : "";
    const std::string protocols =
        plan_.is_ipv6 ? "Ethernet, IPv6, ICMPv6 (NDP), UDP, TCP, DNS and HTTP"
                      : before + "Ethernet, ARP, IPv4, UDP, TCP, " + leases + "DNS and HTTP";
    const std::string in_korean =
        plan_.is_ipv6 ? "이더넷, IPv6, ICMPv6(NDP), UDP, TCP, DNS, HTTP"
                      : before + "이더넷, ARP, IPv4, UDP, TCP, " + leases + "DNS, HTTP";
    const std::string frames = grouped(facts_.frames), hops = number(Network::hops);
    put("What is TCP/IP?", "TCP/IP란?",
        "The family of protocols that the Internet speaks, each with one task. IP brings packets "
        "to an address over any number of networks, without promises; TCP makes a reliable stream "
        "of bytes out of that. Here " +
            protocols + " put " + frames + " frames on " + hops + " hops for one page.",
        "인터넷이 쓰는 프로토콜 모음으로, 하나하나 맡은 일이 다릅니다. IP는 여러 네트워크를 넘어 "
        "주소까지 패킷을 나르되 아무것도 보장하지 않고, TCP는 그 위에 믿을 수 있는 바이트 흐름을 "
        "만듭니다. 여기서는 " +
            in_korean + "가 페이지 하나를 위해 홉 " + hops + "곳에 프레임 " + frames +
            "개를 보냈습니다.");
  }

  void features() {
    const std::string lost = grouped(facts_.frames_lost), again = grouped(facts_.sent_again);
    const std::string segments = grouped(facts_.response_segments);
    const std::string bytes = grouped(facts_.response_bytes), window = grouped(facts_.window_bytes);
    put("What are TCP's features?", "TCP의 특징은?",
        "A connection before any data (three segments); reliable: what is not acknowledged is sent "
        "again (lost on the hops: " +
            lost + ", sent again by the ends: " + again + "); in order: sequence numbers put the " +
            segments + " segments of the response (" + bytes +
            " bytes) back together; flow control: the laptop offered a window of " + window +
            " bytes, and the server may not have more under way; congestion control: it begins "
            "with few "
            "segments and watches for loss; both directions at once.",
        "데이터보다 연결이 먼저 (세그먼트 셋). 신뢰성: 확인되지 않은 것은 다시 보냄 (홉에서 유실 " +
            lost + "개, 양 끝의 재전송 " + again + "개). 순서 보장: 순서 번호로 응답 세그먼트 " +
            segments + "개(" + bytes + "바이트)를 차례대로 맞춤. 흐름 제어: 노트북이 알린 윈도우 " +
            window +
            "바이트보다 많이 띄워 보낼 수 없음. 혼잡 제어: 적게 보내기 시작해 유실을 살핌. 양방향 "
            "동시 "
            "전송.");
  }

  void layers() {
    const std::string text = number(facts_.request_bytes),
                      frame = number(facts_.request_frame_bytes);
    const std::string programs = plan_.gives_leases() ? "HTTP, DNS, DHCP" : "HTTP, DNS";
    const std::string network = plan_.is_ipv6 ? "IP, ICMPv6" : "IP";
    const std::string before = plan_.is_on_line() ? "PPP, " : "";
    const std::string link = plan_.is_ipv6 ? "Ethernet" : before + "Ethernet, ARP";
    const std::string link_korean = plan_.is_ipv6 ? "이더넷" : before + "이더넷, ARP";
    put("Which four layers are there?", "네 계층은?",
        "Application (" + programs +
            ": what programs say), transport (TCP, UDP: from port to port), network (" + network +
            ": from address to address), link (" + link +
            ": to the next hop). Each one puts its header before what it is given: the request "
            "of " +
            text + " bytes leaves the laptop as a frame of " + frame +
            " bytes. The server takes the headers off in reverse; a router opens a packet only up "
            "to IP" +
            (plan_.is_ipv6 ? "." : " (a NAT also up to the ports)."),
        "응용(" + programs + ": 프로그램의 말), 전송(TCP, UDP: 포트에서 포트로), 네트워크(" +
            network + ": 주소에서 주소로), 링크(" + link_korean +
            ": 다음 홉까지). 각 계층은 받은 것 앞에 헤더를 붙입니다: " + text + "바이트의 요청이 " +
            frame +
            "바이트의 프레임이 되어 노트북을 떠납니다. 서버는 거꾸로 헤더를 뗍니다. 라우터는 "
            "IP까지만 " +
            (plan_.is_ipv6 ? "엽니다." : "열고, NAT는 포트까지 봅니다."));
  }

  void way_of_a_request() {
    const std::string begins = at(facts_.syn.at), asks = at(facts_.request.at),
                      answers = at(facts_.response.at);
    const std::string english = " At " + begins + " it begins the connection, at " + asks +
                                " it asks, at " + answers + " the server answers. ";
    const std::string korean = begins + "에 연결을 시작하고, " + asks + "에 요청하고, " + answers +
                               "에 서버가 응답합니다. ";
    const char* const question = "How does a request flow?";
    const char* const in_korean = "요청은 어떻게 흘러가나?";
    if (plan_.is_ipv6) {
      put(question, in_korean, joining_v6() + english + way_v6(),
          joining_v6_korean() + korean + way_v6_korean());
    } else {
      put(question, in_korean, joining_v4() + english + way_v4(),
          joining_v4_korean() + korean + way_v4_korean());
    }
  }

  std::string joining_v4() const {
    if (plan_.is_on_line()) {
      return "The laptop and the home router agree on the line between them (LCP) and on the "
             "laptop's address and name server (IPCP); then the laptop asks DNS for the address "
             "of " +
             plan_.url.host + ".";
    }
    if (plan_.has_fixed_address()) {
      return "The laptop asks DNS for the address of " + plan_.url.host +
             "; its router is at the other end of the line.";
    }
    return "The laptop gets an address by DHCP, asks DNS for the address of " + plan_.url.host +
           ", and finds its router's MAC address by ARP.";
  }
  std::string way_v4() const {
    return "On the way the home router makes " + facts_.outside + " of " + facts_.inside +
           "; each router looks up the next hop in its table; the last one asks ARP for the "
           "server. The answer takes the same way back, and the NAT knows whom it is for.";
  }
  std::string joining_v4_korean() const {
    if (plan_.is_on_line()) {
      return "노트북과 집 공유기는 둘 사이의 선(LCP)과 노트북의 주소, 네임 서버(IPCP)에 합의하고, "
             "노트북은 DNS에 " +
             plan_.url.host + "의 주소를 묻습니다. ";
    }
    if (plan_.has_fixed_address()) {
      return "노트북은 DNS에 " + plan_.url.host + "의 주소를 묻습니다. ";
    }
    return "노트북은 DHCP로 주소를 얻고, DNS에 " + plan_.url.host +
           "의 주소를 묻고, ARP로 공유기의 MAC 주소를 찾습니다. ";
  }
  std::string way_v4_korean() const {
    return "가는 길에 집 공유기가 주소와 포트를 바꾸고 (" + facts_.inside + " → " + facts_.outside +
           "), 라우터마다 자기 표에서 다음 홉을 찾고, 마지막 라우터가 ARP로 서버를 찾습니다. "
           "응답은 같은 길로 돌아오고, NAT는 누구의 것인지 압니다.";
  }
  std::string joining_v6() const {
    return "The laptop makes itself an address of the prefix that its router advertises (SLAAC), "
           "makes sure that nobody else has it, asks DNS for the address of " +
           plan_.url.host + ", and finds MAC addresses by NDP.";
  }
  std::string way_v6() const {
    return "Nobody on the way translates: the server sees " + facts_.outside +
           ". Each router looks up the next hop in its table; the last one asks NDP for the "
           "server. The answer takes the same way back.";
  }
  std::string joining_v6_korean() const {
    return "노트북은 공유기가 알리는 접두사로 스스로 주소를 만들고(SLAAC), 그 주소를 쓰는 곳이 "
           "없는지 확인하고, DNS에 " +
           plan_.url.host + "의 주소를 묻고, NDP로 MAC 주소를 찾습니다. ";
  }
  std::string way_v6_korean() const {
    return "가는 길에 아무도 주소를 바꾸지 않아 서버는 " + facts_.outside +
           " 를 그대로 봅니다. 라우터마다 자기 표에서 다음 홉을 찾고, 마지막 라우터가 NDP로 "
           "서버를 찾습니다. 응답은 같은 길로 돌아옵니다.";
  }

  void three_way() {
    const JourneyFacts& f = facts_;
    const std::string x = number(f.syn.seq), y = number(f.syn_ack.seq);
    const std::string trip = span(f.syn.at, f.handshake_ack.at);
    put("How does the three-way handshake go?", "3-way handshake는?",
        "1. SYN: the laptop says its number " + x + ".  2. SYN+ACK: the server acknowledges " +
            number(f.syn_ack.ack) + " and says its own, " + y +
            ".  3. ACK: the laptop acknowledges " + number(f.handshake_ack.ack) +
            ". A SYN counts as one byte, so each ACK is the number plus 1. It took one round trip "
            "(" +
            trip + "); after that both know both numbers.",
        "1. SYN: 노트북이 자기 번호를 알림 (" + x + ").  2. SYN+ACK: 서버가 확인하고 (ack " +
            number(f.syn_ack.ack) + ") 자기 번호를 알림 (" + y + ").  3. ACK: 노트북이 확인 (ack " +
            number(f.handshake_ack.ack) +
            "). SYN은 1바이트로 세므로 ACK은 번호 + 1입니다. 왕복 한 번(" + trip +
            ")이면 양쪽이 두 번호를 모두 압니다.");
  }

  void four_way() {
    const JourneyFacts& f = facts_;
    put("How does the four-way handshake go?", "4-way handshake는?",
        "1. FIN from the laptop at " + at(f.first_fin.at) + ".  2. ACK from the server at " +
            at(f.fin_ack.at) + ".  3. FIN from the server at " + at(f.second_fin.at) +
            ", when its program closes too.  4. ACK from the laptop at " + at(f.last_ack.at) +
            ". Each side closes its own direction: between 2 and 3 (" +
            span(f.fin_ack.at, f.second_fin.at) + ") the server could still have sent data.",
        "1. " + at(f.first_fin.at) + " 노트북의 FIN.  2. " + at(f.fin_ack.at) +
            " 서버의 ACK.  3. " + at(f.second_fin.at) + " 서버의 FIN (서버 프로그램도 닫음).  4. " +
            at(f.last_ack.at) + " 노트북의 ACK. 방향마다 따로 닫습니다: 2와 3 사이(" +
            span(f.fin_ack.at, f.second_fin.at) + ")에 서버는 데이터를 더 보낼 수 있었습니다.");
  }

  void why_three() {
    put("Why three, and not two?", "왜 두 번이 아니라 세 번?",
        "After two, the server would not know that its number " + number(facts_.syn_ack.seq) +
            " arrived, nor that the SYN was not an old one that wandered about: it would hold a "
            "connection that nobody wants. The third segment (ack " +
            number(facts_.handshake_ack.ack) +
            ") proves that the laptop is there now. See acksu scenario old-duplicate-syn.",
        "두 번이면 서버는 자기 번호(" + number(facts_.syn_ack.seq) +
            ")가 도착했는지도, SYN이 떠돌던 옛것은 아닌지도 모릅니다: 아무도 원하지 않는 연결을 "
            "들고 "
            "있게 됩니다. 세 번째 세그먼트(ack " +
            number(facts_.handshake_ack.ack) +
            ")가 노트북이 지금 있음을 증명합니다. acksu scenario old-duplicate-syn 참고.");
  }

  void why_time_wait() {
    const std::string waited = span(facts_.time_wait_begins, facts_.time_wait_ends);
    put("Why TIME-WAIT?", "왜 TIME-WAIT?",
        "The last ACK is not acknowledged: if it is lost, the server sends its FIN again, and "
        "somebody must answer. And segments still under way must not fall into a new connection "
        "with the same addresses and ports. So the side that closed first waits 2 MSL (here " +
            waited + ") before it forgets " + facts_.inside + ".",
        "마지막 ACK은 확인받지 못합니다: 유실되면 서버가 FIN을 다시 보내고 누군가는 답해야 합니다. "
        "또 떠도는 옛 세그먼트가 같은 주소와 포트의 새 연결에 섞이면 안 됩니다. 그래서 먼저 닫은 "
        "쪽이 "
        "2 MSL(여기서는 " +
            waited + " 동안) 기다린 뒤 연결(" + facts_.inside + ")을 잊습니다.");
  }

  JourneyFacts facts_;
  const JourneyPlan& plan_;
  const Output& output_;
};

}  // namespace

void print_answers(const JourneyNetwork& network, const Output& output) {
  Answers{network, output}.print();
}

}  // namespace acksu::tools
