#include "example.h"

static alwayson_edge_t edge;
static alwayson_reconnect_t policy;
static uint8_t outbox[1024];   /* messages that wait to be sent */
static uint8_t incoming[8192]; /* one message of the platform */
static uint8_t buffer[8192];   /* one message to the platform */

/* Call once, when the device starts. Names are stored as pointers. */
void device_start(void) {
  policy = alwayson_reconnect();
  alwayson_edge_init(&edge, NULL, outbox, sizeof outbox);
  alwayson_edge_bind(&edge, ALWAYSON_TEXT("SteamSensor1"));
}

/* Answers a request of the platform: once, now or later by its id. The value of a
 * property is sent as a table with one field of its name, never alone. */
static void answer(const alwayson_received_t *received) {
  static const char name[] = "Temperature";
  alwayson_slice_t asked = received->request.characteristic_name;
  bool is_known = asked.len == sizeof name - 1;
  for (size_t at = 0; is_known && at < asked.len; at++) {
    is_known = asked.ptr[at] == (uint8_t)name[at];
  }
  if (is_known && received->request.method == ALWAYSON_METHOD_GET) {
    alwayson_value_t value = alwayson_number(temperature());
    alwayson_edge_respond_value(&edge, received->id, asked, &value);
  } else {
    alwayson_response_t response = alwayson_response(ALWAYSON_STATUS_NOT_FOUND);
    alwayson_edge_respond(&edge, received->id, &response);
  }
}

static void send_all(void) {
  alwayson_transmit_t next;
  do {
    alwayson_edge_poll_transmit(&edge, buffer, sizeof buffer, clock_ms(), &next);
    if (next.kind == ALWAYSON_TRANSMIT_MESSAGE) {
      websocket_send(buffer, next.len);
    } else if (next.kind == ALWAYSON_TRANSMIT_PING) {
      websocket_ping();
    } else if (next.kind == ALWAYSON_TRANSMIT_CLOSE) {
      websocket_close(next.close_code);
    }
  } while (next.kind != ALWAYSON_TRANSMIT_NOTHING);
}

/* Call when a WebSocket is open. Returns when the connection has ended: whether to
 * connect again, and when. */
bool device_connected(uint64_t *again_ms) {
  alwayson_claim_t claim = {ALWAYSON_TEXT("appKey"), alwayson_str(application_key())};
  alwayson_place_t place;
  alwayson_list_t claims;
  size_t len;
  if (alwayson_claims(&claim, &place, 1, &claims).kind != ALWAYSON_ERROR_OK ||
      alwayson_edge_handle_opened(&edge, &claims, buffer, sizeof buffer, clock_ms(), &len).kind !=
          ALWAYSON_ERROR_OK) {
    return false;
  }
  websocket_send(buffer, len);
  for (;;) {
    alwayson_event_t event;
    alwayson_received_t received;
    uint64_t until_ms = 0;
    send_all();
    while (alwayson_edge_poll_event(&edge, &event)) {
      if (event.kind == ALWAYSON_EVENT_AUTHENTICATED) {
        alwayson_reconnect_succeeded(&policy);
      } else if (event.kind == ALWAYSON_EVENT_ENDED) {
        send_all();
        alwayson_edge_reopen(&edge);
        return alwayson_reconnect_after(&policy, event.end, clock_ms(), random_number(), again_ms);
      }
    }
    bool has_limit = alwayson_edge_poll_timeout(&edge, &until_ms);
    switch (websocket_wait(has_limit, until_ms, incoming, sizeof incoming, &len)) {
    case BINARY: {
      alwayson_slice_t bytes = {incoming, len};
      alwayson_edge_handle_received(&edge, bytes, NULL, clock_ms(), &received);
      if (received.kind == ALWAYSON_RECEIVED_REQUEST) {
        answer(&received);
      }
      break;
    }
    case PING:
      alwayson_edge_handle_ping(&edge, clock_ms());
      break;
    case PONG:
      alwayson_edge_handle_pong(&edge, clock_ms());
      break;
    case CLOSED:
      alwayson_edge_handle_closed(&edge, clock_ms());
      break;
    case NOTHING:
      alwayson_edge_handle_timeout(&edge, clock_ms());
    }
  }
}
