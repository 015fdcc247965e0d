// peal.h is a header of C99: this file is compiled as that, without extensions.
#include "peal.h"

int HeaderInC99(void);
int HeaderInC99(void) {
  const struct peal_connect_options connect = {.size = sizeof connect, .name = "c"};
  const struct peal_subscribe_options subscribe = {.size = sizeof subscribe, .window = 1};
  const struct peal_publish_options publish = {.size = sizeof publish, .ack = PEAL_ACK_NONE};
  return connect.timeout_ms + subscribe.from + publish.expects + PEAL_FROM_NEW;
}
