// The commands, one a file. Each Add… describes its command to the parser; when the command line
// names it, `run` becomes what runs it and gives the exit code.
#pragma once

#include <functional>

#include "tools/peal/context.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own.
class App;
}  // namespace CLI

namespace peal::tool {

using Run = std::function<int()>;

// `context` and `run` outlive the parser. `context` is complete when `run` is called.
void AddStatus(CLI::App* app, const Context* context, Run* run);
void AddPublish(CLI::App* app, const Context* context, Run* run);
CLI::App* AddSubscribe(CLI::App* app, const Context* context, Run* run);
void AddLs(CLI::App* app, const Context* context, Run* run);
void AddBarrier(CLI::App* app, const Context* context, Run* run);
void AddCluster(CLI::App* app, const Context* context, Run* run);
void AddSubscription(CLI::App* app, const Context* context, Run* run);
void AddFilter(CLI::App* app, const Context* context, Run* run);
// Below `bench`.
void AddBenchPublish(CLI::App* bench, const Context* context, Run* run);
void AddBenchSubscribe(CLI::App* bench, const Context* context, Run* run);
void AddBenchOrdering(CLI::App* bench, const Context* context, Run* run);
void AddBenchFilter(CLI::App* bench, const Context* context, Run* run);
void AddBenchJournal(CLI::App* bench, const Context* context, Run* run);
void AddBenchCpg(CLI::App* bench, const Context* context, Run* run);

}  // namespace peal::tool
