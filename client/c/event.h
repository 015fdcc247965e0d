// What stands behind a peal_event_t.
#pragma once

#include "peal.h"
#include "peal/event.h"

struct peal_event {
  peal::Event event;
  // Whether the program made it, and may change and free it.
  bool own = false;
};
