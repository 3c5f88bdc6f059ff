/* Replays the captures: each message is decoded, encoded again as it is, and once
 * more after it was taken apart and made by hand; all are the same bytes. */
#include "check.h"

#include "captures.h"

static uint8_t buffer[40000];

static void messages(const struct frame *frame) {
  static const char where[] = "replay";
  alwayson_message_t message;
  size_t used = 0, len = 0;
  CHECK(alwayson_decode(frame->bytes, &message, &used).kind == ALWAYSON_ERROR_OK, where);
  alwayson_slice_t original = {frame->bytes.ptr, used};

  alwayson_error_t error = alwayson_encode(&message, buffer, sizeof buffer, &len);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  alwayson_slice_t encoded = {buffer, len};
  CHECK(same(encoded, original), where);

  error = rebuild(&message, buffer, sizeof buffer, &len);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  encoded.len = len;
  CHECK(same(encoded, original), where);

  /* A buffer that is too short is told how long it has to be. */
  error = alwayson_encode(&message, buffer, used - 1, &len);
  CHECK(error.kind == ALWAYSON_ERROR_BUFFER_TOO_SMALL, where);
  CHECK(error.at == used && len == used, where);
}

void replay(void) {
  size_t count = 0;
  for (size_t at = 0; at < sizeof frames / sizeof frames[0]; at++) {
    if (is_text(alwayson_str(frames[at].opcode), "binary")) {
      messages(&frames[at]);
      count++;
    }
  }
  CHECK(count > 60, "replay");
}
