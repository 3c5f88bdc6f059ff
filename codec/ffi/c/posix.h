/* A WebSocket over a socket of POSIX, as example.h expects it, without TLS. */
#ifndef POSIX_H
#define POSIX_H

#include "example.h"

/* Another descriptor, or -1: websocket_wait returns NOTHING when it can be read. */
extern int websocket_beside;

/* Opens ws://HOST:PORT/PATH. */
bool websocket_open(const char *url);
/* Ends the TCP connection, if there is one. */
void websocket_end(void);

#endif
