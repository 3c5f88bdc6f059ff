/* A program that has another library in Rust beside this one. */
#include <stdio.h>

#include "alwayson.h"

size_t other_words(void);

int main(void) {
  static const uint8_t keep_alive[15] = {1, 0x1F};
  alwayson_slice_t bytes = {keep_alive, sizeof keep_alive};
  char line[64];
  size_t len = 0;
  alwayson_error_t error = alwayson_dump(bytes, (uint8_t *)line, sizeof line, &len);
  if (error.kind != ALWAYSON_ERROR_OK || other_words() != 2) {
    printf("beside another library: %s\n", alwayson_error_text(error.kind));
    return 1;
  }
  return 0;
}
