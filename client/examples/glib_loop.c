// A session as a source of a GLib main loop, beside whatever else the loop has.
//   glib_loop TYPE
#include <glib-unix.h>
#include <glib.h>
#include <peal.h>
#include <stdio.h>

struct peal_source {
  GSource source;
  peal_t* peal;
  GPollFD poll;
};

// Before each wait: descriptor, events and deadline change, the descriptor when the daemon was
// away.
static gboolean prepare(GSource* source, gint* timeout_ms) {
  struct peal_source* self = (struct peal_source*)source;
  int fd = -1;
  short events = 0;
  peal_fd_get(self->peal, &fd);
  peal_poll_events_get(self->peal, &events);
  peal_poll_timeout_get(self->peal, timeout_ms);
  if (fd != self->poll.fd) {
    if (self->poll.fd >= 0) {
      g_source_remove_poll(source, &self->poll);
    }
    self->poll.fd = fd;
    if (fd >= 0) {
      g_source_add_poll(source, &self->poll);
    }
  }
  self->poll.events = (gushort)events;
  return *timeout_ms == 0;
}

static gboolean check(GSource* source) {
  struct peal_source* self = (struct peal_source*)source;
  int timeout_ms = 0;
  peal_poll_timeout_get(self->peal, &timeout_ms);
  return timeout_ms == 0 || (self->poll.fd >= 0 && self->poll.revents != 0);
}

static gboolean dispatch(GSource* source, GSourceFunc callback, gpointer user) {
  struct peal_source* self = (struct peal_source*)source;
  if (peal_dispatch(self->peal, PEAL_DISPATCH_ALL) == PEAL_OK) {
    return G_SOURCE_CONTINUE;
  }
  fprintf(stderr, "%s\n", peal_error_text(self->peal));
  callback(user);
  return G_SOURCE_REMOVE;
}

static void on_event(peal_t* peal, const peal_event_t* event, void* user) {
  (void)peal, (void)user;
  printf("%lld %s %lld\n", (long long)peal_event_int(event, "globalseq"),
         peal_event_string(event, "type"), (long long)peal_event_int(event, "number"));
  fflush(stdout);
}

static gboolean quit(gpointer loop) {
  g_main_loop_quit(loop);
  return G_SOURCE_CONTINUE;
}

int main(int argc, char** argv) {
  peal_t* peal = NULL;
  char why[256];
  if (peal_connect(NULL, &peal, why, sizeof why) != PEAL_OK) {
    fprintf(stderr, "%s\n", why);
    return 69;
  }
  const char* const types[] = {argc > 1 ? argv[1] : "*"};
  const struct peal_subscribe_options options = {
      .size = sizeof options, .types = types, .type_count = 1, .scope = PEAL_SUBSCRIBE_GLOBAL};
  if (peal_subscribe(peal, &options, on_event, NULL, NULL) != PEAL_OK) {
    fprintf(stderr, "%s\n", peal_error_text(peal));
    return 1;
  }

  GMainLoop* loop = g_main_loop_new(NULL, FALSE);
  GSourceFuncs funcs = {.prepare = prepare, .check = check, .dispatch = dispatch};
  GSource* source = g_source_new(&funcs, sizeof(struct peal_source));
  ((struct peal_source*)source)->peal = peal;
  ((struct peal_source*)source)->poll.fd = -1;
  g_source_set_callback(source, quit, loop, NULL);
  g_source_attach(source, NULL);
  g_unix_signal_add(SIGTERM, quit, loop);
  g_main_loop_run(loop);

  g_source_destroy(source);
  g_source_unref(source);
  g_main_loop_unref(loop);
  return peal_disconnect(peal) == PEAL_OK ? 0 : 1;
}
