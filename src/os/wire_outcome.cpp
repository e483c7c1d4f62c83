// Errors of devices that frames go to and come from.
#include "os/wire_outcome.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "os/interface.h"

namespace acksu::os {

WireOutcome outcome_of(const char* what, int error, std::string& failure) {
  switch (error) {
    case EAGAIN:
    case ENOBUFS: return WireOutcome::nothing_now;
    case EINTR:
    case EIO:       // the interface is down: it may come up again
    case ENETDOWN:  // the same, of a packet socket
    case EINVAL:    // the device does not take such a frame
    case EMSGSIZE:  // nor one so long
      return WireOutcome::not_taken;
    case EBADFD:
    case ENXIO:
    case ENODEV:
    case EFAULT:  // what a TAP device says once its interface is gone
      failure = "the interface was deleted";
      return WireOutcome::failed;
    default:
      failure = std::string{what} + " failed: " + std::strerror(error);
      return WireOutcome::failed;
  }
}

void look_for_error(int socket, unsigned interface, std::string& failure) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
  if (error == ENETDOWN && is_deleted(interface)) error = ENODEV;
  if (error != 0) outcome_of("reading", error, failure);
}

}  // namespace acksu::os
