// acksu get: fetches a URL over a real wire; once to a file or to standard output, or many times to
// load a server.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include "api/fetch.h"
#include "tools/commands.h"
#include "tools/named_target.h"
#include "tools/programs.h"

namespace acksu::tools {
namespace {

struct GetOptions {
  ProgramOptions program;
  std::string url;
  std::string output;
  std::uint32_t repeat = 1;
  std::uint32_t parallel = 1;
  double timeout_s = 60;
  bool has_fast_open = false;
};

http::Url url_of(const GetOptions& options) {
  const std::optional<http::Url> url = http::parse_url(options.url);
  if (!url) throw UsageError{"'" + options.url + "' is no URL such as http://10.9.0.1:8080/page"};
  return *url;
}

http::ClientSettings client_settings(const GetOptions& options) {
  const http::Url parsed = url_of(options);
  const http::Url* const url = &parsed;
  http::ClientSettings settings;
  settings.server.port = url->port;
  settings.connect.fast_open = options.has_fast_open;
  settings.host = url->authority();
  settings.target = url->target;
  settings.idle_limit =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>{options.timeout_s});
  return settings;
}

// Empty when the page came whole and well.
std::string problem_of(const http::Client& client) {
  if (client.error() != Error::none) return sentence(client.error());
  if (client.fault() != http::Fault::none) return http::sentence(client.fault());
  if (!client.has_succeeded()) return "it was stopped before the end";
  const http::Response& response = client.response();
  if (response.status >= 200 && response.status < 300) return {};
  return "the server answered " + std::to_string(response.status) + " " + response.reason;
}

std::string problem_of(const Fetch& fetch, const std::string& name) {
  if (fetch.stage() != Fetch::Stage::done) return "it was stopped before the end";
  if (fetch.verdict() != DnsVerdict::found) {
    return verdict_about(name, fetch.verdict(), trace::Language::english);
  }
  if (fetch.error() == Error::none || fetch.address()) return problem_of(fetch.client());
  const bool was_asked = fetch.was_looked_up();
  return was_asked ? acksu::sentence(fetch.error())
                   : lookup_problem(fetch.error(), trace::Language::english);
}

// Where a page goes: a file, or standard output. Tells once whether all could be written.
class PageFile {
 public:
  explicit PageFile(const std::string& path) : name_(path) {
    const bool is_output = path.empty() || path == "-";
    if (is_output) name_ = "standard output";
    file_ = is_output ? stdout : std::fopen(path.c_str(), "wb");
    if (file_ == nullptr) throw std::runtime_error{path + ": " + std::strerror(errno)};
  }
  PageFile(const PageFile&) = delete;
  PageFile& operator=(const PageFile&) = delete;
  ~PageFile() {
    if (file_ != stdout) std::fclose(file_);
  }

  // False when it cannot be written.
  bool write(Bytes bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()) return true;
    note_failure();
    return false;
  }
  bool has_failed() const { return !failure_.empty(); }
  void finish() {
    if (std::fflush(file_) != 0) note_failure();
    if (failure_.empty()) return;
    if (file_ == stdout) std::clearerr(stdout);  // it is told here
    throw std::runtime_error{failure_};
  }

 private:
  void note_failure() {
    if (failure_.empty()) failure_ = name_ + ": " + std::strerror(errno);
  }

  std::string name_;
  std::FILE* file_ = nullptr;
  std::string failure_;
};

// Fetches the same page many times, some at once.
class Fetches : public Application {
 public:
  Fetches(http::ClientSettings settings, const GetOptions& options)
      : settings_(std::move(settings)), left_(options.repeat), parallel_(options.parallel) {}

  void start(Host& host, Instant now) override { begin_some(host, now); }
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    const auto found = running_.find(event.socket);
    if (found == running_.end()) return;
    found->second.on_event(host, event, now);
    if (!found->second.is_done()) return;
    note(found->second);
    running_.erase(found);
    begin_some(host, now);
  }
  Instant deadline() const override {
    Instant result = never;
    for (const auto& [socket, client] : running_) result = earliest(result, client.deadline());
    return result;
  }
  void on_time(Host& host, Instant now) override {
    for (auto& [socket, client] : running_) {
      if (client.deadline() <= now) client.on_time(host, now);
    }
    std::erase_if(running_, [this](const auto& entry) {
      if (entry.second.is_done()) note(entry.second);
      return entry.second.is_done();
    });
    begin_some(host, now);
  }
  void stop(Host& host, Instant now) override {
    left_ = 0;
    for (auto& [socket, client] : running_) {
      client.stop(host, now);
      note(client);
    }
    running_.clear();
  }
  bool is_done() const override { return left_ == 0 && running_.empty(); }
  std::unique_ptr<Application> clone() const override { return std::make_unique<Fetches>(*this); }

  std::uint32_t fetched() const { return fetched_; }
  std::uint64_t bytes() const { return bytes_; }
  const std::string& problem() const { return problem_; }

 private:
  void begin_some(Host& host, Instant now) {
    while (left_ > 0 && running_.size() < parallel_) {
      --left_;
      http::Client client{settings_, nullptr};
      client.start(host, now);
      if (client.is_done()) {
        note(client);
      } else {
        running_.emplace(client.socket(), std::move(client));
      }
    }
  }
  void note(const http::Client& client) {
    const std::string problem = problem_of(client);
    if (problem.empty()) ++fetched_;
    if (problem_.empty()) problem_ = problem;
    bytes_ += client.body_bytes();
  }

  http::ClientSettings settings_;
  std::uint32_t left_;  // not yet begun
  std::uint32_t parallel_;
  std::map<Handle, http::Client> running_;
  std::uint32_t fetched_ = 0;
  std::uint64_t bytes_ = 0;
  std::string problem_;  // the first
};

