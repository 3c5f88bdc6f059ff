/* Drives an edge through a recorded session: it is told what the platform sent,
 * does what the recorded edge did, and writes the same bytes. */
#include "check.h"

#include "session.h"

static const char where[] = "session";

static alwayson_edge_t edge;
static alwayson_joiner_t joiner, own_joiner;
static uint8_t outbox[32 * 1024], join_memory[34 * 1024], own_memory[34 * 1024];
static uint8_t buffer[8192];
static uint64_t now_ms = 1000;

/* The request of the platform with the id 1001 + n waits for an answer by
 * inbound[n]; what the machine answered itself has the status own[n]. */
static uint32_t inbound[16];
static uint8_t own[16];
static uint32_t responses, refusals;

static alwayson_slice_t transmit(void) {
  alwayson_transmit_t next;
  alwayson_error_t error = alwayson_edge_poll_transmit(&edge, buffer, sizeof buffer, now_ms, &next);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  alwayson_slice_t message = {buffer, next.kind == ALWAYSON_TRANSMIT_MESSAGE ? next.len : 0};
  return message;
}

static void events(void) {
  alwayson_event_t event;
  while (alwayson_edge_poll_event(&edge, &event)) {
    switch (event.kind) {
    case ALWAYSON_EVENT_AUTHENTICATED:
      CHECK(event.session == 77, where);
      break;
    case ALWAYSON_EVENT_BOUND:
    case ALWAYSON_EVENT_UNBOUND:
      CHECK(is_text(event.name, "SteamSensor1"), where);
      break;
    case ALWAYSON_EVENT_FAILED:
      /* The one that was only sent to use up an id. */
      CHECK(event.request == 9 && event.failure == ALWAYSON_FAILURE_ENDED, where);
      break;
    default:
      CHECK(event.kind == ALWAYSON_EVENT_ENDED && event.end == ALWAYSON_END_LEFT, where);
    }
  }
}

static void from_platform(alwayson_slice_t bytes) {
  alwayson_received_t received;
  alwayson_message_t message, answer;
  CHECK(alwayson_decode(bytes, &message, NULL).kind == ALWAYSON_ERROR_OK, where);
  alwayson_error_t error = alwayson_edge_handle_received(&edge, bytes, &joiner, now_ms, &received);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  if (received.kind == ALWAYSON_RECEIVED_REQUEST) {
    inbound[(message.ids.request - 1001) % 16] = received.id;
  } else if (received.kind == ALWAYSON_RECEIVED_RESPONSE) {
    CHECK(received.id == message.ids.request, where);
    CHECK(received.response.status == ALWAYSON_STATUS_SUCCESS, where);
    responses++;
  }
  events();
  /* A request for what is not bound the machine answers itself. */
  if (message.kind == ALWAYSON_KIND_REQUEST && received.kind == ALWAYSON_RECEIVED_HANDLED) {
    CHECK(alwayson_decode_exact(transmit(), &answer).kind == ALWAYSON_ERROR_OK, where);
    CHECK(answer.ids.request == message.ids.request, where);
    own[(message.ids.request - 1001) % 16] = answer.body.response.status;
    refusals++;
  }
}

static void open_connection(void) {
  alwayson_claim_t claim = {ALWAYSON_TEXT("appKey"),
                            ALWAYSON_TEXT("12345678-1234-1234-1234-123456789abc")};
  alwayson_place_t place;
  alwayson_list_t claims;
  size_t len = 0;
  CHECK(alwayson_claims(&claim, &place, 1, &claims).kind == ALWAYSON_ERROR_OK, where);
  alwayson_error_t error = alwayson_edge_handle_opened(&edge, &claims, buffer, sizeof buffer, now_ms, &len);
  CHECK(error.kind == ALWAYSON_ERROR_OK && len == 60, where);
}

/* Pushes the values that the recorded edge did. */
static alwayson_error_t push(const alwayson_request_t *request, uint32_t *id) {
  alwayson_pushed_t pushed[4];
  alwayson_value_t values, cell;
  alwayson_row_t row;
  size_t count = 0;
  CHECK(alwayson_table_value(&request->params, ALWAYSON_TEXT("values"), &values), where);
  alwayson_cursor_t rows = alwayson_rows(&values.as.table);
  while (count < 4 && alwayson_next_row(&rows, &row)) {
    alwayson_pushed_t *next = &pushed[count++];
    CHECK(alwayson_row_get(&row, ALWAYSON_TEXT("name"), &cell), where);
    next->name = cell.as.text;
    CHECK(alwayson_row_get(&row, ALWAYSON_TEXT("value"), &cell), where);
    CHECK(alwayson_value_inner(&cell, &next->value).kind == ALWAYSON_ERROR_OK, where);
    CHECK(alwayson_row_get(&row, ALWAYSON_TEXT("time"), &cell), where);
    next->time_ms = cell.as.datetime_ms;
    CHECK(alwayson_row_get(&row, ALWAYSON_TEXT("quality"), &cell), where);
    next->quality = cell.as.text;
  }
  return alwayson_edge_push_properties(&edge, request->entity_name, pushed, count, now_ms, id);
}

