// acksu journey: from typing a URL to the last resource given back, through a home network, a
// translator, two routers of a provider and a far network, in virtual time.
#include <cstdio>
#include <memory>
#include <string>

#include "tools/amounts.h"
#include "tools/commands.h"
#include "tools/congestion_option.h"
#include "tools/journey_answers.h"
#include "tools/journey_headings.h"
#include "tools/journey_hops.h"
#include "tools/journey_map.h"
#include "tools/journey_network.h"
#include "tools/journey_report.h"

namespace acksu::tools {
namespace {

constexpr std::uint64_t largest_page = 64ull << 20;

struct JourneyArguments {
  std::string url = "http://www.example.test/";
  std::string loss = "0";
  std::string delay = "2ms";
  std::string rate = "0";
  std::uint64_t seed = 1;
  std::uint64_t size = 5000;
  std::string hop = "1";
  std::string link = "ethernet";
  std::string time_wait = "1min";
  std::string congestion = default_congestion();
  bool opens_all = false;
  bool is_ipv6 = false;
  Output output;
};

http::Url url_of(const JourneyArguments& arguments) {
  const std::optional<http::Url> url = http::parse_url(arguments.url);
  if (!url) throw UsageError{"'" + arguments.url + "' is no URL such as http://www.example.test/"};
  const std::optional<IpAddress> address = parse_ip(url->host);
  const IpAddress web =
      arguments.is_ipv6 ? sim::HomeNetwork::web_address_v6 : sim::HomeNetwork::web_address;
  if (address && *address != web) {
    throw UsageError{"the only web server of this world is " + to_string(web)};
  }
  if (!address && !wire::DnsName::parse(url->host)) {
    throw UsageError{"'" + url->host + "' is no name that DNS could know"};
  }
  return *url;
}

LinkKind link_named(const std::string& text) {
  for (const LinkKind kind : {LinkKind::vlan, LinkKind::ip, LinkKind::ppp}) {
    if (text == name(kind)) return kind;
  }
  return LinkKind::ethernet;
}

JourneyPlan plan_of(const JourneyArguments& arguments) {
  if (arguments.is_ipv6 && !has_ethernet(link_named(arguments.link))) {
    throw UsageError{"--ipv6 needs a home link that carries frames: --link ethernet or vlan"};
  }
  if (arguments.size > largest_page) throw UsageError{"--size is at most 67108864 bytes (64 MiB)"};
  JourneyPlan plan;
  plan.seed = arguments.seed;
  plan.hop.delay = parse_duration(arguments.delay);
  plan.hop.rate = parse_rate(arguments.rate);
  plan.hop.loss = parse_probability(arguments.loss);
  plan.url = url_of(arguments);
  plan.page_bytes = arguments.size;
  plan.home_link = link_named(arguments.link);
  plan.is_ipv6 = arguments.is_ipv6;
  plan.congestion = congestion_of(arguments.congestion);
  plan.time_wait = parse_time_wait(arguments.time_wait);
  return plan;
}

// 0: the two ends.
std::uint32_t hop_of(const JourneyArguments& arguments) {
  if (arguments.hop == "ends") return 0;
  return static_cast<std::uint32_t>(arguments.hop.front() - '0');
}

// What another link than Ethernet changes.
void print_link(const JourneyPlan& plan, const Output& output) {
  if (plan.home_link == LinkKind::vlan) {
    output.print_paragraph(output.say(
        "The home link is VLAN 7: each frame carries a tag of four bytes that says so, and whoever "
        "is of another VLAN does not hear it. IP and TCP do not know.",
        "집 링크는 VLAN 7입니다: 프레임마다 4바이트의 태그가 그 번호를 말하고, 다른 VLAN에서는 "
        "들리지 않습니다. IP와 TCP는 이를 모릅니다."));
  } else if (plan.home_link == LinkKind::ip) {
    output.print_paragraph(output.say(
        "The home link is a line with two ends that carries bare IP packets: no MAC addresses, so "
        "nobody asks ARP, and no broadcasts, so there is no DHCP. The provider has told the "
        "laptop's address, router and name server beforehand. TCP does not know.",
        "집 링크는 IP 패킷만 나르는, 양 끝뿐인 선입니다: MAC 주소가 없어 ARP로 묻지 않고, "
        "브로드캐스트가 없어 DHCP도 없습니다. 노트북의 주소와 라우터, 네임 서버는 사업자가 미리 "
        "정해 주었습니다. TCP는 이를 모릅니다."));
  } else if (plan.home_link == LinkKind::ppp) {
    output.print_paragraph(output.say(
        "The home link is a line that carries octets and knows no frames. PPP makes frames of them "
        "(a flag before and after, a checksum at the end), and both ends agree first: LCP on how "
        "the line is used, IPCP on addresses. So the laptop gets its address and its name server, "
        "and there is no ARP and no DHCP. TCP does not know.",
        "집 링크는 프레임을 모르고 옥텟만 나르는 선입니다. PPP가 그것으로 프레임을 만들고(앞뒤의 "
        "플래그, 끝의 체크섬), 양 끝이 먼저 합의합니다: LCP는 선의 사용법을, IPCP는 주소를 "
        "정합니다. "
        "노트북은 이렇게 주소와 네임 서버를 얻으므로 ARP도 DHCP도 없습니다. TCP는 이를 모릅니다."));
  } else {
    return;
  }
  output.print("\n");
}

void print_introduction(const JourneyNetwork& network, const JourneyArguments& arguments) {
  const Output& output = arguments.output;
  const bool is_korean = output.language() == trace::Language::korean;
  output.print(output.styled(is_korean ? "acksu(악수): " + arguments.url + " 의 여행"
                                       : "acksu: the journey of " + arguments.url,
                             trace::Style::bold) +
               "\n\n");
  output.print_paragraph(output.say(
      "A laptop joins its home network and asks a far web server for a page. Everything below is a "
      "live run of the stack in virtual time, nothing is canned: each host is a whole TCP/IP "
      "stack.",
      "노트북이 집 네트워크에 들어가 먼 웹 서버에 페이지를 요청합니다. 아래의 모든 것은 미리 써 둔 "
      "것이 "
      "아니라 스택이 가상 시간에서 실제로 실행한 결과이며, 호스트마다 온전한 TCP/IP 스택입니다."));
  output.print("\n");
  print_link(network.plan(), output);
  print_map(network, output);
  const std::string rate = network.plan().hop.rate == 0 ? "" : ", " + arguments.rate;
  const std::string size = trace::grouped(arguments.size);
  output.print(
      "\n    " +
      (is_korean ? "홉마다 편도 " + arguments.delay : "each hop " + arguments.delay + " each way") +
      rate + ", MTU 1500, " + output.say("loss ", "손실 ") + arguments.loss + ", " +
      output.say("seed ", "시드 ") + std::to_string(arguments.seed) + ", " +
      (is_korean ? size + "바이트의 페이지" : "a page of " + size + " bytes") + "\n\n");
}

void print_ladder(const trace::Trace& view, std::uint32_t hop, const Output& output) {
  const bool is_korean = output.language() == trace::Language::korean;
  std::string title = output.say("The two ends, over all hops", "양 끝 (모든 홉을 건너)");
  if (hop > 0) {
    title = (is_korean ? "홉 " : "Hop ") + std::to_string(hop) + ": " + view.hosts[0].name + " ─ " +
            view.hosts[1].name;
  }
  output.print("  " + output.styled(title, trace::Style::bold) +
               output.styled(output.say("   (others: --hop 1 to 5, --hop ends)",
                                        "   (다른 홉: --hop 1~5, --hop ends)"),
                             trace::Style::faint) +
               "\n\n");
  trace::LadderOptions options = output.ladder();
  options.headings = headings(view, output);
  output.print(trace::ladder(view, options));
  output.print("\n");
  output.print(output.styled(
      output.say("  ┊ no connection   │ it begins or ends   ┃ data can flow\n"
                 "  [3.10.1] section of RFC 9293   seq, ack: counted from the ISN\n",
                 "  ┊ 연결 없음   │ 연결하는 중이거나 해제하는 중   ┃ 데이터 전송 가능\n"
                 "  [3.10.1] RFC 9293의 절 번호   seq, ack: ISN부터 센 번호\n"),
      trace::Style::faint));
}

int run(const JourneyArguments& arguments) {
  arguments.output.check();
  JourneyNetwork network{plan_of(arguments)};
  network.run();

  const Output& output = arguments.output;
  const std::uint32_t hop = hop_of(arguments);
  const trace::Trace view = network.view(hop, output.language());
  print_introduction(network, arguments);
  print_ladder(view, hop, output);
  print_hops(network, output);
  print_opened_frames(view, output, arguments.opens_all);
  print_summary(network, view, output);
  print_answers(network, output);
  output.write_files({&network.trace()});
  const std::string problem = network.problem();
  if (problem.empty()) return 0;
  std::fprintf(stderr, "acksu journey: %s%s\n",
               output.say("the page did not arrive: ", "페이지가 도착하지 않음: "),
               problem.c_str());
  return 1;
}

}  // namespace

void add_journey(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "journey", "Follow a web page from the URL to the last resource given back");
  auto arguments = std::make_shared<JourneyArguments>();
  command->add_option("URL", arguments->url, "Of the page")->capture_default_str();
  command->add_option("--loss", arguments->loss, "Chance that a hop loses a frame, 0 to 1")
      ->type_name("P")
      ->capture_default_str();
  command->add_option("--delay", arguments->delay, "Of each of the five hops, each way")
      ->type_name("TIME")
      ->capture_default_str();
  command->add_option("--rate", arguments->rate, "Of each hop, such as 10mbit; 0: no limit")
      ->type_name("RATE")
      ->capture_default_str();
  command->add_option("--size", arguments->size, "Of the page")
      ->type_name("BYTES")
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "Of all that is random")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--hop", arguments->hop, "The ladder of which hop: 1 to 5, or ends")
      ->check(CLI::IsMember({"1", "2", "3", "4", "5", "ends"}))
      ->capture_default_str();
  command->add_option("--link", arguments->link, "What the home link is: ethernet, vlan, ip or ppp")
      ->check(CLI::IsMember({"ethernet", "vlan", "ip", "ppp"}))
      ->capture_default_str();
  command->add_option("--time-wait", arguments->time_wait, time_wait_help)
      ->type_name("TIME")
      ->capture_default_str();
  add_congestion_option(*command, arguments->congestion);
  command->add_flag("--ipv6", arguments->is_ipv6, "The same journey over IPv6");
  command->add_flag("--layers", arguments->opens_all, "Open every frame, not only the request");
  arguments->output.add_options(*command);
  on_run(*command, [arguments] { return run(*arguments); });
}

}  // namespace acksu::tools