// Ends as soon as the page cannot be written.
class PageFetch : public Fetch {
 public:
  PageFetch(FetchSettings settings, std::shared_ptr<PageFile> output)
      : Fetch(std::move(settings), [output](Bytes bytes) { output->write(bytes); }),
        output_(std::move(output)) {}
  void on_event(Host& host, const SocketEvent& event, Instant now) override {
    Fetch::on_event(host, event, now);
    if (output_->has_failed()) stop(host, now);
  }
  std::unique_ptr<Application> clone() const override { return std::make_unique<PageFetch>(*this); }

 private:
  std::shared_ptr<PageFile> output_;
};

int get_once(const GetOptions& options) {
  if (options.has_fast_open) {
    throw UsageError{"--fast-open needs --repeat: a first connection only asks for the cookie"};
  }
  FetchSettings settings{.client = client_settings(options), .name = url_of(options).host};
  const auto output = std::make_shared<PageFile>(options.output);
  const MakeProgram make = [settings, output](const NameServiceSettings& names) {
    FetchSettings with_names = settings;
    with_names.names = names;
    return std::make_unique<PageFetch>(std::move(with_names), output);
  };
  run_program(options.program, make, [&](const Application& application) {
    output->finish();
    const std::string problem = problem_of(static_cast<const Fetch&>(application), settings.name);
    if (!problem.empty()) throw std::runtime_error{options.url + ": " + problem};
  });
  return 0;
}

int get_many(const GetOptions& options) {
  if (!options.output.empty()) throw UsageError{"-o takes one page, not many"};
  http::ClientSettings settings = client_settings(options);
  const std::optional<IpAddress> address = parse_ip(url_of(options).host);
  if (!address || options.program.is_simulated || joining_of(options.program.host)) {
    throw UsageError{"--repeat goes from an --address to an address, not to a name"};
  }
  settings.server.address = *address;
  RealHost host{options.program.host};
  Fetches fetches{settings, options};
  host.run(fetches);
  std::printf("%u of %u fetched, %llu bytes\n", fetches.fetched(), options.repeat,
              static_cast<unsigned long long>(fetches.bytes()));
  if (options.has_fast_open) {
    const tcp::Counters& counters = host.host().counters().tcp;
    std::printf("Fast Open: asked %llu times, %llu SYNs with the request, %llu taken, %llu lost\n",
                static_cast<unsigned long long>(counters.fast_open_asked),
                static_cast<unsigned long long>(counters.fast_open_sent),
                static_cast<unsigned long long>(counters.fast_open_taken),
                static_cast<unsigned long long>(counters.fast_open_lost));
  }
  if (!fetches.problem().empty()) throw std::runtime_error{options.url + ": " + fetches.problem()};
  return fetches.fetched() == options.repeat ? 0 : 1;
}

}  // namespace

void add_get(CLI::App& program) {
  CLI::App* command = program.add_subcommand("get", "Fetch a URL over a real wire");
  auto options = std::make_shared<GetOptions>();
  add_program_options(*command, options->program);
  command->add_option("URL", options->url, "http://ADDRESS[:PORT]/...")->required();
  command->add_option("-o,--output", options->output, "File to write (default: standard output)");
  command
      ->add_option("--timeout", options->timeout_s, "Give up after so many seconds without a byte")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  command->add_option("--repeat", options->repeat, "Fetch it so many times and only count")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  command->add_option("--parallel", options->parallel, "Connections at once, with --repeat")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  command->add_flag("--fast-open", options->has_fast_open,
                    "Send the request with the SYN once a cookie is known (RFC 7413)");
  on_run(*command,
         [options] { return options->repeat == 1 ? get_once(*options) : get_many(*options); });
}

}  // namespace acksu::tools
