// The application layer on a host, as something that both a simulated world and a real event loop
// can run: it is told the time and what happened to its sockets, and answers with calls on the
// host.
#pragma once

#include <memory>

#include "base/digest.h"
#include "base/time.h"
#include "host/socket.h"

namespace acksu {

class Host;

class Application {
 public:
  virtual ~Application() = default;

  // Called once, before any event.
  virtual void start(Host& host, Instant now) = 0;
  // Called for every event of the host; ignores sockets that are not its own. May make any call,
  // also close.
  virtual void on_event(Host& host, const SocketEvent& event, Instant now) = 0;
  // When it wants to be told the time; `never` by default.
  virtual Instant deadline() const { return never; }
  virtual void on_time(Host&, Instant /*now*/) {}
  // Asks for an orderly end (Ctrl-C): close what is open.
  virtual void stop(Host&, Instant /*now*/) {}
  virtual bool is_done() const { return false; }

  virtual std::unique_ptr<Application> clone() const = 0;
  virtual void digest(Digest&) const {}
};

}  // namespace acksu
