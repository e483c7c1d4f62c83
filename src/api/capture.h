// What one host does, written to files while it runs: a capture that Wireshark reads, whose frames
// tell states and reasons, and JSON lines.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "host/observer.h"
#include "trace/flows.h"
#include "trace/recorder.h"

namespace acksu {

class Capture {
 public:
  // The host's name and address as the files show them.
  // `links`: what the host's links carry; Ethernet where it is not told.
  Capture(std::string name, std::string address, std::vector<LinkKind> links = {});

  // Open a file to write to. False when that cannot be: see problem().
  bool write_pcapng(const std::string& path);
  // JSON lines are written by finish(): until then the whole run is kept in memory.
  bool write_json(const std::string& path);
  // The connection with the most text as a picture (SVG), written by finish(): until then what is
  // drawn is kept, but no frames.
  bool write_plot(const std::string& path);

  // To be given to the host when a file is open. Lives as long as the capture.
  HostObserver* observer() { return observer_; }

  // Writes the frames that were seen since the last time. To be called between two verbs of the
  // host, often.
  void flush();
  // Writes the rest. False when the disk did not take all: see problem().
  bool finish();
  // Why a file could not be opened or written; empty while all is well.
  const std::string& problem() const { return problem_; }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct Output {
    std::string path;
    std::unique_ptr<std::FILE, Closer> file;
  };

  bool open(Output& output, const std::string& path);
  void finish_plot();
  void write(Output& output, const void* bytes, std::size_t count);
  void note_problem(const Output& output);

  trace::Recorder recorder_;
  HostObserver* observer_;
  Output pcapng_;
  Output json_;
  Output plot_;
  trace::Flows flows_{1u << 22};    // for the picture: about 100 MB at most
  std::size_t events_written_ = 0;  // of the recorder's, to the capture
  std::string problem_;
};

}  // namespace acksu
