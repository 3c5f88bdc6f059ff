/* The C library of this project as a decoder: all of a message is read through the cursors. */
#include "alwayson.h"
#include "decoder.h"

static volatile unsigned sum;

static void read_bytes(alwayson_slice_t slice) {
  for (size_t at = 0; at < slice.len; at++) {
    sum += slice.ptr[at];
  }
}

static void read_names(const alwayson_list_t *list) {
  alwayson_cursor_t cursor = alwayson_items(list);
  alwayson_slice_t name;
  while (alwayson_next_name(&cursor, &name)) {
    read_bytes(name);
  }
}

enum verdict decoder_decode(const uint8_t *bytes, size_t len, size_t *used) {
  alwayson_message_t message;
  alwayson_slice_t slice = {bytes, len};
  if (alwayson_decode(slice, &message, used).kind != ALWAYSON_ERROR_OK) {
    return REFUSED;
  }
  if (message.kind == ALWAYSON_KIND_BIND || message.kind == ALWAYSON_KIND_UNBIND) {
    read_names(&message.body.bind.names);
  } else if (message.kind == ALWAYSON_KIND_AUTH) {
    alwayson_cursor_t claims = alwayson_items(&message.body.auth.claims);
    alwayson_claim_t claim;
    while (alwayson_next_claim(&claims, &claim)) {
      read_bytes(claim.name);
      read_bytes(claim.value);
    }
  }
  return DECODED;
}
