/* Any bytes: a decoder accepts what the decoder of this project accepts, refuses what it refuses,
   and uses as many bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "alwayson.h"
#include "decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  size_t theirs = 0;
  size_t ours = 0;
  alwayson_message_t message;
  alwayson_slice_t slice = {bytes, len};
  enum verdict verdict = decoder_decode(bytes, len, &theirs);
  alwayson_error_t error = alwayson_decode(slice, &message, &ours);
  if (verdict == NOT_MINE) {
    return 0;
  }
  if (error.kind != ALWAYSON_ERROR_OK && verdict == DECODED) {
    fprintf(stderr, "decoded, and should be refused: %s at byte %zu (section 6)\n",
            alwayson_error_text(error.kind), (size_t)error.at);
    abort();
  }
  if (error.kind == ALWAYSON_ERROR_OK && verdict == REFUSED) {
    fprintf(stderr, "refused, and is a message of %zu bytes\n", ours);
    abort();
  }
  if (error.kind == ALWAYSON_ERROR_OK && theirs != ours) {
    fprintf(stderr, "used %zu bytes, and the message has %zu\n", theirs, ours);
    abort();
  }
  return 0;
}
