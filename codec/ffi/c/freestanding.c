/* A program that has nothing of a C library: README.md says how it is built. */
#include "alwayson.h"

extern uint32_t stack_top[];

void reset(void);

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  void (*reset)(void);
} vectors = {stack_top, reset};

static alwayson_edge_t edge;
static uint8_t outbox[256], buffer[256];

volatile size_t result;

void reset(void) {
  static const uint8_t keep_alive[15] = {1, 0x1F};
  alwayson_slice_t bytes = {keep_alive, sizeof keep_alive};
  alwayson_message_t message;
  size_t len = 0;
  alwayson_edge_init(&edge, NULL, outbox, sizeof outbox);
  alwayson_edge_bind(&edge, ALWAYSON_TEXT("Pump"));
  if (alwayson_decode(bytes, &message, NULL).kind == ALWAYSON_ERROR_OK &&
      alwayson_encode(&message, buffer, sizeof buffer, &len).kind == ALWAYSON_ERROR_OK) {
    result = len;
  }
  for (;;) {
  }
}
