// Publishes to all nodes, and waits until each event is in the order for good.
//   publish TYPE [COUNT]
#include <peal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static peal_error_t publish_one(peal_t* peal, const char* type, int number) {
  static const char text[] = "{\"by\": \"publish.c\"}";
  peal_event_t* event = peal_event_new();
  if (event == NULL) {
    return PEAL_ERR_OTHER;
  }
  peal_event_set_string(event, "type", type);
  peal_event_set_string(event, "subject", "example");
  peal_event_set_int(event, "number", number);
  peal_event_set_string(event, "datacontenttype", "application/json");
  peal_event_set_data(event, text, strlen(text));

  const peal_publish_result_t* result = NULL;
  const peal_error_t error = peal_publish(peal, event, NULL, &result);
  if (error == PEAL_OK) {
    printf("%llu %s %d\n", (unsigned long long)result->globalseq, type, number);
  } else {
    fprintf(stderr, "%s: %s\n", peal_strerror(error), peal_error_text(peal));
  }
  peal_event_free(event);
  return error;
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s TYPE [COUNT]\n", argv[0]);
    return 64;
  }
  const int count = argc > 2 ? atoi(argv[2]) : 1;

  peal_t* peal = NULL;
  char why[256];
  const struct peal_connect_options options = {.size = sizeof options, .name = "publish.c"};
  if (peal_connect(&options, &peal, why, sizeof why) != PEAL_OK) {
    fprintf(stderr, "%s\n", why);
    return 69;
  }

  peal_error_t error = PEAL_OK;
  for (int i = 1; i <= count && error == PEAL_OK; ++i) {
    error = publish_one(peal, argv[1], i);
  }
  peal_disconnect(peal);
  return error == PEAL_OK ? 0 : 1;
}
