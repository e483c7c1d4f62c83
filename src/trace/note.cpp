// The words beside the columns.
#include "trace/note.h"

#include "trace/label.h"

namespace acksu::trace {
namespace {

struct Describe {
  const Event& event;
  Language language;

  const char* pick(const char* english, const char* korean) const {
    return say(language, english, korean);
  }

  std::string operator()(const TimerChanged& change) const {
    const std::string name = timer_name(change.sample.timer, language);
    const std::string wait = short_duration(change.sample.deadline - event.at);
    switch (change.sample.change) {
      case tcp::TimerChange::armed: return name + ": " + wait;
      case tcp::TimerChange::disarmed: return name + pick(" is off", " 해제");
      case tcp::TimerChange::fired: return name + pick(" fires", " 만료");
    }
    return name;
  }

  std::string operator()(const CongestionChanged& change) const {
    return "cwnd " + grouped(change.sample.cwnd_bytes) + "  ssthresh " +
           (change.sample.ssthresh_bytes >= 0x4000'0000u ? "∞"
                                                         : grouped(change.sample.ssthresh_bytes)) +
           "  " + pick("in flight ", "전송 중 ") + grouped(change.sample.in_flight_bytes) + "  " +
           change.sample.phase;
  }

  std::string operator()(const RttMeasured& measured) const {
    return "RTT " + short_duration(measured.sample.sample) + "  SRTT " +
           short_duration(measured.sample.srtt) + "  RTO " + short_duration(measured.sample.rto);
  }

  std::string operator()(const WindowChanged& change) const {
    return std::string{pick("windows: peer's ", "윈도우: 상대 ")} +
           grouped(change.sample.send_window_bytes) + pick(", ours ", ", 우리 ") +
           grouped(change.sample.receive_window_bytes);
  }

  std::string operator()(const FellSilent& silence) const {
    return silence_text(silence.reason, language);
  }

  std::string operator()(const Retransmitted& again) const {
    return std::string{pick("sends again: ", "재전송: ")} + cause_text(again.cause, language);
  }

  std::string operator()(const MemoryChanged& change) const {
    const bool is_gain = change.bytes >= 0;
    const auto bytes = static_cast<std::uint64_t>(is_gain ? change.bytes : -change.bytes);
    return std::string{is_gain ? "+" : "-"} + grouped(bytes) + " B " +
           cause_text(change.what, language);
  }

  std::string operator()(const Translated& translated) const {
    return "NAT: " + to_string(translated.inside) + pick(" is ", ", 밖에서는 ") +
           to_string(translated.outside) + pick(" outside", "");
  }

  std::string operator()(const Remark& remark) const {
    return language == Language::korean ? remark.korean : remark.english;
  }
  std::string operator()(const Moved&) const { return {}; }
  std::string operator()(const FrameSent&) const { return {}; }
  std::string operator()(const FrameArrived&) const { return {}; }
};

const char* korean_silence(tcp::LimitedBy reason) {
  switch (reason) {
    case tcp::LimitedBy::nothing_to_send: return "보낼 것이 없음";
    case tcp::LimitedBy::peer_window: return "상대의 윈도우가 가득 참";
    case tcp::LimitedBy::congestion_window: return "혼잡 윈도우가 가득 참";
    case tcp::LimitedBy::nagle: return "Nagle: 작은 조각은 앞의 ACK을 기다림";
    case tcp::LimitedBy::cork: return "cork: 조각을 모으는 중";
    case tcp::LimitedBy::pacing: return "pacing: 보낼 때를 기다림";
    case tcp::LimitedBy::handshake: return "아직 연결 설정 중";
    case tcp::LimitedBy::link: return "링크가 더 받지 않음";
  }
  return "?";
}

}  // namespace

const char* timer_name(tcp::Timer timer, Language language) {
  switch (timer) {
    case tcp::Timer::retransmission: return say(language, "retransmission timer", "재전송 타이머");
    case tcp::Timer::tail_probe: return say(language, "tail probe timer", "꼬리 탐침 타이머");
    case tcp::Timer::reordering: return say(language, "reordering timer", "순서 바뀜 타이머");
    case tcp::Timer::persist: return say(language, "persist timer", "윈도우 확인 타이머");
    case tcp::Timer::pacing: return say(language, "pacing timer", "전송 속도 조절 타이머");
    case tcp::Timer::delayed_ack: return say(language, "delayed ACK timer", "지연 ACK 타이머");
    case tcp::Timer::keepalive: return say(language, "keep-alive timer", "keep-alive 타이머");
    case tcp::Timer::user_timeout: return say(language, "user time-out", "사용자 제한 시간");
    case tcp::Timer::cork: return say(language, "cork timer", "cork 타이머");
    case tcp::Timer::time_wait: return say(language, "2 MSL timer", "2 MSL 타이머");
  }
  return "?";
}

std::string silence_text(tcp::LimitedBy reason, Language language) {
  return std::string{say(language, "sends nothing: ", "보내지 않음: ")} +
         (language == Language::korean ? korean_silence(reason) : tcp::sentence(reason));
}

bool NoteTaker::wants_timer(const TimerChanged& timer, bool all) const {
  if (all) return true;
  const bool is_fired = timer.sample.change == tcp::TimerChange::fired;
  switch (timer.sample.timer) {
    case tcp::Timer::time_wait: return timer.sample.change == tcp::TimerChange::armed;
    case tcp::Timer::pacing:
    case tcp::Timer::delayed_ack:
    case tcp::Timer::cork: return false;
    default: return is_fired;
  }
}

bool NoteTaker::wants(const Event& event, bool all) {
  if (const auto* timer = std::get_if<TimerChanged>(&event.what)) return wants_timer(*timer, all);
  if (const auto* silence = std::get_if<FellSilent>(&event.what)) {
    const Connection connection{event.host, silence->tuple};
    const auto [known, is_new] = silences_.try_emplace(connection, tcp::LimitedBy::nothing_to_send);
    const bool is_news = known->second != silence->reason;
    known->second = silence->reason;
    const bool is_usual = silence->reason == tcp::LimitedBy::nothing_to_send ||
                          silence->reason == tcp::LimitedBy::handshake ||
                          silence->reason == tcp::LimitedBy::congestion_window;
    return is_news && (all || !is_usual);
  }
  if (std::holds_alternative<Moved>(event.what)) return true;
  if (std::holds_alternative<MemoryChanged>(event.what)) return true;
  if (std::holds_alternative<Translated>(event.what)) return true;
  return all && !std::holds_alternative<Retransmitted>(event.what);
}

std::vector<std::string> NoteTaker::lines(const Event& event, Language language,
                                          std::size_t columns) const {
  if (const auto* moved = std::get_if<Moved>(&event.what)) {
    return move_lines(moved->row, language, columns);
  }
  return {std::visit(Describe{event, language}, event.what)};
}

Style NoteTaker::style(const Event& event) const {
  if (std::holds_alternative<Moved>(event.what)) return Style::bold;
  if (const auto* timer = std::get_if<TimerChanged>(&event.what)) {
    return timer->sample.change == tcp::TimerChange::fired ? Style::warning : Style::note;
  }
  return Style::note;
}

}  // namespace acksu::trace
