/* Runs the vectors: what is valid comes out as it was, what is acceptable in one
 * form whichever way it is made, what is invalid fails where it should. */
#include "check.h"

#include "vectors.h"

static uint8_t encoded[70000];
static uint8_t rebuilt[70000];

static void run(const struct vector *vector) {
  const char *where = vector->id;
  alwayson_message_t message;
  alwayson_error_t error = alwayson_decode(vector->bytes, &message, NULL);
  CHECK(error.kind == vector->error.kind, where);
  CHECK(error.at == vector->error.at, where);
  if (vector->result == INVALID) {
    CHECK(error.kind != ALWAYSON_ERROR_OK, where);
    return;
  }
  alwayson_slice_t one = {encoded, 0}, other = {rebuilt, 0};
  error = alwayson_encode(&message, encoded, sizeof encoded, &one.len);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  error = rebuild(&message, rebuilt, sizeof rebuilt, &other.len);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  CHECK(same(one, other), where);
  if (vector->result == VALID) {
    CHECK(same(one, vector->bytes), where);
  }
}

void run_vectors(void) {
  for (size_t at = 0; at < sizeof vectors / sizeof vectors[0]; at++) {
    run(&vectors[at]);
  }
  CHECK(sizeof vectors / sizeof vectors[0] > 400, "vectors");
}
