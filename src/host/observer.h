// What a host tells those who look: TCP's events, and every frame with its verdict.
#pragma once

#include "base/drop.h"
#include "base/rarely.h"
#include "host/frame.h"
#include "tcp/observer.h"

namespace acksu {

class HostObserver : public tcp::Observer {
 public:
  // A frame came in by that link; called before anything is judged. Moves it causes follow, then
  // the verdict.
  virtual void on_frame_in(Instant, LinkId, const Frame&) {}
  // `Drop::none`: accepted.
  virtual void on_verdict(Instant, LinkId, Drop) {}
  // A frame leaves by that link.
  virtual void on_frame_out(Instant, LinkId, const Frame&) {}
};

// A pointer to an observer that a copied host does not take along.
class ObserverPointer {
 public:
  ObserverPointer() = default;
  ObserverPointer(const ObserverPointer&) {}
  ObserverPointer& operator=(const ObserverPointer&) { return *this; }
  void set(HostObserver* observer) { observer_ = observer; }
  HostObserver* get() const { return observer_; }
  explicit operator bool() const { return rarely(observer_ != nullptr); }

 private:
  HostObserver* observer_ = nullptr;
};

}  // namespace acksu
