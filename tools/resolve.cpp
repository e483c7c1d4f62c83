// acksu resolve: asks DNS, as programs do (all addresses of a name) or for one type of record.
#include <cstdio>
#include <memory>

#include "host/host.h"
#include "tools/commands.h"
#include "tools/named_target.h"
#include "tools/programs.h"

namespace acksu::tools {
namespace {

struct ResolveOptions {
  ProgramOptions program;
  std::string name;
  std::string type;  // empty: addresses, by the search list
  std::string language = "en";
};

class Resolve : public Application {
 public:
  Resolve(const ResolveOptions& options, std::optional<wire::DnsQuestion> question,
          const NameServiceSettings& names)
      : name_(options.name), question_(std::move(question)), names_(names) {}

  void start(Host& host, Instant now) override {
    names_.start(host, now);
    const Result<std::uint32_t> asked =
        question_ ? names_.ask(*question_, host, now) : names_.look_up(name_, host, now);
    error_ = asked.error();
    is_done_ = !asked;
    take_news();
  }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    names_.on_event(host, event, now);
    take_news();
  }
  Instant deadline() const override { return is_done_ ? never : names_.deadline(); }
  void on_time(Host& host, Instant now) override {
    names_.on_time(host, now);
    take_news();
  }
  void stop(Host& host, Instant now) override {
    names_.stop(host, now);
    is_done_ = true;
  }
  bool is_done() const override { return is_done_; }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Resolve>(*this); }

  const std::vector<std::string>& lines() const { return lines_; }
  Error error() const { return error_; }
  DnsVerdict verdict() const { return verdict_; }

 private:
  void take_news() {
    while (const std::optional<LookupNews> news = names_.next_news()) {
      for (const IpAddress address : news->addresses) lines_.push_back(to_string(address));
      if (!news->is_last) continue;
      verdict_ = news->verdict;
      is_done_ = true;
    }
    while (const std::optional<DnsAnswer> answer = names_.next_answer()) {
      for (const wire::DnsRecord& record : answer->records) lines_.push_back(to_string(record));
      verdict_ = answer->verdict;
      is_done_ = true;
    }
  }

  std::string name_;
  std::optional<wire::DnsQuestion> question_;
  NameService names_;
  std::vector<std::string> lines_;
  Error error_ = Error::none;
  DnsVerdict verdict_ = DnsVerdict::timed_out;
  bool is_done_ = false;
};

std::optional<wire::DnsQuestion> question_of(const ResolveOptions& options) {
  if (options.type.empty()) return std::nullopt;
  const std::optional<wire::DnsType> type = wire::parse_dns_type(options.type);
  if (!type) throw UsageError{"'" + options.type + "' is no type such as A, AAAA, MX or TYPE65"};
  // "PTR 192.0.2.1" means the name of that address.
  const std::optional<IpAddress> address = parse_ip(options.name);
  if (address && *type == wire::DnsType::ptr) {
    return wire::DnsQuestion{wire::DnsName::of_address(*address), *type};
  }
  const std::optional<wire::DnsName> name = wire::DnsName::parse(options.name);
  if (!name) throw UsageError{"'" + options.name + "' is no domain name"};
  return wire::DnsQuestion{*name, *type};
}

int run(const ResolveOptions& options) {
  const std::optional<wire::DnsQuestion> question = question_of(options);
  const trace::Language language =
      options.language == "ko" ? trace::Language::korean : trace::Language::english;
  const MakeProgram make = [options, question](const NameServiceSettings& names) {
    return std::make_unique<Resolve>(options, question, names);
  };
  run_program(options.program, make, [&](const Application& application) {
    const auto& resolve = static_cast<const Resolve&>(application);
    if (resolve.error() != Error::none) {
      throw std::runtime_error{options.name + ": " + lookup_problem(resolve.error(), language)};
    }
    const bool is_found = resolve.verdict() == DnsVerdict::found;
    for (const std::string& line : resolve.lines()) std::printf("%s\n", line.c_str());
    if (!is_found) {
      throw std::runtime_error{options.name + ": " + sentence(resolve.verdict(), language)};
    }
  });
  return 0;
}

}  // namespace

void add_resolve(CLI::App& program) {
  CLI::App* command =
      program.add_subcommand("resolve", "Ask DNS for a name, on a real wire or simulated");
  auto options = std::make_shared<ResolveOptions>();
  add_program_options(*command, options->program);
  command->add_option("NAME", options->name, "Name, or address for PTR")->required();
  command->add_option("TYPE", options->type,
                      "A, AAAA, MX, TXT, PTR, ... (default: addresses, as programs ask)");
  command->add_option("--lang", options->language, "Language: en or ko")
      ->check(CLI::IsMember({"en", "ko"}))
      ->capture_default_str();
  on_run(*command, [options] { return run(*options); });
}

}  // namespace acksu::tools
