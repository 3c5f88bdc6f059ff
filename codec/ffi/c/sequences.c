/* Joins the chunks of each sequence: the last completes a message, which is split
 * into chunks again that make the same; or one of them fails, or the message. */
#include "check.h"

#include "sequences.h"

static alwayson_joiner_t joiner;
static uint8_t memory[4 * 68 * 1024];

/* Splits a message, and joins that again. */
static void again(alwayson_slice_t message, const char *where) {
  static uint8_t copy[40000], own_memory[64 * 1024];
  static alwayson_joiner_t own;
  uint8_t chunk[512];
  alwayson_split_t split;
  alwayson_slice_t whole = {NULL, 0}, bytes = {chunk, 0}, original = {copy, message.len};
  /* Shorter than the message, or it would come out whole. */
  uint16_t size = message.len > sizeof chunk ? sizeof chunk : (uint16_t)(message.len - 1);
  CHECK(message.len <= sizeof copy, where);
  for (size_t at = 0; at < message.len && at < sizeof copy; at++) {
    copy[at] = message.ptr[at];
  }
  CHECK(alwayson_joiner_init(&own, own_memory, sizeof own_memory, 1, sizeof copy, 1000).kind ==
            ALWAYSON_ERROR_OK,
        where);
  CHECK(alwayson_split(original, size, &split).kind == ALWAYSON_ERROR_OK, where);
  while (alwayson_next_chunk(&split, chunk, sizeof chunk, &bytes.len).kind == ALWAYSON_ERROR_OK &&
         bytes.len > 0) {
    CHECK(whole.ptr == NULL, where);
    CHECK(alwayson_join(&own, bytes, 0, &whole).kind == ALWAYSON_ERROR_OK, where);
  }
  CHECK(same(whole, original), where);
}

void sequences(void) {
  alwayson_message_t message;
  alwayson_slice_t whole;
  alwayson_error failed = ALWAYSON_ERROR_OK;
  size_t count = 0;
  bool is_first = true;
  for (size_t at = 0; at < sizeof chunks / sizeof chunks[0]; at++) {
    const char *where = chunks[at].id;
    if (is_first) {
      failed = ALWAYSON_ERROR_OK;
      CHECK(alwayson_joiner_init(&joiner, memory, sizeof memory, 4, 40000, 1000).kind ==
                ALWAYSON_ERROR_OK,
            where);
    }
    is_first = chunks[at].is_last;
    alwayson_error_t error = alwayson_join(&joiner, chunks[at].bytes, 0, &whole);
    if (error.kind != ALWAYSON_ERROR_OK && failed == ALWAYSON_ERROR_OK) {
      failed = error.kind;
    }
    if (!chunks[at].is_last) {
      continue;
    }
    count++;
    if (failed == ALWAYSON_ERROR_OK) {
      CHECK(whole.ptr != NULL, where);
      failed = alwayson_decode_exact(whole, &message).kind;
    }
    CHECK(failed == chunks[at].error, where);
    if (failed == ALWAYSON_ERROR_OK) {
      again(whole, where);
    }
  }
  CHECK(count >= 41, "sequences");
}
