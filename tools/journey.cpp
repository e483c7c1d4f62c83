// acksu journey: the way of a web page from a server to a client, from the ARP request to the
// resources given back. Two hosts on one cable; routers, NAT and DNS come later.
#include <cstdio>
#include <memory>
#include <string>

#include "api/http_client.h"
#include "api/http_server.h"
#include "tools/amounts.h"
#include "tools/commands.h"
#include "tools/journey_report.h"

namespace acksu::tools {
namespace {

constexpr sim::HostId client = 0, server = 1;
// What the two programs need to think; also keeps ACKs apart from what follows them.
constexpr Duration thinking = 5ms;
// Neither gives up before TCP does.
constexpr Duration patience = 1h;
constexpr std::uint64_t largest_page = 64ull << 20;

struct Arguments {
  std::string loss = "0";
  std::string delay = "10ms";
  std::string rate = "0";
  std::uint64_t seed = 1;
  std::uint64_t size = 5000;
  bool opens_all = false;
  Output output;
};

// A page of exactly `size` bytes.
std::string page_of(std::uint64_t size) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<title>acksu</title>\n"
      "<p>This page came over a TCP connection that you can see.</p>\n";
  for (std::uint64_t line = 1; page.size() < size; ++line) {
    page += "<p>Line " + std::to_string(line) + " of a page that needs several segments.</p>\n";
  }
  page.resize(size);
  return page;
}

void set_up(Stage& stage, const Arguments& arguments) {
  stage.add_host("client");
  stage.add_host("server");
  sim::DirectionSettings direction;
  direction.delay = parse_duration(arguments.delay);
  direction.rate = parse_rate(arguments.rate);
  direction.loss = parse_probability(arguments.loss);
  stage.connect(client, server, direction);

  http::ServerSettings serves;
  serves.closes_first = false;
  serves.answer_after = thinking;
  serves.close_after = thinking;
  serves.idle_limit = patience;
  http::PageSource pages = http::pages({{"/", page_of(arguments.size)}});
  stage.world().install(server, std::make_unique<http::Server>(serves, std::move(pages)));
  stage.world().step();  // it listens before anybody asks
  http::ClientSettings asks;
  asks.server = {Stage::address(server), 80};
  asks.host = to_string(Stage::address(server));
  asks.ask_after = thinking;
  asks.close_after = thinking;
  asks.idle_limit = patience;
  stage.world().install(client, std::make_unique<http::Client>(asks, nullptr));
}

std::string host_line(const Stage& stage, sim::HostId id, const std::string& what) {
  return "    " + trace::padded(stage.trace().hosts[id].name, 9) +
         trace::padded(to_string(Stage::address(id)), 11) +
         trace::padded(to_string(Stage::mac(id)), 20) + what + "\n";
}

void print_introduction(const Stage& stage, const Arguments& arguments) {
  const Output& output = arguments.output;
  const bool is_korean = output.language() == trace::Language::korean;
  output.print(output.styled(output.say("acksu: the journey of a web page",
                                        "acksu(악수): 웹 페이지 하나의 여행"),
                             trace::Style::bold) +
               "\n\n");
  output.print_paragraph(output.say(
      "A client asks a web server for a page. Below stands every frame that went over the cable, "
      "with each side's state beside it: a live run of the stack in virtual time, nothing is "
      "canned.",
      "클라이언트가 웹 서버에 페이지를 요청합니다. 케이블을 지난 모든 프레임과 양쪽의 상태가 "
      "아래에 "
      "있습니다. 미리 써 둔 것이 아니라 스택이 가상 시간에서 실제로 실행한 결과입니다."));
  output.print("\n");
  const std::string size = trace::grouped(arguments.size);
  output.print(host_line(stage, client,
                         is_korean ? "http://10.0.0.2/ 를 요청" : "asks for http://10.0.0.2/"));
  output.print(host_line(
      stage, server,
      is_korean ? size + "바이트의 페이지를 제공" : "serves a page of " + size + " bytes"));
  const std::string rate = parse_rate(arguments.rate) == 0 ? "" : ", " + arguments.rate;
  output.print("    " + trace::padded(output.say("cable", "케이블"), 9) +
               (is_korean ? "편도 " + arguments.delay : arguments.delay + " each way") + rate +
               ", MTU 1500, " + output.say("loss ", "손실 ") + arguments.loss + ", " +
               output.say("seed ", "시드 ") + std::to_string(arguments.seed) + "\n\n");
}

void print_ladder(const Stage& stage, const Output& output) {
  trace::LadderOptions options = output.ladder();
  options.headings = headings(stage.trace(), output);
  output.print(trace::ladder(stage.trace(), options));
  output.print("\n");
  output.print(output.styled(
      output.say("  ┊ no connection   │ it begins or ends   ┃ data can flow\n"
                 "  [3.10.1] section of RFC 9293   seq, ack: counted from the ISN\n",
                 "  ┊ 연결 없음   │ 연결하는 중이거나 해제하는 중   ┃ 데이터 전송 가능\n"
                 "  [3.10.1] RFC 9293의 절 번호   seq, ack: ISN부터 센 번호\n"),
      trace::Style::faint));
}

// Empty when the page came whole.
std::string problem_of(const http::Client& asked, const Output& output) {
  if (asked.has_succeeded() && asked.response().status == 200) return {};
  const std::string why =
      asked.error() != Error::none ? sentence(asked.error()) : http::sentence(asked.fault());
  return output.say("the page did not arrive: ", "페이지가 도착하지 않음: ") + why;
}

int run(const Arguments& arguments) {
  if (arguments.size > largest_page) throw UsageError{"--size is at most 67108864 bytes (64 MiB)"};
  Stage stage{arguments.seed};
  set_up(stage, arguments);
  stage.world().run_until_quiet(24h);
  stage.world().stop();
  stage.world().run_until_quiet(24h);

  const Output& output = arguments.output;
  print_introduction(stage, arguments);
  print_ladder(stage, output);
  print_opened_frames(stage.trace(), output, arguments.opens_all);
  const JourneyEnd end{stage.host(client).holdings(), stage.host(server).holdings(),
                       2 * parse_duration(arguments.delay)};
  print_summary(stage.trace(), end, output);
  output.write_files({&stage.trace()});
  const auto& asked = *static_cast<const http::Client*>(stage.world().application(client));
  const std::string problem = problem_of(asked, output);
  if (problem.empty()) return 0;
  std::fprintf(stderr, "acksu journey: %s\n", problem.c_str());
  return 1;
}

}  // namespace

void add_journey(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "journey", "Follow a web page from the ARP request to the last resource given back");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--loss", arguments->loss, "Chance that the cable loses a frame, 0 to 1")
      ->type_name("P")
      ->capture_default_str();
  command->add_option("--delay", arguments->delay, "Of the cable, each way")
      ->type_name("TIME")
      ->capture_default_str();
  command->add_option("--rate", arguments->rate, "Of the cable, such as 10mbit; 0: no limit")
      ->type_name("RATE")
      ->capture_default_str();
  command->add_option("--size", arguments->size, "Of the page")
      ->type_name("BYTES")
      ->capture_default_str();
  command->add_option("--seed", arguments->seed, "Of all that is random")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--layers", arguments->opens_all, "Open every frame, not only the request");
  arguments->output.add_options(*command);
  on_run(*command, [arguments] { return run(*arguments); });
}

}  // namespace acksu::tools
