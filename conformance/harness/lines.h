/* Lines of JSON on standard input: what edge.c needs of them. A project of yours has a library for
 * JSON. */
#ifndef LINES_H
#define LINES_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char line[1 << 20]; /* the order, and what follows it */
static size_t line_len;    /* of both */
static size_t order_len;   /* of the order with its end */

/* Reads what has come. Returns false once there is no more. */
static bool read_input(void) {
  struct pollfd ready = {STDIN_FILENO, POLLIN, 0};
  if (poll(&ready, 1, 0) <= 0) {
    return true;
  }
  ssize_t more = read(STDIN_FILENO, line + line_len, sizeof line - line_len - 1);
  line_len += more > 0 ? (size_t)more : 0;
  return more > 0;
}

/* Goes on to the next order, if all of it has come. */
static bool next_order(void) {
  memmove(line, line + order_len, line_len - order_len);
  line_len -= order_len;
  line[line_len] = 0;
  char *end = strchr(line, '\n');
  order_len = end ? (size_t)(end + 1 - line) : 0;
  if (end) {
    *end = 0;
  }
  return end != NULL;
}

/* Copies a text or a number of the order; an empty text if it has none of this name. */
static const char *member(const char *name, char *text, size_t capacity) {
  char start[32];
  snprintf(start, sizeof start, "\"%s\":", name);
  const char *at = strstr(line, start);
  at = at ? at + strlen(start) : "";
  at += *at == '"';
  snprintf(text, capacity, "%.*s", (int)strcspn(at, "\",}"), at);
  return text;
}

/* The bytes of the member `hex`; returns how many. */
static size_t hex_bytes(uint8_t *bytes, size_t capacity) {
  static char digits[sizeof line];
  size_t len = 0;
  member("hex", digits, sizeof digits);
  for (unsigned byte; len < capacity && sscanf(digits + 2 * len, "%2x", &byte) == 1; len++) {
    bytes[len] = (uint8_t)byte;
  }
  return len;
}

#endif
