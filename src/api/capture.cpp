// Recording one host to files, a round at a time.
#include "api/capture.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "trace/json.h"
#include "trace/pcapng.h"
#include "trace/plot.h"

namespace acksu {

Capture::Capture(std::string name, std::string address, std::vector<LinkKind> links)
    : observer_(recorder_.observer(0, std::move(name), std::move(address), std::move(links))) {}

bool Capture::write_pcapng(const std::string& path) {
  if (!open(pcapng_, path)) return false;
  const std::vector<std::uint8_t> head = trace::pcapng_head(recorder_.trace());
  write(pcapng_, head.data(), head.size());
  return problem_.empty();
}

bool Capture::write_json(const std::string& path) { return open(json_, path); }

bool Capture::write_plot(const std::string& path) { return open(plot_, path); }

bool Capture::open(Output& output, const std::string& path) {
  output.path = path;
  output.file.reset(std::fopen(path.c_str(), "wb"));
  if (!output.file) note_problem(output);
  return output.file != nullptr;
}

void Capture::flush() {
  const trace::Trace& trace = recorder_.trace();
  if (pcapng_.file && events_written_ < trace.events.size()) {
    std::vector<std::uint8_t> blocks;
    trace::append_frames(blocks, trace, events_written_);
    write(pcapng_, blocks.data(), blocks.size());
  }
  if (plot_.file) flows_.take(trace, events_written_);
  events_written_ = trace.events.size();
  if (json_.file) return;
  recorder_.clear();
  events_written_ = 0;
}

bool Capture::finish() {
  flush();
  if (json_.file) {
    const std::string lines = trace::json_lines(recorder_.trace());
    write(json_, lines.data(), lines.size());
  }
  if (plot_.file) finish_plot();
  for (Output* output : {&pcapng_, &json_, &plot_}) {
    if (output->file && std::fflush(output->file.get()) != 0) note_problem(*output);
    output->file.reset();
  }
  return problem_.empty();
}

void Capture::finish_plot() {
  const std::vector<const trace::Flow*> ranked = flows_.ranked();
  if (ranked.empty()) {
    if (problem_.empty()) problem_ = plot_.path + ": there was no connection with text to draw";
    return;
  }
  trace::PlotOptions options;
  options.left_out = flows_.left_out();
  const std::string picture = trace::plot(*ranked.front(), options);
  write(plot_, picture.data(), picture.size());
}

void Capture::write(Output& output, const void* bytes, std::size_t count) {
  if (count == 0) return;  // there may be no bytes to point at
  if (std::fwrite(bytes, 1, count, output.file.get()) != count) note_problem(output);
}

void Capture::note_problem(const Output& output) {
  if (problem_.empty()) problem_ = output.path + ": " + std::strerror(errno);
}

}  // namespace acksu
