// The names of limits in Korean.
#include "trace/limits.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace acksu::trace {
namespace {

struct Name {
  std::string_view english;
  const char* korean;
};
constexpr std::array limit_names{
    Name{"SYNs answered by cookies, half-open full", "반쯤 열린 기록이 가득 차 쿠키로 답한 SYN"},
    Name{"TIME-WAIT records that gave way", "자리를 내준 TIME-WAIT 기록"},
    Name{"times that text found no memory", "데이터를 둘 메모리가 없음"},
    Name{"times that early text gave way", "먼저 온 데이터가 자리를 내줌"},
    Name{"times that a buffer did not grow", "버퍼가 더 커지지 못함"},
    Name{"peers with closed windows that gave way", "자리를 내준, 윈도우를 닫아 둔 상대"},
    Name{"active opens, connections full", "연결이 가득 차 거절된 능동 열기"},
    Name{"Fast Open requests answered as others", "한도를 넘어 보통 연결로 답한 Fast Open 요청"},
    Name{"Fast Open cookies that gave way", "자리를 내준 Fast Open 쿠키"},
    Name{"neighbour queue full", "이웃을 기다리는 큐가 가득 참"},
    Name{"fragment too many", "조각이 너무 많음"},
    Name{"fragment memory full", "조각을 모을 메모리가 가득 참"},
    Name{"icmp rate limited", "ICMP 횟수 제한"},
    Name{"ndp limit", "NDP 기록 한도"},
    Name{"udp queue full", "UDP 큐가 가득 참"},
    Name{"raw queue full", "원시 소켓 큐가 가득 참"},
    Name{"tcp reassembly full", "재조립 조각이 가득 참"},
    Name{"tcp memory full", "TCP 메모리가 가득 참"},
    Name{"tcp half open full", "반쯤 열린 기록이 가득 참"},
    Name{"tcp backlog full", "백로그가 가득 참"},
    Name{"tcp connections full", "연결이 가득 참"},
    Name{"nat host quota", "NAT 호스트 한도"},
    Name{"nat table full", "NAT 표가 가득 참"},
    Name{"nat ports full", "NAT 포트가 다 쓰임"},
    Name{"filter table full", "필터 표가 가득 참"},
    Name{"link queue full", "링크 큐가 가득 참"},
    Name{"reply queue full", "응답 큐가 가득 참"},
    Name{"neighbours that gave way", "자리를 내준 이웃"},
    Name{"multicast groups, too many", "너무 많은 멀티캐스트 그룹"},
    Name{"path MTUs that gave way", "자리를 내준 경로 MTU"},
    Name{"echoes that gave way", "자리를 내준 에코"},
    Name{"UDP errors that gave way", "자리를 내준 UDP 오류"},
};

}  // namespace

std::string limit_name(const char* name, Language language) {
  if (language == Language::english) return name;
  const auto known = std::ranges::find(limit_names, std::string_view{name},
                                       [](const Name& each) { return each.english; });
  return known == limit_names.end() ? name : known->korean;
}

std::string limits_text(const std::vector<LimitCount>& limits, Language language) {
  std::string text;
  for (const LimitCount& limit : limits) {
    if (limit.count == 0) continue;
    if (!text.empty()) text += ", ";
    text += std::to_string(limit.count) + " " + limit_name(limit.name, language);
  }
  return text;
}

}  // namespace acksu::trace
