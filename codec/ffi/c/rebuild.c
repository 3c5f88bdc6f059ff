/* Takes a message apart by cursors, down to its numbers and texts, and makes it
 * again by hand. */
#include "check.h"

/* As many as the count of claims and headers can say. */
#define MOST 255
/* As many as the longest BIND of the vectors has. */
#define MOST_NAMES 1000

static void write_shape(alwayson_shape_sink_t *shape, void *context) {
  alwayson_cursor_t fields = alwayson_fields(context);
  alwayson_field_t field;
  while (alwayson_next_field(&fields, &field)) {
    alwayson_aspect_t aspects[8];
    size_t count = 0;
    bool is_plain = field.aspects.count <= 8;
    alwayson_cursor_t cursor = alwayson_items(&field.aspects);
    while (is_plain && alwayson_next_aspect(&cursor, &aspects[count])) {
      is_plain = aspects[count].value.base_type != ALWAYSON_BASE_TYPE_VARIANT;
      count++;
    }
    if (!is_plain) {
      alwayson_write_field_like(shape, &field);
    } else if (count == 0 && field.description.len == 0) {
      alwayson_write_field(shape, field.name, field.base_type);
    } else {
      alwayson_write_field_with(shape, field.name, field.description, field.base_type, aspects,
                                count);
    }
  }
}

static void write_cells(alwayson_cells_sink_t *cells, void *context) {
  alwayson_cursor_t cursor = alwayson_cells(context);
  alwayson_value_t value, inner;
  while (alwayson_next_cell(&cursor, &value)) {
    if (value.base_type == ALWAYSON_BASE_TYPE_VARIANT) {
      CHECK(alwayson_value_inner(&value, &inner).kind == ALWAYSON_ERROR_OK, "VARIANT");
      alwayson_write_variant(cells, &inner);
    } else if (value.base_type == ALWAYSON_BASE_TYPE_INFOTABLE) {
      alwayson_table_source_t source = source_of(&value.as.table);
      alwayson_write_table(cells, &source);
    } else {
      alwayson_write_cell(cells, &value);
    }
  }
}

static void write_rows(alwayson_rows_sink_t *rows, void *context) {
  alwayson_cursor_t cursor = alwayson_rows(context);
  alwayson_row_t row;
  while (alwayson_next_row(&cursor, &row)) {
    alwayson_write_row(rows, write_cells, &row);
  }
}

alwayson_table_source_t source_of(alwayson_table_t *table) {
  alwayson_table_source_t source = {write_shape, write_rows, table};
  return source;
}

static alwayson_error_t with_list(alwayson_message_t *made, uint8_t *bytes, size_t capacity,
                                  size_t *len) {
  static alwayson_place_t places[MOST_NAMES];
  static alwayson_claim_t claims[MOST];
  static alwayson_slice_t names[MOST_NAMES];
  size_t count = 0;
  alwayson_cursor_t cursor;
  alwayson_error_t error;
  if (made->kind == ALWAYSON_KIND_AUTH || made->kind == ALWAYSON_KIND_CLEAR_AUTH) {
    cursor = alwayson_items(&made->body.auth.claims);
    while (count < MOST && alwayson_next_claim(&cursor, &claims[count])) {
      count++;
    }
    error = alwayson_claims(claims, places, count, &made->body.auth.claims);
  } else {
    cursor = alwayson_items(&made->body.bind.names);
    while (count < MOST_NAMES && alwayson_next_name(&cursor, &names[count])) {
      count++;
    }
    error = alwayson_names(names, places, count, &made->body.bind.names);
  }
  CHECK(error.kind == ALWAYSON_ERROR_OK, "list");
  return alwayson_encode(made, bytes, capacity, len);
}

static alwayson_error_t request(alwayson_message_t *made, uint8_t *bytes, size_t capacity,
                                size_t *len) {
  static alwayson_place_t places[MOST];
  static alwayson_request_header_t headers[MOST];
  alwayson_request_t *body = &made->body.request;
  alwayson_table_t params = body->params;
  size_t count = 0;
  alwayson_cursor_t cursor = alwayson_items(&body->headers);
  while (count < MOST && alwayson_next_header(&cursor, &headers[count])) {
    count++;
  }
  CHECK(alwayson_headers(headers, places, count, &body->headers).kind == ALWAYSON_ERROR_OK,
        "headers");
  if (params.tag == 0) {
    return alwayson_encode(made, bytes, capacity, len);
  }
  body->params.tag = 0;
  alwayson_table_source_t source = source_of(&params);
  return alwayson_encode_with_table(made, &source, bytes, capacity, len);
}

static alwayson_error_t response(alwayson_message_t *made, uint8_t *bytes, size_t capacity,
                                 size_t *len) {
  alwayson_value_t content = made->body.response.content;
  alwayson_value_t inner;
  if (content.base_type == ALWAYSON_BASE_TYPE_INFOTABLE) {
    made->body.response.content = alwayson_nothing();
    alwayson_table_source_t source = source_of(&content.as.table);
    return alwayson_encode_with_table(made, &source, bytes, capacity, len);
  }
  if (content.base_type == ALWAYSON_BASE_TYPE_VARIANT) {
    CHECK(alwayson_value_inner(&content, &inner).kind == ALWAYSON_ERROR_OK, "VARIANT");
    made->body.response.content = alwayson_variant(&inner);
  }
  return alwayson_encode(made, bytes, capacity, len);
}

alwayson_error_t rebuild(const alwayson_message_t *message, uint8_t *bytes, size_t capacity,
                         size_t *len) {
  alwayson_message_t made = *message;
  switch (message->kind) {
  case ALWAYSON_KIND_AUTH:
  case ALWAYSON_KIND_CLEAR_AUTH:
  case ALWAYSON_KIND_BIND:
  case ALWAYSON_KIND_UNBIND:
    return with_list(&made, bytes, capacity, len);
  case ALWAYSON_KIND_REQUEST:
    return request(&made, bytes, capacity, len);
  case ALWAYSON_KIND_RESPONSE:
    return response(&made, bytes, capacity, len);
  default:
    return alwayson_encode(&made, bytes, capacity, len);
  }
}
