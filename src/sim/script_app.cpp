// What the application of a script does: calls on the host, each with the answer that is expected.
#include <algorithm>
#include <utility>
#include <vector>

#include "sim/script.h"

namespace acksu::sim {
namespace {

std::string told(Error error) { return std::string{"the call answered "} + name(error); }

}  // namespace

void ScriptedApplication::connects(Where where) {
  if (!dialogue_.begins(where)) return;
  dialogue_.write_down("* connects");
  connect({}, where);
  dialogue_.settle();
}

void ScriptedApplication::connects_fast(std::uint32_t bytes, Where where) {
  if (!dialogue_.begins(where)) return;
  dialogue_.write_down("* connects with " + std::to_string(bytes) + " bytes");
  connect({.local = {}, .fast_open = true}, where);
  if (bytes > 0) writes(bytes, where);
  dialogue_.settle();
}

void ScriptedApplication::lets_in_fast(std::uint32_t limit, Where where) {
  if (!dialogue_.begins(where)) return;
  const Result<Endpoint> local = dialogue_.host_.local_endpoint(listener_);
  dialogue_.host_.close(listener_, dialogue_.now_);
  listener_ =
      *dialogue_.host_.listen(*local, {.backlog = 0, .fast_open_limit = limit}, dialogue_.now_);
}

void ScriptedApplication::connect(const ConnectOptions& options, Where where) {
  Dialogue::Talk& talk = dialogue_.talk();
  const Result<Handle> handle = dialogue_.host_.connect(
      {script_peer_address, talk.voice.peer_port()}, options, dialogue_.now_);
  if (!handle) return dialogue_.fail(told(handle.error()), where);
  talk.handle = *handle;
  const Result<Endpoint> local = dialogue_.host_.local_endpoint(*handle);
  if (local) talk.voice.set_host_port((*local).port);
}

void ScriptedApplication::stops_listening(Where where) {
  if (!dialogue_.begins(where)) return;
  dialogue_.write_down("* stops listening");
  dialogue_.host_.close(std::exchange(listener_, Handle{}), dialogue_.now_);
  dialogue_.settle();
}

void ScriptedApplication::accepts(Where where) {
  if (!dialogue_.begins(where)) return;
  dialogue_.write_down("* accepts");
  if (!dialogue_.accept_one()) return dialogue_.fail("there is nothing to accept", where);
  dialogue_.settle();
}

std::optional<Handle> ScriptedApplication::begins(const std::string& what, Where where) {
  if (!dialogue_.begins(where)) return std::nullopt;
  dialogue_.write_down("* " + what);
  if (!dialogue_.talk().handle) dialogue_.fail("the application has no connection", where);
  return dialogue_.talk().handle;
}

void ScriptedApplication::answers(Error error, Error expected, Where where) {
  if (error != expected) return dialogue_.fail(told(error), where);
  dialogue_.settle();
}

void ScriptedApplication::writes(std::uint32_t bytes, Where where) {
  writes_only(bytes, bytes, where);
}

void ScriptedApplication::writes_only(std::uint32_t taken, std::uint32_t bytes, Where where) {
  const std::optional<Handle> handle = begins("writes " + std::to_string(bytes), where);
  if (!handle) return;
  Dialogue::Talk& talk = dialogue_.talk();
  std::vector<std::uint8_t> text(bytes);
  Voice::fill_host_text(talk.written, text);
  const Result<std::uint32_t> count = dialogue_.host_.write(*handle, text, dialogue_.now_);
  if (!count) return dialogue_.fail(told(count.error()), where);
  if (*count != taken) {
    return dialogue_.fail(
        "the host took " + std::to_string(*count) + " bytes, not " + std::to_string(taken), where);
  }
  talk.written += *count;
  dialogue_.settle();
}

void ScriptedApplication::cannot_write(Error error, Where where) {
  const std::optional<Handle> handle = begins("cannot write", where);
  if (!handle) return;
  const std::vector<std::uint8_t> text(1);
  answers(dialogue_.host_.write(*handle, text, dialogue_.now_).error(), error, where);
}

void ScriptedApplication::reads(std::uint32_t bytes, Where where) {
  const std::optional<Handle> handle = begins("reads " + std::to_string(bytes), where);
  if (!handle) return;
  Dialogue::Talk& talk = dialogue_.talk();
  std::vector<std::uint8_t> text(bytes), expected(bytes);
  std::uint32_t read = 0;
  while (read < bytes) {
    const MutableBytes rest = MutableBytes{text}.subspan(read);
    const Result<std::uint32_t> count = dialogue_.host_.read(*handle, rest, dialogue_.now_);
    if (!count || *count == 0) {
      return dialogue_.fail("only " + std::to_string(read) + " bytes were there; " +
                                (count ? "then the end" : told(count.error())),
                            where);
    }
    read += *count;
  }
  Voice::fill_peer_text(talk.read, expected);
  if (text != expected) return dialogue_.fail("what was read is not what the peer said", where);
  talk.read += read;
  dialogue_.settle();
}

Error ScriptedApplication::try_read(Handle handle, std::uint32_t& count) {
  std::vector<std::uint8_t> room(1);
  const Result<std::uint32_t> result = dialogue_.host_.read(handle, room, dialogue_.now_);
  count = result ? *result : 0;
  return result.error();
}

void ScriptedApplication::reads_nothing(Where where) {
  const std::optional<Handle> handle = begins("reads nothing", where);
  std::uint32_t count = 0;
  if (handle) answers(try_read(*handle, count), Error::would_block, where);
}

void ScriptedApplication::reads_end(Where where) {
  const std::optional<Handle> handle = begins("reads the end", where);
  if (!handle) return;
  std::uint32_t count = 0;
  answers(try_read(*handle, count), Error::none, where);
  if (count != 0) dialogue_.fail("there was still text to read", where);
}

void ScriptedApplication::fails(Error error, Where where) {
  const std::optional<Handle> handle = begins(std::string{"fails: "} + name(error), where);
  if (!handle) return;
  if (const Error why = dialogue_.host_.error_of(*handle); why != error) {
    return dialogue_.fail(std::string{"the error of the connection is "} + name(why), where);
  }
  std::uint32_t count = 0;
  answers(try_read(*handle, count), error, where);
}

void ScriptedApplication::shuts_down(Where where) {
  const std::optional<Handle> handle = begins("shuts down", where);
  if (handle) answers(dialogue_.host_.shutdown_write(*handle, dialogue_.now_), Error::none, where);
}

void ScriptedApplication::closes(Where where) {
  const std::optional<Handle> handle = begins("closes", where);
  dialogue_.talk().handle.reset();
  if (handle) answers(dialogue_.host_.close(*handle, dialogue_.now_), Error::none, where);
}

void ScriptedApplication::aborts(Where where) {
  const std::optional<Handle> handle = begins("aborts", where);
  dialogue_.talk().handle.reset();
  if (handle) answers(dialogue_.host_.abort(*handle, dialogue_.now_), Error::none, where);
}

void ScriptedApplication::sets(const ConnectionOptions& options, Where where) {
  const std::optional<Handle> handle = begins("sets options", where);
  if (!handle) return;
  answers(dialogue_.host_.set_options(*handle, options, dialogue_.now_), Error::none, where);
}

void ScriptedApplication::is_told(std::uint8_t bits, Where where) {
  if (dialogue_.is_stopped(where)) return;
  const std::uint8_t told = std::exchange(dialogue_.talk().told, std::uint8_t{0});
  if ((told & bits) == bits) return;
  dialogue_.fail("the application was told " + std::to_string(told) + ", not " +
                     std::to_string(bits) + " (bits of Readiness)",
                 where);
}

}  // namespace acksu::sim
