/* The one function that fuzz_decoder.c and compare.c call. Write it for your decoder, as
   ours.c does for the C library of this project. */
#ifndef DECODER_H
#define DECODER_H

#include <stddef.h>
#include <stdint.h>

enum verdict {
  DECODED,
  REFUSED,
  /* The decoder does not claim to know this kind of message, so nothing is compared. */
  NOT_MINE
};

/* Decodes the message at the beginning of `bytes`, which may be followed by other bytes.
   If it decodes, `*used` becomes the number of bytes of the message. */
enum verdict decoder_decode(const uint8_t *bytes, size_t len, size_t *used);

#endif
