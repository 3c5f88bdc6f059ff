/* A WebSocket over a socket of POSIX, a clock and a random number. One connection at a time; the
 * key is in the environment. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

enum { CONTINUATION, TEXT, MESSAGE, CLOSE = 8, PING_FRAME, PONG_FRAME };

int websocket_beside = -1;

static int connection = -1;
static uint8_t received[1 << 17]; /* bytes of frames that are not complete */
static size_t received_len;
static size_t message_len; /* of fragments so far */
static bool is_fragmented, is_text;

uint64_t clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint32_t random_number(void) {
  uint32_t number = 0;
  int source = open("/dev/urandom", O_RDONLY);
  if (source < 0 || read(source, &number, sizeof number) != sizeof number) {
    abort(); /* no device must go on without randomness */
  }
  close(source);
  return number;
}

const char *application_key(void) {
  const char *key = getenv("ALWAYSON_KEY");
  return key ? key : "";
}

double temperature(void) { return 21.5; }

void websocket_end(void) {
  if (connection >= 0) {
    close(connection);
  }
  connection = -1;
  received_len = message_len = 0;
  is_fragmented = is_text = false;
}

static bool send_bytes(const void *bytes, size_t len) {
  const char *at = bytes;
  while (len > 0) {
    ssize_t sent = write(connection, at, len);
    if (sent <= 0) {
      return false;
    }
    at += sent;
    len -= (size_t)sent;
  }
  return true;
}

/* An end of the connection is seen by the next read. */
static void send_frame(uint8_t opcode, const uint8_t *bytes, size_t len) {
  uint8_t frame[14 + 65535], mask[4];
  size_t at = 2;
  uint32_t random = random_number();
  memcpy(mask, &random, sizeof mask);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (uint8_t)(len < 126 ? len : 126);
  if (len >= 126) {
    frame[at++] = (uint8_t)(len >> 8);
    frame[at++] = (uint8_t)len;
  }
  memcpy(frame + at, mask, sizeof mask);
  at += sizeof mask;
  for (size_t index = 0; index < len; index++) {
    frame[at++] = bytes[index] ^ mask[index % 4];
  }
  send_bytes(frame, at);
}

void websocket_send(const uint8_t *bytes, size_t len) { send_frame(MESSAGE, bytes, len); }

void websocket_ping(void) { send_frame(PING_FRAME, NULL, 0); }

void websocket_close(uint16_t code) {
  uint8_t bytes[2] = {(uint8_t)(code >> 8), (uint8_t)code};
  send_frame(CLOSE, bytes, sizeof bytes);
}

static bool read_more(void) {
  ssize_t len = read(connection, received + received_len, sizeof received - received_len);
  received_len += len > 0 ? (size_t)len : 0;
  return len > 0;
}

