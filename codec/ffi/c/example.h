/* What the loop of example.c expects from the device: a WebSocket, a clock, a random
 * number and a key. */
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
/* Waits for the next event, at most until a time if there is one. Copies a binary
 * message to the bytes. */
enum happened websocket_wait(bool has_limit, uint64_t until_ms, uint8_t *bytes, size_t capacity,
                             size_t *len);

/* Defined in example.c. */
void device_start(void);
bool device_connected(uint64_t *again_ms);

#endif
