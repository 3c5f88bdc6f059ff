/* Any bytes: the sanitizers find what a decoder reads or writes where it must not, and libFuzzer
   finds what takes too long or too much memory. */
#include <stdint.h>
#include <stdlib.h>

#include "decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  size_t used = 0;
  if (decoder_decode(bytes, len, &used) == DECODED && used > len) {
    abort(); /* It claims bytes that do not exist. */
  }
  return 0;
}
