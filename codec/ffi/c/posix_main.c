/* Runs example.c against a platform: `example ws://HOST:PORT/PATH`, with the key in ALWAYSON_KEY. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <time.h>

#include "posix.h"

static void sleep_until(uint64_t at_ms) {
  uint64_t now_ms = clock_ms(), left = at_ms > now_ms ? at_ms - now_ms : 0;
  struct timespec time = {(time_t)(left / 1000), (long)(left % 1000) * 1000000};
  nanosleep(&time, NULL);
}

int main(int count, char **words) {
  if (count != 2) {
    fputs("example ws://HOST:PORT/PATH\n", stderr);
    return 2;
  }
  device_start();
  for (;;) {
    /* Without a connection: as after a lost one. */
    uint64_t again_ms = clock_ms() + 5000 + random_number() % 10000;
    if (websocket_open(words[1])) {
      bool goes_on = device_connected(&again_ms);
      websocket_end();
      if (!goes_on) {
        return 0;
      }
    }
    sleep_until(again_ms);
  }
}
