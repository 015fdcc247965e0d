// A durable subscription: started again, on this node or another, it goes on after the last event
// that it has confirmed.
//   durable NAME TYPE
#include <peal.h>
#include <stdio.h>

struct program {
  peal_subscription_t subscription;
  peal_error_t error;
};

static void on_event(peal_t* peal, const peal_event_t* event, void* user) {
  struct program* program = user;
  // What has to be done with the event. If the program is killed before it has confirmed, the event
  // comes again.
  printf("%lld %s %lld\n", (long long)peal_event_int(event, "globalseq"),
         peal_event_string(event, "type"), (long long)peal_event_int(event, "number"));
  if (fflush(stdout) != 0) {
    program->error = PEAL_ERR_OTHER;
    peal_stop(peal);
    return;
  }
  peal_confirm(peal, program->subscription);
}

// Another took the name, or it was removed, or the daemon will not have it any more.
static void on_end(peal_t* peal, peal_error_t error, const char* message, void* user) {
  struct program* program = user;
  fprintf(stderr, "%s\n", message);
  program->error = error;
  peal_stop(peal);
}

// The library connects again by itself; this is for people.
static void on_connection(peal_t* peal, int state, peal_error_t error, const char* message,
                          void* user) {
  (void)peal, (void)error, (void)user;
  fprintf(stderr, "%s %s\n", state == PEAL_CONNECTED ? "connected" : "not connected:", message);
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s NAME TYPE\n", argv[0]);
    return 64;
  }
  peal_t* peal = NULL;
  char why[256];
  const struct peal_connect_options connect = {
      .size = sizeof connect, .name = "durable.c", .on_connection = on_connection};
  if (peal_connect(&connect, &peal, why, sizeof why) != PEAL_OK) {
    fprintf(stderr, "%s\n", why);
    return 69;
  }

  struct program program = {.error = PEAL_OK};
  const char* const types[] = {argv[2]};
  const struct peal_subscribe_options options = {.size = sizeof options,
                                                 .types = types,
                                                 .type_count = 1,
                                                 .scope = PEAL_SUBSCRIBE_GLOBAL,
                                                 .from = PEAL_FROM_FIRST,
                                                 .durable = argv[1],
                                                 .confirm = PEAL_CONFIRM_BY_PROGRAM,
                                                 .on_end = on_end};
  peal_error_t error = peal_subscribe(peal, &options, on_event, &program, &program.subscription);
  if (error == PEAL_OK) {
    error = peal_dispatch(peal, PEAL_DISPATCH_BLOCKING);
  }
  if (error != PEAL_OK) {
    fprintf(stderr, "%s: %s\n", peal_strerror(error), peal_error_text(peal));
  }
  peal_disconnect(peal);
  return error == PEAL_OK && program.error == PEAL_OK ? 0 : 1;
}