bool websocket_open(const char *url) {
  char host[256], port[6], path[1024], request[2048], *end = NULL;
  struct addrinfo hints = {0}, *found = NULL;
  hints.ai_socktype = SOCK_STREAM;
  websocket_end();
  signal(SIGPIPE, SIG_IGN);
  if (sscanf(url, "ws://%255[^:/]:%5[0-9]%1023s", host, port, path) != 3 ||
      getaddrinfo(host, port, &hints, &found) != 0) {
    return false;
  }
  connection = socket(found->ai_family, SOCK_STREAM, 0);
  bool is_open = connect(connection, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  int len = snprintf(request, sizeof request,
                     "GET %s HTTP/1.1\r\nHost: %s:%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                     path, host, port);
  is_open = is_open && send_bytes(request, (size_t)len);
  while (is_open && !end) {
    is_open = received_len + 1 < sizeof received && read_more();
    received[received_len] = 0;
    end = strstr((char *)received, "\r\n\r\n");
  }
  if (!is_open || strncmp((char *)received, "HTTP/1.1 101 ", 13) != 0 ||
      !strstr((char *)received, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) {
    websocket_end();
    return false;
  }
  /* Frames may follow the answer at once. */
  size_t head = (size_t)(end + 4 - (char *)received);
  memmove(received, received + head, received_len - head);
  received_len -= head;
  return true;
}

/* The length of the first frame with its header, and where its payload begins; 0 if it is not
 * complete, SIZE_MAX if it breaks a rule of RFC 6455 or is too long. */
static size_t first_frame(size_t *payload) {
  if (received_len < 2) {
    return 0;
  }
  uint8_t opcode = received[0] & 15, fin = received[0] & 0x80;
  uint64_t len = received[1] & 0x7f;
  size_t extended = len == 126 ? 2 : len == 127 ? 8 : 0;
  bool is_control = opcode >= CLOSE;
  bool is_known = opcode <= MESSAGE || (is_control && opcode <= PONG_FRAME);
  bool is_broken = (received[0] & 0x70) || (received[1] & 0x80) || !is_known ||
                   (is_control && (!fin || len > 125)) ||
                   (!is_control && (opcode == CONTINUATION) != is_fragmented);
  if (is_broken) {
    return SIZE_MAX;
  }
  if (received_len < 2 + extended) {
    return 0;
  }
  for (size_t at = 0; at < extended; at++) {
    len = (at == 0 ? 0 : len << 8) | received[2 + at];
  }
  *payload = 2 + extended;
  if (len > sizeof received - *payload) {
    return SIZE_MAX;
  }
  return received_len < *payload + len ? 0 : *payload + (size_t)len;
}

static bool is_close_code(const uint8_t *bytes, size_t len) {
  unsigned code = len < 2 ? 0 : (unsigned)bytes[0] << 8 | bytes[1];
  return len == 0 || (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

enum happened websocket_wait(bool has_limit, uint64_t until_ms, uint8_t *bytes, size_t capacity,
                             size_t *len) {
  for (;;) {
    size_t start = 0, frame = first_frame(&start);
    if (frame == SIZE_MAX) {
      websocket_close(1002);
      return CLOSED;
    }
    if (frame > 0) {
      uint8_t opcode = received[0] & 15, fin = received[0] & 0x80;
      const uint8_t *payload = received + start;
      size_t payload_len = frame - start;
      enum happened what = NOTHING;
      if (opcode == CLOSE) {
        if (is_close_code(payload, payload_len)) {
          send_frame(CLOSE, payload, payload_len < 2 ? 0 : 2);
        } else {
          websocket_close(1002);
        }
        what = CLOSED;
      } else if (opcode == PING_FRAME) {
        send_frame(PONG_FRAME, payload, payload_len);
        what = PING;
      } else if (opcode == PONG_FRAME) {
        what = PONG;
      } else {
        is_text = opcode == TEXT || (opcode == CONTINUATION && is_text);
        is_fragmented = !fin;
        if (!is_text && payload_len > capacity - message_len) {
          websocket_close(1009);
          return CLOSED;
        }
        if (!is_text) {
          memcpy(bytes + message_len, payload, payload_len);
          message_len += payload_len;
          what = fin ? BINARY : NOTHING;
        }
      }
      memmove(received, received + frame, received_len - frame);
      received_len -= frame;
      if (what == BINARY) {
        *len = message_len;
        message_len = 0;
      }
      if (what != NOTHING) {
        return what;
      }
      continue;
    }
    uint64_t now_ms = clock_ms();
    uint64_t left_ms = until_ms > now_ms ? until_ms - now_ms : 0;
    int wait_ms = has_limit && left_ms < INT_MAX ? (int)left_ms : -1;
    struct pollfd ready[2] = {{connection, POLLIN, 0}, {websocket_beside, POLLIN, 0}};
    if (poll(ready, 2, wait_ms) <= 0 || (ready[1].revents && !ready[0].revents)) {
      return NOTHING;
    }
    if (ready[0].revents && !read_more()) {
      return CLOSED;
    }
  }
}
