// acksu serve: a server on a real wire: files by HTTP, echo, discard or a source of text, or names
// and addresses.
#include <cstdio>
#include <memory>

#include "api/file_site.h"
#include "api/http_server.h"
#include "api/services.h"
#include "tools/commands.h"
#include "tools/real_host.h"
#include "tools/serve_network.h"
#include "tools/sharded_host.h"

namespace acksu::tools {
namespace {

constexpr std::uint32_t fast_open_limit = 256;  // of requests whose handshake is not over

struct ServeOptions {
  RealHostOptions host;
  std::string directory;
  bool is_echo = false, is_discard = false, is_source = false;
  std::uint16_t port = 0;  // 0: the service's own
  std::uint32_t backlog = 1024;
  bool has_fast_open = false;
  std::optional<std::uint64_t> source_bytes;
  std::uint32_t shards = 1;
  NetworkServiceOptions network;
};

void check(const ServeOptions& options) {
  const int chosen = static_cast<int>(!options.directory.empty()) + options.is_echo +
                     options.is_discard + options.is_source + options.network.is_chosen();
  if (chosen != 1) {
    throw UsageError{
        "say what to serve: --http DIR, --echo, --discard, --source, --record or --leases"};
  }
  if (options.has_fast_open && options.network.is_chosen()) {
    throw UsageError{"--fast-open belongs to --http, --echo, --discard and --source"};
  }
  if (options.shards > 1 && options.network.is_chosen()) {
    throw UsageError{"--shards belongs to --http, --echo, --discard and --source"};
  }
  if (options.source_bytes && !options.is_source) throw UsageError{"--bytes belongs to --source"};
}

std::uint16_t port_of(const ServeOptions& options) {
  if (options.port != 0) return options.port;
  if (options.is_echo) return 7;
  if (options.is_discard) return 9;
  return options.is_source ? 19 : 80;
}

std::string fast_open_text(const tcp::Counters& counters) {
  return "Fast Open: " + std::to_string(counters.fast_open_given) + " cookies given, " +
         std::to_string(counters.fast_open_accepted) + " let in, " +
         std::to_string(counters.fast_open_bad) + " cookies refused, " +
         std::to_string(counters.fast_open_full) + " beyond the limit";
}

void tell_beginning(const ServeOptions& options, const char* what, const std::string& how = {}) {
  std::printf("serving %s at %s on %s%s; Ctrl-C ends it\n", what,
              endpoints_text(options.host, port_of(options)).c_str(), options.host.wire.c_str(),
              how.c_str());
  std::fflush(stdout);
}

// What one server has done; throws when it could not.
template <class Server>
void tell_end(const Server& server, const Host& host, const ServeOptions& options) {
  if (server.error() != Error::none) throw std::runtime_error{sentence(server.error())};
  std::printf("%llu connections accepted, %llu failed\n",
              static_cast<unsigned long long>(server.counters().accepted),
              static_cast<unsigned long long>(server.counters().failed));
  if (options.has_fast_open) std::printf("%s\n", fast_open_text(host.counters().tcp).c_str());
  if constexpr (requires { server.counters().datagrams_in; }) {
    if (!options.is_echo) return;
    std::printf("%llu datagrams, %llu not answered\n",
                static_cast<unsigned long long>(server.counters().datagrams_in),
                static_cast<unsigned long long>(server.counters().datagrams_refused));
  }
}

constexpr const char* not_all_ended = "ended while connections were still open";

template <class Server>
int run_alone(const Server& like, const ServeOptions& options, const char* what) {
  RealHost host{options.host};
  Server server{like};
  tell_beginning(options, what);
  const bool is_clean = host.run(server);
  tell_end(server, host.host(), options);
  if (!is_clean) throw std::runtime_error{not_all_ended};
  return 0;
}

template <class Server>
int run_on_shards(const Server& like, const ServeOptions& options, const char* what) {
  ShardedHost host{options.host, options.shards};
  tell_beginning(options, what,
                 " by " + std::to_string(options.shards) + " shards" +
                     (host.has_queues() ? ", a queue each" : ", which share one queue"));
  const bool is_clean = host.run([&](acksu::Shard&) { return std::make_unique<Server>(like); });
  for (std::uint32_t shard = 0; shard < options.shards; ++shard) {
    std::printf("shard %u: ", static_cast<unsigned>(shard));
    tell_end(static_cast<Server&>(host.shards().application(shard)), host.shards().host(shard),
             options);
  }
  if (!is_clean) throw std::runtime_error{not_all_ended};
  return 0;
}

// `like`: a server that has not started.
template <class Server>
int run(const Server& like, const ServeOptions& options, const char* what) {
  return options.shards > 1 ? run_on_shards(like, options, what) : run_alone(like, options, what);
}

int serve_files(const ServeOptions& options) {
  const std::optional<http::PageSource> pages = http::file_pages(options.directory);
  if (!pages) throw std::runtime_error{options.directory + " is no directory that can be read"};
  http::ServerSettings settings;
  settings.local.port = port_of(options);
  settings.backlog = options.backlog;
  if (options.has_fast_open) settings.fast_open_limit = fast_open_limit;
  settings.keeps_alive = true;
  return run(http::Server{settings, *pages}, options, options.directory.c_str());
}

int serve_simply(const ServeOptions& options) {
  ServiceSettings settings;
  settings.kind = options.is_echo      ? ServiceKind::echo
                  : options.is_discard ? ServiceKind::discard
                                       : ServiceKind::source;
  settings.local.port = port_of(options);
  settings.backlog = options.backlog;
  if (options.has_fast_open) settings.fast_open_limit = fast_open_limit;
  settings.source_bytes = options.source_bytes;
  const char* what = options.is_echo ? "echo" : options.is_discard ? "discard" : "source";
  return run(Service{settings}, options, what);
}

}  // namespace

void add_serve(CLI::App& program) {
  CLI::App* command = program.add_subcommand("serve", "Serve files, or bytes, on a real wire");
  auto options = std::make_shared<ServeOptions>();
  add_real_host_options(*command, options->host);
  command->add_option("--http", options->directory, "Serve the files of this directory by HTTP");
  command->add_flag("--echo", options->is_echo, "Send back what comes");
  command->add_flag("--discard", options->is_discard, "Read and forget what comes");
  command->add_flag("--source", options->is_source, "Send text without end");
  command->add_option("--bytes", options->source_bytes, "Send so many bytes and close (--source)");
  add_network_service_options(*command, options->network);
  command->add_option("--port", options->port, "TCP port (default: 80, 7, 9, 19)")
      ->check(CLI::Range(1, 65535));
  command->add_option("--backlog", options->backlog, "Connections that may wait to be accepted")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_flag("--fast-open", options->has_fast_open,
                    "Take text of SYNs with a good cookie (RFC 7413)");
  command
      ->add_option("--shards", options->shards,
                   "So many hosts at once behind the address, a core each")
      ->check(CLI::Range(1, 64));
  on_run(*command, [options] {
    check(*options);
    if (options->network.is_chosen()) return serve_network(options->host, options->network);
    return options->directory.empty() ? serve_simply(*options) : serve_files(*options);
  });
}

}  // namespace acksu::tools
