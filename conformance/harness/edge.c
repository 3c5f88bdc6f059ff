/* An edge with the control channel (README.md), around the C library in codec/ffi. For your own
 * library, keep `order` and `main`, and replace what they call. */
#include "drive.h" /* the library with a WebSocket */
#include "lines.h" /* the orders */

static alwayson_edge_t edge;
static alwayson_joiner_t joiner;
static alwayson_reconnect_t policy;
static uint8_t outbox[1 << 16], memory[1 << 22];
static char names[16][256], url[1024], key[256];

static void tell_end(const char *kind, uint32_t id, unsigned status) {
  printf("{\"kind\": \"%s\", \"request\": %u, \"status\": %u}\n", kind, (unsigned)id, status);
}

/* Does what an order says. */
static void order(void) {
  static uint8_t buffer[1 << 16];
  static size_t name_count;
  char kind[16], text[256];
  alwayson_slice_t bytes = {buffer, hex_bytes(buffer, sizeof buffer)};
  alwayson_message_t message;
  member("kind", kind, sizeof kind);
  if (member("value", text, sizeof text)[0]) {
    strcpy(key, text);
  }
  if (alwayson_decode_exact(bytes, &message).kind == ALWAYSON_ERROR_OK) {
    if (message.kind == ALWAYSON_KIND_REQUEST) {
      alwayson_edge_request(&edge, &message.body.request, clock_ms(), NULL);
    } else {
      alwayson_edge_respond(&edge, message.ids.request, &message.body.response);
    }
  } else if (strcmp(kind, "bind") == 0) {
    alwayson_edge_bind(&edge, alwayson_str(member("name", names[name_count++ % 16], 256)));
  } else if (strcmp(kind, "unbind") == 0) {
    alwayson_edge_unbind(&edge, alwayson_str(member("name", text, sizeof text)));
  } else if (strcmp(kind, "opened") == 0) {
    member("url", url, sizeof url);
  } else if (strcmp(kind, "leave") == 0) {
    alwayson_edge_leave(&edge, clock_ms());
  }
}

/* Tells what has happened. Returns whether the connection has ended. */
static bool has_ended(const alwayson_received_t *received, alwayson_event_t *event) {
  if (received->kind == ALWAYSON_RECEIVED_REQUEST) {
    printf("{\"kind\": \"request\", \"own\": %u}\n", (unsigned)received->id);
  } else if (received->kind == ALWAYSON_RECEIVED_RESPONSE) {
    tell_end("response", received->id, received->response.status);
  }
  while (alwayson_edge_poll_event(&edge, event)) {
    if (event->kind == ALWAYSON_EVENT_ENDED) {
      return true;
    } else if (event->kind == ALWAYSON_EVENT_AUTHENTICATED) {
      alwayson_reconnect_succeeded(&policy);
    } else if (event->kind == ALWAYSON_EVENT_FAILED) {
      bool is_late = event->failure == ALWAYSON_FAILURE_TIMEOUT;
      tell_end("failed", event->request,
               is_late ? ALWAYSON_STATUS_GATEWAY_TIMEOUT : ALWAYSON_STATUS_SERVICE_UNAVAILABLE);
    }
  }
  return false;
}

int main(void) {
  alwayson_event_t event;
  alwayson_received_t received = {0};
  uint64_t again_ms = 0, never = UINT64_MAX;
  setvbuf(stdout, NULL, _IOLBF, 0);
  puts("{\"kind\": \"hello\", \"reports\": [\"request\", \"response\", \"failed\"], \"features\":"
       "{\"chunk-size\": false, \"gateways\": false, \"rebind-delay\": false,"
       " \"several-messages\": false, \"tls\": false}}");
  policy = alwayson_reconnect();
  alwayson_edge_init(&edge, NULL, outbox, sizeof outbox);
  alwayson_joiner_init(&joiner, memory, sizeof memory, 2, 1 << 20, 50000);
  websocket_beside = 0;
  for (bool is_open = false; read_input();) {
    while (next_order()) {
      order();
    }
    if (url[0] && !is_open && clock_ms() >= again_ms) {
      is_open = drive_open(&edge, url, key);
      again_ms = clock_ms() + 5000 + random_number() % 10000;
    }
    drive_send(&edge);
    drive_wait(&edge, &joiner, is_open ? never : again_ms, &received);
    if (has_ended(&received, &event)) {
      drive_send(&edge);
      websocket_end();
      uint32_t random = random_number();
      if (!alwayson_reconnect_after(&policy, event.end, clock_ms(), random, &again_ms)) {
        again_ms = never;
      }
      is_open = alwayson_edge_reopen(&edge).kind != ALWAYSON_ERROR_OK;
    }
  }
  return 0;
}