/* Sends the request that the recorded edge did. */
static void send_request(const alwayson_message_t *message) {
  alwayson_request_t request = message->body.request;
  alwayson_slice_t thing = request.entity_name, name = request.characteristic_name;
  uint32_t id = 0;
  alwayson_error_t error;
  if (message->ids.request == 10) {
    alwayson_request_t unused = alwayson_read_property(thing, ALWAYSON_TEXT("*"));
    CHECK(alwayson_edge_request(&edge, &unused, now_ms, &id).kind == ALWAYSON_ERROR_OK, where);
    CHECK(id == 9 && transmit().len > 0, where);
  }
  if (request.method == ALWAYSON_METHOD_PUT) {
    alwayson_value_t value;
    CHECK(alwayson_table_value(&request.params, name, &value), where);
    error = alwayson_edge_write_property(&edge, thing, name, &value, now_ms, &id);
  } else if (is_text(name, "UpdateSubscribedPropertyValues")) {
    error = push(&request, &id);
  } else if (request.params.tag == 0) {
    request = alwayson_read_property(thing, name);
    error = alwayson_edge_request(&edge, &request, now_ms, &id);
  } else {
    alwayson_table_t params = request.params;
    alwayson_table_source_t source = source_of(&params);
    request = request.characteristic == ALWAYSON_CHARACTERISTIC_EVENTS
                  ? alwayson_fire_event(thing, name)
                  : alwayson_invoke_service(thing, name);
    error = alwayson_edge_request_with_table(&edge, &request, &source, now_ms, &id);
  }
  CHECK(error.kind == ALWAYSON_ERROR_OK && id == message->ids.request, where);
}

/* Answers as the recorded edge did. */
static void send_response(const alwayson_message_t *message) {
  uint32_t id = inbound[(message->ids.request - 1001) % 16];
  alwayson_response_t response = message->body.response;
  alwayson_error_t error;
  if (response.content.base_type == ALWAYSON_BASE_TYPE_INFOTABLE) {
    alwayson_table_source_t source = source_of(&response.content.as.table);
    alwayson_response_t success = alwayson_response(response.status);
    error = alwayson_edge_respond_with_table(&edge, id, &success, &source);
  } else {
    error = alwayson_edge_respond(&edge, id, &response);
  }
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  CHECK(alwayson_edge_respond(&edge, id, &response).kind == ALWAYSON_ERROR_NOT_WAITING, where);
}

/* The chunks of the recorded edge are joined; the message that they make is sent
 * when the last has come, and comes out as the same chunks. */
static void send_chunks(size_t last, alwayson_slice_t whole) {
  alwayson_message_t message, chunk;
  CHECK(alwayson_decode_exact(whole, &message).kind == ALWAYSON_ERROR_OK, where);
  send_response(&message);
  CHECK(alwayson_decode(frames[last].bytes, &chunk, NULL).kind == ALWAYSON_ERROR_OK, where);
  for (size_t at = last + 1 - chunk.body.chunk.count; at <= last; at++) {
    CHECK(same(transmit(), frames[at].bytes), where);
  }
}

static void from_edge(size_t at) {
  alwayson_slice_t bytes = frames[at].bytes, whole;
  alwayson_message_t message, sent;
  CHECK(alwayson_decode(bytes, &message, NULL).kind == ALWAYSON_ERROR_OK, where);
  switch (message.kind) {
  case ALWAYSON_KIND_AUTH:
    open_connection();
    whole.ptr = buffer;
    whole.len = 60;
    CHECK(same(whole, bytes), where);
    return;
  case ALWAYSON_KIND_RESPONSE_CHUNK:
    CHECK(alwayson_join(&own_joiner, bytes, now_ms, &whole).kind == ALWAYSON_ERROR_OK, where);
    if (whole.ptr != NULL) {
      send_chunks(at, whole);
    }
    return;
  case ALWAYSON_KIND_UNBIND:
    CHECK(alwayson_edge_leave(&edge, now_ms).kind == ALWAYSON_ERROR_OK, where);
    CHECK(alwayson_decode_exact(transmit(), &sent).kind == ALWAYSON_ERROR_OK, where);
    CHECK(sent.kind == ALWAYSON_KIND_UNBIND && sent.body.bind.names.count == 1, where);
    return;
  case ALWAYSON_KIND_RESPONSE:
    if (own[(message.ids.request - 1001) % 16] != 0) {
      CHECK(own[(message.ids.request - 1001) % 16] == message.body.response.status, where);
      return;
    }
    send_response(&message);
    break;
  case ALWAYSON_KIND_REQUEST:
    send_request(&message);
    break;
  default:
    CHECK(message.kind == ALWAYSON_KIND_BIND, where);
    CHECK(alwayson_edge_name(&edge, ALWAYSON_TEXT("SteamSensor1")) == ALWAYSON_NAME_UNBOUND,
          where);
  }
  CHECK(same(transmit(), bytes), where);
}

