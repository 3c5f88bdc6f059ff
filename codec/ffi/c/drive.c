/* An edge and its WebSocket: one turn of the loop of example.c. */
#include "drive.h"

static uint8_t incoming[1 << 16], buffer[1 << 16];

bool drive_open(alwayson_edge_t *edge, const char *url, const char *key) {
  alwayson_claim_t claim = {ALWAYSON_TEXT("appKey"), alwayson_str(key)};
  alwayson_place_t place;
  alwayson_list_t claims;
  size_t len = 0;
  alwayson_claims(&claim, &place, 1, &claims);
  if (!websocket_open(url) || alwayson_edge_handle_opened(edge, &claims, buffer, sizeof buffer,
                                                          clock_ms(), &len)
                                      .kind != ALWAYSON_ERROR_OK) {
    return false;
  }
  websocket_send(buffer, len);
  return true;
}

void drive_send(alwayson_edge_t *edge) {
  alwayson_transmit_t next;
  do {
    alwayson_edge_poll_transmit(edge, buffer, sizeof buffer, clock_ms(), &next);
    if (next.kind == ALWAYSON_TRANSMIT_MESSAGE) {
      websocket_send(buffer, next.len);
    } else if (next.kind == ALWAYSON_TRANSMIT_PING) {
      websocket_ping();
    } else if (next.kind == ALWAYSON_TRANSMIT_CLOSE) {
      websocket_close(next.close_code);
    }
  } while (next.kind != ALWAYSON_TRANSMIT_NOTHING);
}

void drive_wait(alwayson_edge_t *edge, alwayson_joiner_t *joiner, uint64_t until_ms,
                alwayson_received_t *received) {
  uint64_t due_ms;
  alwayson_slice_t bytes = {incoming, 0};
  received->kind = ALWAYSON_RECEIVED_HANDLED;
  if (alwayson_edge_poll_timeout(edge, &due_ms) && due_ms < until_ms) {
    until_ms = due_ms;
  }
  switch (websocket_wait(true, until_ms, incoming, sizeof incoming, &bytes.len)) {
  case BINARY:
    alwayson_edge_handle_received(edge, bytes, joiner, clock_ms(), received);
    break;
  case PING:
    alwayson_edge_handle_ping(edge, clock_ms());
    break;
  case PONG:
    alwayson_edge_handle_pong(edge, clock_ms());
    break;
  case CLOSED:
    alwayson_edge_handle_closed(edge, clock_ms());
    break;
  case NOTHING:
    alwayson_edge_handle_timeout(edge, clock_ms());
  }
}
