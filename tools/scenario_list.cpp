// The scenarios of acksu, in the order of `acksu scenario --list`.
// house: table
#include <array>

#include "tools/show.h"

namespace acksu::tools {
namespace {

constexpr std::array all{
    Scenario{
        "simultaneous-open", "both ends connect to each other at once", "양쪽이 동시에 연결을 요청",
        "The two SYNs cross. Each side goes to SYN-RECEIVED without ever having been in LISTEN, "
        "and "
        "one connection comes out of it, not two.",
        "두 SYN이 엇갈립니다. 양쪽 모두 LISTEN을 거치지 않고 SYN-RECEIVED로 가며, 연결은 두 개가 "
        "아니라 하나가 만들어집니다.",
        play_simultaneous_open},
    Scenario{
        "simultaneous-close", "both ends close at once", "양쪽이 동시에 연결 해제",
        "The two FINs cross. Each side sees a FIN before its own is acknowledged: CLOSING, and "
        "both "
        "end in TIME-WAIT.",
        "두 FIN이 엇갈립니다. 자기 FIN이 확인되기 전에 상대의 FIN을 받아 CLOSING이 되고, 양쪽 모두 "
        "TIME-WAIT으로 끝납니다.",
        play_simultaneous_close},
    Scenario{
        "half-close", "one end has finished, the other one still sends",
        "한쪽은 끝났고 다른 쪽은 계속 전송",
        "A FIN says only: I have nothing more to send. The server, in CLOSE-WAIT, sends 20,000 "
        "bytes "
        "after it; the client reads them in FIN-WAIT-2.",
        "FIN은 '더 보낼 것이 없다'는 뜻일 뿐입니다. 서버는 CLOSE-WAIT에서 20,000바이트를 더 "
        "보내고, "
        "클라이언트는 FIN-WAIT-2에서 받습니다.",
        play_half_close},
    Scenario{"refused-port", "nobody listens on that port", "아무도 듣지 않는 포트",
             "A SYN to a closed port is answered by RST at once: connection refused.",
             "닫힌 포트로 간 SYN에는 곧바로 RST가 돌아옵니다: 연결 거부.", play_refused_port},
    Scenario{
        "lost-syn", "the first two SYNs are lost", "처음 두 SYN이 유실",
        "Nobody answers, so the retransmission timer fires: after 1 s, then after 2 s (the "
        "time-out "
        "doubles). The third SYN gets through.",
        "대답이 없어 재전송 타이머가 만료됩니다: 1초 뒤, 그다음 2초 뒤 (시간이 두 배로 늘어남). 세 "
        "번째 SYN이 도착합니다.",
        play_lost_syn},
    Scenario{
        "lost-syn-ack", "the SYN+ACK is lost", "SYN+ACK이 유실",
        "The server is in SYN-RECEIVED and the client still in SYN-SENT: neither knows what was "
        "lost. "
        "Both send again, and it does not matter who is first.",
        "서버는 SYN-RECEIVED, 클라이언트는 아직 SYN-SENT: 무엇이 유실되었는지 아무도 모릅니다. "
        "양쪽이 "
        "다시 보내며, 누가 먼저이든 상관없습니다.",
        play_lost_syn_ack},
    Scenario{"lost-last-ack", "the last ACK of the four-way close is lost",
             "네 번 악수의 마지막 ACK이 유실",
             "The server waits in LAST-ACK for an ACK that will not come. This is what TIME-WAIT "
             "is for: "
             "the client is still there to acknowledge the FIN again.",
             "서버는 LAST-ACK에서 오지 않을 ACK을 기다립니다. TIME-WAIT은 이럴 때를 위한 것입니다: "
             "클라이언트가 아직 남아 FIN을 다시 확인해 줍니다.",
             play_lost_last_ack},
    Scenario{"repeated-fin-in-time-wait", "a copy of the FIN arrives 20 s late",
             "FIN의 복사본이 20초 늦게 도착",
             "TIME-WAIT acknowledges the copy and waits for 2 MSL anew; a RST does not end it.",
             "TIME-WAIT은 복사본을 확인해 주고 2 MSL을 처음부터 다시 기다립니다. RST로도 끝나지 "
             "않습니다.",
             play_repeated_fin},
    Scenario{
        "old-duplicate-syn", "why three and not two: a SYN that comes too late",
        "왜 두 번이 아니라 세 번인가: 너무 늦게 온 SYN",
        "A SYN is held up in the network for 3 s; its sender has given up. With three segments the "
        "server asks back before it believes, and is told the truth. With two it would not ask.",
        "SYN 하나가 망에서 3초 동안 지체되고, 보낸 쪽은 이미 포기했습니다. 세 번 악수에서는 서버가 "
        "믿기 전에 되물어 사실을 알게 됩니다. 두 번이라면 묻지 않습니다.",
        play_old_duplicate_syn},
    Scenario{
        "rst-attack", "an attacker guesses at a reset, in and out of the window",
        "공격자가 추측한 RST: 윈도우 안과 밖",
        "An attacker who cannot see the connection knows its addresses and ports, not its numbers. "
        "A "
        "RST counts only if its sequence number is exactly the next one expected (RFC 5961).",
        "연결을 볼 수 없는 공격자는 주소와 포트는 알아도 순서 번호는 모릅니다. RST는 순서 번호가 "
        "다음에 "
        "기다리는 번호와 정확히 같을 때만 받아들입니다 (RFC 5961).",
        play_rst_attack},
    Scenario{
        "zero-window", "the receiving application does not read", "받는 프로그램이 읽지 않음",
        "The window closes: the sender has text and may not send it. It probes, so that a lost "
        "window "
        "update cannot stop both for ever, until the receiver reads.",
        "윈도우가 닫힙니다: 보낼 것은 있지만 보낼 수 없습니다. 윈도우 갱신이 유실되어도 영원히 "
        "멈추지 "
        "않도록, 받는 쪽이 읽을 때까지 확인 세그먼트를 보냅니다.",
        play_zero_window},
    Scenario{
        "tail-loss", "the last two segments are lost", "마지막 두 세그먼트가 유실",
        "Nothing follows behind the last segments, so no ACK tells that they are missing. After "
        "two "
        "round trips the sender repeats the last one (a tail loss probe, RFC 8985): its ACK does.",
        "마지막 세그먼트 뒤에는 아무것도 없어, 그것이 빠졌다고 알려 줄 ACK이 없습니다. 왕복 두 번 "
        "뒤에 "
        "보내는 쪽이 마지막 세그먼트를 다시 보내면 (tail loss probe, RFC 8985), 그 ACK이 알려 "
        "줍니다.",
        play_tail_loss},
    Scenario{
        "syn-flood", "many SYNs and no third ACK, without and with SYN cookies",
        "세 번째 ACK이 없는 수많은 SYN: SYN 쿠키가 없을 때와 있을 때",
        "A half-open record costs memory before the client has proved that it exists. Cookies put "
        "what "
        "the server must remember into its own sequence number: the third ACK brings it back.",
        "클라이언트가 실제로 있는지 알기도 전에 반쯤 열린 기록이 메모리를 차지합니다. SYN 쿠키는 "
        "서버가 "
        "기억할 것을 자기 순서 번호에 담고, 세 번째 ACK이 그것을 되돌려 줍니다.",
        play_syn_flood},
    Scenario{"fast-open", "the question goes with the SYN, one round trip earlier",
             "질문을 SYN에 실어 왕복 한 번을 줄임",
             "A cookie proves that the client was at its address before, so the server hands the "
             "text of a SYN to the application at once, and answers before the handshake is over "
             "(RFC 7413).",
             "쿠키는 클라이언트가 전에 그 주소에 있었음을 증명합니다. 그래서 서버는 SYN의 데이터를 "
             "바로 프로그램에 넘기고, 연결 설정이 끝나기 전에 대답합니다 (RFC 7413).",
             play_fast_open},
    Scenario{"marks", "a router marks instead of dropping, and each mark is counted",
             "라우터가 버리는 대신 표시하고, 표시 하나하나를 셈",
             "With accurate ECN (RFC 9768) three flags of TCP are a number, ACE: how many packets "
             "have "
             "arrived with a mark. An option tells bytes. It begins at 5; CoDel's marks raise it.",
             "정밀 ECN(RFC 9768)에서는 TCP 플래그 셋이 하나의 수 ACE가 되어, 표시가 붙어 도착한 "
             "패킷의 "
             "수를 알립니다. 바이트 수는 옵션이 알립니다. 5에서 시작해 CoDel의 표시마다 "
             "늘어납니다.",
             play_marks},
};

}  // namespace

std::span<const Scenario> scenarios() { return all; }

}  // namespace acksu::tools
