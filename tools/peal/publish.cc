// peal publish
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "fmt/format.h"
#include "tools/peal/commands.h"
#include "tools/peal/exit_code.h"
#include "tools/peal/output.h"
#include "tools/peal/publish_options.h"
#include "tools/peal/publish_stdin.h"
#include "tools/peal/publish_text.h"
#include "tools/peal/session.h"

namespace peal::tool {
namespace {

constexpr char kPublishFooter[] =
    "Attributes are typed by form: k=3 int, k=3.5 double, k=true bool, k='text' or anything else "
    "string.\n"
    "Names have 1 to 20 lower-case letters and digits. What is no NAME=VALUE ends with 64; a name "
    "or value\n"
    "that is not allowed, and an event over a limit, with 65.\n"
    "--stdin reads one CloudEvents JSON object a line and prints one result a line, in order. A "
    "line that\n"
    "cannot be published has its error as its result; the rest goes on, and the end is 65.\n"
    "Without a primary component the end is 106; 124 says that time was up, and 108 that "
    "the subject's\n"
    "last event is another than --expect-subject-seq says.";

// Waits for the one answer.
Result<PublishResult> PublishAndWait(Client* client, const Event& event,
                                     const PublishOptions& options) {
  std::optional<PublishResult> result;
  Status status =
      client->Publish(event, options, [&](const PublishResult& answer) { result = answer; });
  if (status.ok() && options.ack == Ack::kNone) {
    status = client->Flush(options.timeout);
    result.emplace();
  }
  while (status.ok() && !result) {
    status = client->Dispatch(options.timeout);
  }
  // When the session ends, the callback has told so before.
  if (!result || (options.ack == Ack::kNone && !status.ok())) {
    return status;
  }
  return *std::move(result);
}

int PublishOne(const Context& context, const PublishFlags& flags) {
  const EventOrExit made = MakeEvent(flags);
  if (!made.event) {
    return made.exit_code;
  }
  const auto client = Connect(context, "publish");
  if (!client.ok()) {
    return Fail(client.status());
  }
  const PublishOptions options{.ack = AckOf(flags),
                               .expect_subject_seq = flags.expect_subject_seq,
                               .timeout = context.timeout};
  const auto result = PublishAndWait(client->get(), *made.event, options);
  if (!result.ok()) {
    return Fail(result.status());
  }
  if (!result->status.ok()) {
    return Fail(ExitCodeOf(result->status), FailureText(*result));
  }
  Output output(1);
  if (options.ack != Ack::kNone) {
    output.Line(ReceiptText(*result, context.json));
  }
  return output.Flush().value_or(kExitOk);
}

int RunPublish(const Context& context, const PublishFlags& flags) {
  if (!flags.from_stdin) {
    return PublishOne(context, flags);
  }
  if (const std::optional<int> exit_code = CheckStdinFlags(flags)) {
    return *exit_code;
  }
  const auto client = Connect(context, "publish --stdin");
  if (!client.ok()) {
    return Fail(client.status());
  }
  StdinPublisher publisher(client->get(), {.ack = AckOf(flags),
                                           .default_scope = ScopeOf(flags),
                                           .timeout = context.timeout,
                                           .json = context.json});
  return publisher.Run();
}

}  // namespace

void AddPublish(CLI::App* app, const Context* context, Run* run) {
  CLI::App* const command =
      app->add_subcommand("publish", "publish an event, or one a line with --stdin");
  const auto flags = std::make_shared<PublishFlags>();
  command->add_option("type", flags->type, "dotted name such as app.started")->type_name("TYPE");
  command->add_flag("--stdin", flags->from_stdin, "read events from standard input, one a line");
  command->add_option("--subject", flags->subject, "the instance: /var, eth0")->type_name("S");
  command->add_option("--attr", flags->attributes, "an attribute, k=v; repeatable")
      ->type_name("K=V")
      ->allow_extra_args(false);
  command->add_option("--data", flags->data, "TEXT, @FILE, or - for standard input")
      ->type_name("D");
  command->add_option("--content-type", flags->content_type, "of the data")->type_name("T");
  command->add_option("--id", flags->id, "unique per source; publishing it again is found")
      ->type_name("ID");
  command->add_option("--source", flags->source, "URI reference; default /NODE")->type_name("S");
  command->add_option("--scope", flags->scope, "global or local")
      ->check(CLI::IsMember({"global", "local"}))
      ->type_name("SCOPE");
  command
      ->add_option("--ack", flags->ack,
                   "wait until it is committed (default), accepted, or not at all")
      ->check(CLI::IsMember({"none", "accepted", "committed"}))
      ->type_name("ACK");
  command
      ->add_option("--expect-subject-seq", flags->expect_subject_seq,
                   "publish only if the subject's last event has this globalseq; 0: it has none")
      ->type_name("N");
  command->footer(kPublishFooter);
  command->callback([=] { *run = [=] { return RunPublish(*context, *flags); }; });
}

}  // namespace peal::tool
