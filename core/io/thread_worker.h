// A worker that is a thread.
#pragma once

#include <memory>
#include <string>

#include "core/io/loop.h"
#include "core/io/worker.h"

namespace peal::io {

// Destroying it runs all work that waits, and waits for that; what is then done is never told.
// `loop` outlives it. `name`, at most 15 bytes, is what ps and gdb show.
std::unique_ptr<Worker> MakeThreadWorker(Loop* loop, const std::string& name);

}  // namespace peal::io