/* The platform answers UNBIND, whose id is another than that of the record; the
 * connection is closed, and ends. */
static void leave(void) {
  alwayson_transmit_t next;
  uint64_t at_ms = 0;
  CHECK(alwayson_edge_state(&edge) == ALWAYSON_STATE_LEAVING, where);
  alwayson_message_t success = {0};
  success.kind = ALWAYSON_KIND_RESPONSE;
  success.ids.request = 11;
  success.ids.session = 77;
  success.body.response = alwayson_response(ALWAYSON_STATUS_SUCCESS);
  uint8_t bytes[17];
  alwayson_slice_t answer = {bytes, sizeof bytes};
  CHECK(alwayson_encode(&success, bytes, sizeof bytes, NULL).kind == ALWAYSON_ERROR_OK, where);
  from_platform(answer);
  alwayson_edge_poll_transmit(&edge, buffer, sizeof buffer, now_ms, &next);
  CHECK(next.kind == ALWAYSON_TRANSMIT_CLOSE && next.close_code == 1000, where);
  CHECK(alwayson_edge_poll_timeout(&edge, &at_ms) && at_ms == now_ms + 5000, where);
  CHECK(alwayson_edge_handle_closed(&edge, now_ms).kind == ALWAYSON_ERROR_OK, where);
  events();
  CHECK(alwayson_edge_end(&edge) == ALWAYSON_END_LEFT, where);
  CHECK(!alwayson_edge_poll_timeout(&edge, &at_ms), where);
}

/* The next connection is lost, and the policy says when to try again. */
static void reconnect(void) {
  alwayson_reconnect_t policy = alwayson_reconnect();
  alwayson_event_t event;
  uint64_t at_ms = 0;
  CHECK(!alwayson_reconnect_after(&policy, ALWAYSON_END_LEFT, now_ms, 0, &at_ms), where);
  CHECK(alwayson_edge_reopen(&edge).kind == ALWAYSON_ERROR_OK, where);
  open_connection();
  CHECK(alwayson_edge_reopen(&edge).kind == ALWAYSON_ERROR_WRONG_STATE, where);
  alwayson_edge_handle_closed(&edge, now_ms);
  CHECK(alwayson_edge_poll_event(&edge, &event) && event.end == ALWAYSON_END_LOST, where);
  CHECK(alwayson_reconnect_after(&policy, event.end, now_ms, 0, &at_ms), where);
  CHECK(at_ms == now_ms + 5000, where);
  CHECK(alwayson_reconnect_after(&policy, event.end, now_ms, 0, &at_ms), where);
  CHECK(at_ms == now_ms + 10000, where);
  alwayson_reconnect_succeeded(&policy);
  CHECK(alwayson_reconnect_after(&policy, event.end, now_ms, UINT32_MAX, &at_ms), where);
  CHECK(at_ms == now_ms + 15000, where);
}

void session(void) {
  alwayson_settings_t settings = alwayson_settings();
  settings.first_request_id = 2;
  CHECK(alwayson_edge_size() == sizeof edge && alwayson_joiner_size() == sizeof joiner, where);
  alwayson_error_t error = alwayson_edge_init(&edge, &settings, outbox, sizeof outbox);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  error = alwayson_joiner_init(&joiner, join_memory, sizeof join_memory, 1, 33000, 50000);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  error = alwayson_joiner_init(&own_joiner, own_memory, sizeof own_memory, 1, 33000, 50000);
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  error = alwayson_edge_bind(&edge, ALWAYSON_TEXT("SteamSensor1"));
  CHECK(error.kind == ALWAYSON_ERROR_OK, where);
  for (size_t at = 0; at < sizeof frames / sizeof frames[0]; at++) {
    bool is_binary = is_text(alwayson_str(frames[at].opcode), "binary");
    now_ms += 10;
    if (is_binary && frames[at].from_edge) {
      from_edge(at);
    } else if (is_binary && alwayson_edge_state(&edge) != ALWAYSON_STATE_LEAVING) {
      from_platform(frames[at].bytes);
    }
  }
  CHECK(responses == 6 && refusals == 1, where);
  leave();
  reconnect();
}
