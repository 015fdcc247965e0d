// Peal for C: a program's session with the daemon of its node. The same as peal/client.h is for
// C++, with a handle that is polled and dispatched, as those of CPG are.
//
//   peal_t *peal;
//   char why[256];
//   if (peal_connect(NULL, &peal, why, sizeof why) != PEAL_OK) { fprintf(stderr, "%s\n", why); }
//   peal_subscribe(peal, NULL, on_event, NULL, NULL);
//   peal_dispatch(peal, PEAL_DISPATCH_BLOCKING);
//
// docs/clients.md tells what a program can rely on, and shows examples.
//
// Threads: one thread at a time uses a handle and what it gave out, and no thread works behind its
// back. Several handles do not disturb each other.
//
// Callbacks are called from within peal_dispatch() and the calls that wait, on the caller's thread,
// with the pointer `user` that they were given with. A callback may call everything but
// peal_disconnect(), peal_dispatch*() and the calls that wait; those give PEAL_ERR_CONDITION then.
// It must not leave by longjmp() or an exception.
//
// Strings are UTF-8 that ends with 0; what a call is given is copied. What a callback or an
// accessor gives out belongs to the library; how long it lives stands there. A null pointer where
// none is allowed, and a number that names nothing, are PEAL_ERR_INVALID.
//
// Timeouts are in milliseconds, up to a year; 0 in options is 10 s.
//
// Options are structures that grow at their end: begin with one that is zero but for its `size`,
// struct peal_publish_options options = {.size = sizeof options}; zero is the default of all else.
#ifndef PEAL_H_
#define PEAL_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define PEAL_NOEXCEPT noexcept
extern "C" {
#else
#define PEAL_NOEXCEPT
#endif
#pragma GCC visibility push(default)
// NOLINTBEGIN(readability-identifier-naming,modernize-use-using,google-runtime-int): it is C.

// How a call ended. Programs compiled later may know more of these.
typedef enum peal_error {
  PEAL_OK = 0,
  PEAL_ERR_UNREACHABLE = 1,    // No daemon, or the connection to it is gone.
  PEAL_ERR_NO_PRIMARY = 2,     // The daemon is there but its node has no primary component.
  PEAL_ERR_TIMED_OUT = 3,      // The outcome is unknown unless the call says more.
  PEAL_ERR_INVALID = 4,        // The request is wrong: a limit, a name, a value.
  PEAL_ERR_BUSY = 5,           // Try again: a window or a buffer is full.
  PEAL_ERR_NOT_PERMITTED = 6,  //
  PEAL_ERR_NOT_FOUND = 7,      // No such subscription, name or attribute.
  PEAL_ERR_TRIMMED = 8,        // History that far back is not there any more.
  PEAL_ERR_CONDITION = 9,      // A condition is not met, or this is not the time for the call.
  PEAL_ERR_DATA_LOSS = 10,     // The bytes are wrong.
  PEAL_ERR_ABORTED = 11,       // Another was first: it cannot be done, or is done no longer.
  PEAL_ERR_OTHER = 12          // Out of memory too.
} peal_error_t;

// A few words for one of the above, never null. Thread-safe; the text is there for good.
const char* peal_strerror(int error) PEAL_NOEXCEPT;

// ---------------------------------------------------------------------------------------- Events

// An event: what is published, or what came. A received one cannot be changed.
typedef struct peal_event peal_event_t;

enum { PEAL_SCOPE_GLOBAL = 0, PEAL_SCOPE_LOCAL = 1 };

// The types a value can have; a newer library may give one that is not here.
enum {
  PEAL_TYPE_BOOL = 1,
  PEAL_TYPE_INT = 2,
  PEAL_TYPE_DOUBLE = 3,
  PEAL_TYPE_STRING = 4,
  PEAL_TYPE_BYTES = 5,
  PEAL_TYPE_TIMESTAMP = 6
};

typedef struct peal_value {
  int type;  // PEAL_TYPE_*; says which of `as` counts.
  union {
    int boolean;  // 0 or 1.
    int64_t integer;
    double number;
    int64_t timestamp_us;  // Since 1970-01-01T00:00:00Z.
    struct {
      const char* start;  // 0 follows the last byte of a string, which is not counted.
      size_t length;      // Bytes.
    } text;               // Of PEAL_TYPE_STRING and PEAL_TYPE_BYTES.
  } as;
} peal_value_t;

// An empty event of one's own, to be freed by peal_event_free(). Null: out of memory.
peal_event_t* peal_event_new(void) PEAL_NOEXCEPT;
// A copy of one's own, with its stamps; how to keep an event that a callback was given.
peal_event_t* peal_event_copy(const peal_event_t* event) PEAL_NOEXCEPT;
// May be null. PEAL_ERR_INVALID: it belongs to the library.
peal_error_t peal_event_free(peal_event_t* event) PEAL_NOEXCEPT;

// Sets a field of the event by its name, or an attribute of any other name, in place of what it
// had. The fields are `type` (the only one that must be there), `subject`, `id`, `source` and
// `datacontenttype`, strings; `time`, `observedfrom` and `observedto`, timestamps.
// PEAL_ERR_INVALID: a stamp, a field of another type, a name that an attribute cannot have (1 to
// 20 lower-case letters and digits), or an event of the library. Limits are checked by the publish.
peal_error_t peal_event_set_string(peal_event_t* event, const char* name,
                                   const char* value) PEAL_NOEXCEPT;
peal_error_t peal_event_set_bool(peal_event_t* event, const char* name, int value) PEAL_NOEXCEPT;
peal_error_t peal_event_set_int(peal_event_t* event, const char* name, int64_t value) PEAL_NOEXCEPT;
peal_error_t peal_event_set_double(peal_event_t* event, const char* name,
                                   double value) PEAL_NOEXCEPT;
peal_error_t peal_event_set_bytes(peal_event_t* event, const char* name, const void* value,
                                  size_t bytes) PEAL_NOEXCEPT;
peal_error_t peal_event_set_timestamp(peal_event_t* event, const char* name,
                                      int64_t timestamp_us) PEAL_NOEXCEPT;
// The event's data, opaque bytes; null takes it away.
peal_error_t peal_event_set_data(peal_event_t* event, const void* data, size_t bytes) PEAL_NOEXCEPT;
// PEAL_SCOPE_*: to all nodes in the one order (the default), or to this node.
peal_error_t peal_event_set_scope(peal_event_t* event, int scope) PEAL_NOEXCEPT;

// A field, stamp or attribute by its name. The stamps are `globalseq`, `epoch` (absent on local
// events), `sequence`, `incarnation`, `knows`, `originuid` and `originpid`, integers; `node`,
// `originexe` and `scope` ("global" or "local"), strings. What `value` points to lives as long as
// the event and until that is changed. PEAL_ERR_NOT_FOUND: the event has none.
peal_error_t peal_event_get(const peal_event_t* event, const char* name,
                            peal_value_t* value) PEAL_NOEXCEPT;
// The same of a string, and of an integer; "" and 0 where there is none, or it has another type.
const char* peal_event_string(const peal_event_t* event, const char* name) PEAL_NOEXCEPT;
int64_t peal_event_int(const peal_event_t* event, const char* name) PEAL_NOEXCEPT;
// The attributes one after the other, by name: gives the name of the one after `after`, and its
// value; the first after null. Null: that was the last. Both live as with peal_event_get().
//   for (name = peal_event_next(event, NULL, &value); name != NULL;
//        name = peal_event_next(event, name, &value)) { ... }
const char* peal_event_next(const peal_event_t* event, const char* after,
                            peal_value_t* value) PEAL_NOEXCEPT;
// The data and its length; null: the event has none. It lives as with peal_event_get().
const void* peal_event_data(const peal_event_t* event, size_t* bytes) PEAL_NOEXCEPT;

// ------------------------------------------------------------------------------------ Connection

// A session with the daemon.
typedef struct peal_handle peal_t;

enum {
  PEAL_CONNECTED = 0,
  PEAL_AWAY = 1,  // Gone; the library tries to connect again.
  PEAL_ENDED = 2  // Gone for good.
};

// Told of each change after peal_connect() has returned: PEAL_CONNECTED, PEAL_AWAY, PEAL_ENDED,
// and why. `message` lives until the callback returns.
typedef void (*peal_connection_callback_t)(peal_t* peal, int state, peal_error_t why,
                                           const char* message, void* user);

struct peal_connect_options {
  size_t size;
  const char* socket_path;  // Null: PEAL_SOCKET of the environment, else /run/peal/peal.sock.
  const char* name;         // For `peal ls` and logs; at most 128 bytes are used.
  int timeout_ms;
  peal_connection_callback_t on_connection;  // May be null.
  void* user;                                // For on_connection.
};

// Connects and greets. `options` may be null. A handle is ended by peal_disconnect(); after an
// error there is none, and `why`, of `why_bytes` bytes, has a text that says so (may be null).
// PEAL_ERR_UNREACHABLE when nobody answers within the timeout or what answers is no peald;
// PEAL_ERR_NOT_PERMITTED by the socket's mode; PEAL_ERR_INVALID; PEAL_ERR_CONDITION when the daemon
// speaks no version that this library speaks.
peal_error_t peal_connect(const struct peal_connect_options* options, peal_t** peal, char* why,
                          size_t why_bytes) PEAL_NOEXCEPT;
// Ends the session and frees the handle, which may be null; no callback is called any more. From
// within a callback of the handle it is PEAL_ERR_CONDITION, and nothing is done: peal_stop() it,
// and disconnect when peal_dispatch() has returned.
peal_error_t peal_disconnect(peal_t* peal) PEAL_NOEXCEPT;

// Why the last call on this handle failed, for people: one line. "" if none has failed. Lives until
// the next call on the handle.
const char* peal_error_text(const peal_t* peal) PEAL_NOEXCEPT;
// The name of the daemon's node. Lives until the next peal_dispatch().
const char* peal_node(const peal_t* peal) PEAL_NOEXCEPT;

// For a poll of one's own: the descriptor, what to wait for (POLLIN, POLLOUT), and after how many
// milliseconds at the latest (-1: no limit) there is something to do all the same. Then call
// peal_dispatch(peal, PEAL_DISPATCH_ALL). Ask before each wait: all three change. While the daemon
// is away the descriptor is -1, which poll(2) passes over.
peal_error_t peal_fd_get(const peal_t* peal, int* fd) PEAL_NOEXCEPT;
peal_error_t peal_poll_events_get(const peal_t* peal, short* events) PEAL_NOEXCEPT;
peal_error_t peal_poll_timeout_get(const peal_t* peal, int* timeout_ms) PEAL_NOEXCEPT;

enum {
  PEAL_DISPATCH_ONE = 1,             // Waits until there is a callback to call; calls that one.
  PEAL_DISPATCH_ALL = 2,             // Calls those that there are, bounded, and does not wait.
  PEAL_DISPATCH_BLOCKING = 3,        // Waits and calls until peal_stop(), or an error.
  PEAL_DISPATCH_ONE_NONBLOCKING = 4  // Calls at most one, and does not wait.
};
// Does what is there to do, among it to send what was published and to connect again. `how` is one
// of the above. Not ok when the connection has ended for good, with the reason; every callback that
// has to hear of it has been called by then.
peal_error_t peal_dispatch(peal_t* peal, int how) PEAL_NOEXCEPT;
// Waits at most so long until there is something to do, and does it as PEAL_DISPATCH_ALL.
peal_error_t peal_dispatch_wait(peal_t* peal, int timeout_ms) PEAL_NOEXCEPT;
// The peal_dispatch() that runs, or else the next that would wait, returns without waiting any
// longer. For callbacks.
peal_error_t peal_stop(peal_t* peal) PEAL_NOEXCEPT;
// Waits until all that is queued has been handed to the kernel. PEAL_ERR_TIMED_OUT.
peal_error_t peal_flush(peal_t* peal, int timeout_ms) PEAL_NOEXCEPT;

// ------------------------------------------------------------------------------------ Publishing

enum {
  PEAL_ACK_COMMITTED =
      0,                  // Answered when the event is in the order for good; a local one: on disk.
  PEAL_ACK_ACCEPTED = 1,  // Answered when the daemon has numbered it.
  PEAL_ACK_NONE = 2       // Not answered.
};

struct peal_publish_options {
  size_t size;
  int ack;  // PEAL_ACK_*
  int timeout_ms;
  // Not 0: the event is published only if the last global event of its subject has the globalseq
  // `expect_subject_seq` (0: there is none yet). Else PEAL_ERR_CONDITION, and the result's
  // globalseq is that event's.
  int expects;
  uint64_t expect_subject_seq;
};

// How a publish ended. It grows at its end; only the library makes one.
typedef struct peal_publish_result {
  // PEAL_OK; PEAL_ERR_NO_PRIMARY, UNREACHABLE, TIMED_OUT, INVALID, NOT_PERMITTED, BUSY; CONDITION
  // when what the publish expects is not so.
  peal_error_t error;
  const char* message;  // For people; "" when ok.
  int submitted;        // After an error, 1: the outcome is unknown; 0: it will never appear.
  uint64_t globalseq;   // 0: a local event, or not known yet.
  uint64_t sequence;
  uint64_t epoch;
  const char* node;
  const char* id;
  int duplicate;  // 1: the order had an event of this source and id; globalseq is that one's.
} peal_publish_result_t;

// `result` and what it points to live until the callback returns.
typedef void (*peal_publish_callback_t)(peal_t* peal, const peal_publish_result_t* result,
                                        void* user);

// Publishes and waits for the answer; with PEAL_ACK_NONE until it is handed to the kernel. The
// error is that of the result. `options` and `result` may be null; *result lives until the next
// peal_publish() or peal_disconnect(), and is null where there was no answer to wait for.
peal_error_t peal_publish(peal_t* peal, const peal_event_t* event,
                          const struct peal_publish_options* options,
                          const peal_publish_result_t** result) PEAL_NOEXCEPT;
// Checks the event and queues it; what is queued is sent by peal_dispatch(). After PEAL_OK the
// callback, which may be null, is called exactly once, unless the handle is disconnected before;
// with PEAL_ACK_NONE never. PEAL_ERR_INVALID when the event breaks a rule or limit; PEAL_ERR_BUSY
// when the window is full: dispatch and try again. PEAL_ERR_UNREACHABLE with PEAL_ACK_NONE while
// the daemon is away.
peal_error_t peal_publish_async(peal_t* peal, const peal_event_t* event,
                                const struct peal_publish_options* options,
                                peal_publish_callback_t callback, void* user) PEAL_NOEXCEPT;

// ----------------------------------------------------------------------------------- Subscribing

// Names a subscription of a handle; never 0.
typedef uint64_t peal_subscription_t;

// `event` lives until the callback returns; peal_event_copy() keeps it.
typedef void (*peal_event_callback_t)(peal_t* peal, const peal_event_t* event, void* user);
// How something ended. `message` lives until the callback returns.
typedef void (*peal_done_callback_t)(peal_t* peal, peal_error_t error, const char* message,
                                     void* user);

enum { PEAL_SUBSCRIBE_ALL = 0, PEAL_SUBSCRIBE_GLOBAL = 1, PEAL_SUBSCRIBE_LOCAL = 2 };
enum {
  PEAL_FROM_NEW = 0,
  PEAL_FROM_FIRST = 1,
  PEAL_FROM_SEQUENCE = 2,
  // At the first event of the order that happened at that time or later, by its origin's clock.
  PEAL_FROM_TIME = 3
};
enum {
  PEAL_CONFIRM_WHEN_HANDLED = 0,  // When the event's callback has returned.
  PEAL_CONFIRM_BY_PROGRAM = 1     // By peal_confirm().
};
enum {
  PEAL_GAPS_TELL = 0,  // What cannot be delivered any more is told by an event `peal.gap`.
  PEAL_GAPS_END = 1    // It ends the subscription, with PEAL_ERR_TRIMMED.
};

struct peal_subscribe_options {
  size_t size;
  // Globs over the type: '*' any characters, '?' one. Any may match; none: every type.
  const char* const* types;
  size_t type_count;
  // A condition in CESQL 1.0, such as "usedpct > 75 AND node = 'n1'"; null: none.
  const char* where;
  int scope;               // PEAL_SUBSCRIBE_*
  int from;                // PEAL_FROM_*
  uint64_t from_sequence;  // With PEAL_FROM_SEQUENCE: the first globalseq wanted.
  int64_t from_time_us;    // With PEAL_FROM_TIME: since 1970-01-01T00:00:00Z.
  // A durable subscription: the cluster keeps, under this name, how far it is confirmed. The next
  // one of the name, on this node or another, begins there; `from` counts for the first only. One
  // client holds a name, the newest. 1 to 128 bytes of printable ASCII without spaces; null: it is
  // not durable.
  const char* durable;
  // So many events may be with the program and not confirmed; until it confirms, the daemon sends
  // no more. 0: any number; of a durable subscription 1000.
  uint32_t window;
  int confirm;     // PEAL_CONFIRM_*
  int gaps;        // PEAL_GAPS_*
  int timeout_ms;  // Of the subscribing.
  // Called once, with the `user` of the subscription, when it ends without peal_unsubscribe():
  // PEAL_ERR_ABORTED: a newer one holds its durable name; PEAL_ERR_NOT_FOUND: the name was removed;
  // PEAL_ERR_TRIMMED: a gap; PEAL_ERR_UNREACHABLE and others: the connection has ended for good, or
  // the daemon refuses to go on with it. May be null.
  peal_done_callback_t on_end;
};

// Starts a subscription and waits until the daemon has it. `on_event` is called for each event, in
// the order of delivery. `options` may be null: all that is new; `subscription` may be null, and is
// set before the first of them.
// PEAL_ERR_INVALID, PEAL_ERR_TRIMMED (history is not there any more), PEAL_ERR_NOT_PERMITTED,
// PEAL_ERR_TIMED_OUT, PEAL_ERR_UNREACHABLE.
peal_error_t peal_subscribe(peal_t* peal, const struct peal_subscribe_options* options,
                            peal_event_callback_t on_event, void* user,
                            peal_subscription_t* subscription) PEAL_NOEXCEPT;
// The same without waiting: `done`, which may be null, is told.
peal_error_t peal_subscribe_async(peal_t* peal, const struct peal_subscribe_options* options,
                                  peal_event_callback_t on_event, peal_done_callback_t done,
                                  void* user, peal_subscription_t* subscription) PEAL_NOEXCEPT;
// Its callbacks are not called any more. A durable one's place stays. PEAL_ERR_NOT_FOUND.
peal_error_t peal_unsubscribe(peal_t* peal, peal_subscription_t subscription) PEAL_NOEXCEPT;
// With PEAL_CONFIRM_BY_PROGRAM: all that the subscription's callback was given up to now, what it
// holds just now included, is done with. Sent by peal_dispatch(), many as one; peal_flush() waits
// for that. PEAL_ERR_NOT_FOUND; PEAL_ERR_CONDITION: it confirms what its callback has handled.
peal_error_t peal_confirm(peal_t* peal, peal_subscription_t subscription) PEAL_NOEXCEPT;
// Forgets a durable subscription's place; who holds it ends with PEAL_ERR_NOT_FOUND. Waits.
// PEAL_ERR_NOT_FOUND: there is none of this name.
peal_error_t peal_remove_durable(peal_t* peal, const char* name, int timeout_ms) PEAL_NOEXCEPT;

// ---------------------------------------------------------------------------------------- Barrier

// `globalseq`: what the node had applied when the barrier passed.
typedef void (*peal_barrier_callback_t)(peal_t* peal, peal_error_t error, const char* message,
                                        uint64_t globalseq, void* user);

// Waits until this node has applied everything that was committed before the call. `globalseq` may
// be null. PEAL_ERR_NO_PRIMARY, PEAL_ERR_TIMED_OUT, PEAL_ERR_UNREACHABLE.
peal_error_t peal_barrier(peal_t* peal, int timeout_ms, uint64_t* globalseq) PEAL_NOEXCEPT;
// The same without waiting: the callback is told, exactly once after PEAL_OK.
peal_error_t peal_barrier_async(peal_t* peal, int timeout_ms, peal_barrier_callback_t callback,
                                void* user) PEAL_NOEXCEPT;

// NOLINTEND(readability-identifier-naming,modernize-use-using,google-runtime-int)
#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#undef PEAL_NOEXCEPT

#endif  // PEAL_H_
