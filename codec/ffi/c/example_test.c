/* Plays the world to example.c: a platform that accepts, asks, falls silent until
 * a ping is due, and drops the connection. */
#include "check.h"
#include "example.h"

static const char where[] = "example";

static uint64_t now_ms = 1000;
static size_t step, messages, pings;
static uint8_t last[128];
static size_t last_len;

uint64_t clock_ms(void) { return now_ms; }
uint32_t random_number(void) { return 0; }
const char *application_key(void) { return "12345678-1234-1234-1234-123456789abc"; }
double temperature(void) { return 21.5; }
void websocket_ping(void) { pings++; }
void websocket_close(uint16_t code) { CHECK(code == 0, where); }

void websocket_send(const uint8_t *bytes, size_t len) {
  messages++;
  last_len = len < sizeof last ? len : sizeof last;
  for (size_t at = 0; at < last_len; at++) {
    last[at] = bytes[at];
  }
}

/* Answers the message that was sent last: SUCCESS, in session 77. */
static size_t accept(uint8_t *bytes) {
  for (size_t at = 0; at < 15; at++) {
    bytes[at] = at < 6 ? last[at] : 0;
  }
  bytes[1] = ALWAYSON_STATUS_SUCCESS;
  bytes[13] = 77;
  bytes[15] = 0;
  bytes[16] = ALWAYSON_BASE_TYPE_NOTHING;
  return 17;
}

static size_t ask(uint8_t *bytes, size_t capacity) {
  alwayson_message_t message = {0};
  size_t len = 0;
  message.kind = ALWAYSON_KIND_REQUEST;
  message.ids.request = 1001;
  message.ids.session = 77;
  message.body.request =
      alwayson_read_property(ALWAYSON_TEXT("SteamSensor1"), ALWAYSON_TEXT("Temperature"));
  CHECK(alwayson_encode(&message, bytes, capacity, &len).kind == ALWAYSON_ERROR_OK, where);
  return len;
}

enum happened websocket_wait(bool has_limit, uint64_t until_ms, uint8_t *bytes, size_t capacity,
                             size_t *len) {
  CHECK(has_limit, where);
  switch (step++) {
  case 0: /* AUTH was sent, */
  case 1: /* and BIND. */
    *len = accept(bytes);
    return BINARY;
  case 2:
    *len = ask(bytes, capacity);
    return BINARY;
  case 3:
    now_ms = until_ms;
    return NOTHING;
  case 4:
    return PONG;
  default:
    return CLOSED;
  }
}

void example(void) {
  uint64_t again_ms = 0;
  alwayson_message_t answer;
  alwayson_value_t value;
  device_start();
  CHECK(device_connected(&again_ms), where);
  CHECK(again_ms == now_ms + 5000, where);
  CHECK(messages == 3 && pings == 1, where);
  alwayson_slice_t bytes = {last, last_len};
  CHECK(alwayson_decode_exact(bytes, &answer).kind == ALWAYSON_ERROR_OK, where);
  CHECK(answer.ids.request == 1001, where);
  CHECK(answer.body.response.content.base_type == ALWAYSON_BASE_TYPE_INFOTABLE, where);
  const alwayson_table_t *table = &answer.body.response.content.as.table;
  CHECK(alwayson_table_value(table, ALWAYSON_TEXT("Temperature"), &value), where);
  CHECK(value.as.number == 21.5, where);
}
