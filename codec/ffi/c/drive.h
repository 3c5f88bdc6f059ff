/* An edge and its WebSocket, for programs that have more to wait for than example.c. */
#ifndef DRIVE_H
#define DRIVE_H

#include "posix.h"

/* Opens a WebSocket, and sends AUTH with a key. */
bool drive_open(alwayson_edge_t *edge, const char *url, const char *key);
/* Sends all that the edge has to send. */
void drive_send(alwayson_edge_t *edge);
/* Waits as websocket_wait does, and has the edge handle what happened. */
void drive_wait(alwayson_edge_t *edge, alwayson_joiner_t *joiner, uint64_t until_ms,
                alwayson_received_t *received);

#endif
