/* What the loop of example.c needs of the world: a WebSocket, a clock, a random
 * number, and where the device keeps its key. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include "alwayson.h"

enum happened { BINARY, PING, PONG, CLOSED, NOTHING };

uint64_t clock_ms(void);
uint32_t random_number(void);
const char *application_key(void);
double temperature(void);

void websocket_send(const uint8_t *bytes, size_t len);
void websocket_ping(void);
void websocket_close(uint16_t code);
/* Waits for what comes, and until a time, if there is one, no longer. A binary
 * message is put into the bytes. */
enum happened websocket_wait(bool has_limit, uint64_t until_ms, uint8_t *bytes, size_t capacity,
                             size_t *len);

/* Given by example.c. */
void device_start(void);
bool device_connected(uint64_t *again_ms);

#endif
