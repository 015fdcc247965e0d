// Running the `peal` program as a user does, against a daemon that answers as a test says.
#pragma once

#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "peal/event.h"
#include "tests/support/child_process.h"
#include "tests/support/fake_daemon.h"

namespace peal::tool {

using test::ChildProcess;
using test::FakeDaemon;
using test::FakeScript;

inline std::vector<std::string> Command(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {PEAL_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

inline std::vector<std::string> SocketOf(const FakeDaemon& daemon) {
  return {"PEAL_SOCKET=" + daemon.socket_path()};
}

inline ChildProcess::End Peal(const FakeDaemon& daemon, const std::vector<std::string>& arguments,
                              const std::string& input = "") {
  return ChildProcess(Command(arguments), input, SocketOf(daemon)).Wait();
}

inline std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

inline Event Numbered(uint64_t globalseq) {
  Event event;
  event.type = "app.started";
  event.subject = "s";
  event.node = "n1";
  event.globalseq = globalseq;
  event.sequence = globalseq;
  event.attributes = {{"k", std::string("$(touch /tmp/never) two")}};
  return event;
}

inline FakeScript WithHistory(uint64_t count) {
  FakeScript script;
  for (uint64_t i = 1; i <= count; ++i) {
    script.history.push_back(Numbered(i));
  }
  return script;
}

inline FakeScript Answering(proto::Code code, const std::string& message, bool submitted = false) {
  FakeScript script;
  script.on_publish = [=](const proto::Publish&) {
    proto::PublishResult result;
    result.set_code(code);
    result.set_message(message);
    result.set_submitted(submitted);
    return result;
  };
  return script;
}

}  // namespace peal::tool
