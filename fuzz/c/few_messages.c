/* A small decoder of AUTH, BIND, UNBIND and KEEP_ALIVE, as an example (PROTOCOL.md, sections 2
   and 3). check.sh also builds it with one mistake:
   TRUSTS_LENGTHS: it believes the length of a string;
   TAKES_ANY_TEXT: it does not look whether a string is UTF-8. */
#include <stdbool.h>

#include "decoder.h"

struct reader {
  const uint8_t *at;
  size_t left;
  bool is_broken;
};

static const uint8_t *take(struct reader *from, size_t len) {
  const uint8_t *bytes = from->at;
#ifndef TRUSTS_LENGTHS
  if (from->is_broken || from->left < len) {
    from->is_broken = true;
    return NULL;
  }
#endif
  from->at += len;
  from->left -= len;
  return bytes;
}

/* A number of up to four bytes, big-endian. */
static uint32_t number(struct reader *from, size_t len) {
  const uint8_t *bytes = take(from, len);
  uint32_t number = 0;
  for (size_t index = 0; bytes != NULL && index < len; index++) {
    number = number << 8 | bytes[index];
  }
  return number;
}

/* RFC 3629: neither longer forms than necessary, nor surrogates, nor above U+10FFFF. */
static bool is_utf8(const uint8_t *text, size_t len) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  size_t at = 0;
  while (at < len) {
    uint32_t first = text[at++];
    size_t more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    uint32_t point = more == 0 ? first : first & (0x3Fu >> more);
    if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || len - at < more) {
      return false;
    }
    for (size_t index = 0; index < more; index++, at++) {
      if ((text[at] & 0xC0) != 0x80) {
        return false;
      }
      point = point << 6 | (text[at] & 0x3F);
    }
    if (point < least[more] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
      return false;
    }
  }
  return true;
}

/* One byte of length, or four with the top bit set. */
static void string(struct reader *from) {
  uint32_t len = number(from, 1);
  if (len >= 0x80) {
    len = (len & 0x7F) << 24 | number(from, 3);
  }
  const uint8_t *text = take(from, len);
  if (text == NULL) {
    return;
  }
#ifdef TAKES_ANY_TEXT
  (void)is_utf8;
#else
  from->is_broken |= !is_utf8(text, len);
#endif
}

enum verdict decoder_decode(const uint8_t *bytes, size_t len, size_t *used) {
  struct reader from = {bytes, len, false};
  if (len < 15) {
    return REFUSED;
  }
  take(&from, 15);
  uint8_t code = bytes[1];
  bool has_names = code == 0x0A || code == 0x0B;
  if (bytes[0] != 1) {
    return REFUSED;
  }
  if (bytes[14] != 0 || (code != 0x14 && code != 0x1F && !has_names)) {
    return NOT_MINE;
  }
  uint32_t strings = 0;
  if (code == 0x14) {
    strings = 2 * number(&from, 1);
  } else if (has_names) {
    uint32_t has_gateway = number(&from, 1);
    if (has_gateway > 1) {
      return REFUSED;
    }
    for (uint32_t index = 0; index < 2 * has_gateway; index++) {
      string(&from);
    }
    strings = number(&from, 2);
  }
  while (strings-- > 0 && !from.is_broken) {
    string(&from);
  }
  if (from.is_broken) {
    return REFUSED;
  }
  *used = len - from.left;
  return DECODED;
}
