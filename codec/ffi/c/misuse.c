/* What a caller can do wrong, and is told. */
#include "check.h"

static const char where[] = "misuse";

static void pointers(void) {
  uint8_t buffer[64];
  alwayson_message_t message;
  alwayson_slice_t nowhere = {NULL, 15};
  CHECK(alwayson_decode(nowhere, &message, NULL).kind == ALWAYSON_ERROR_NULL, where);
  static const uint8_t keep_alive[15] = {1, 0x1F};
  alwayson_slice_t bytes = {keep_alive, sizeof keep_alive};
  CHECK(alwayson_decode(bytes, NULL, NULL).kind == ALWAYSON_ERROR_NULL, where);
  CHECK(alwayson_decode(bytes, &message, NULL).kind == ALWAYSON_ERROR_OK, where);
  CHECK(message.kind == ALWAYSON_KIND_KEEP_ALIVE, where);
  CHECK(alwayson_encode(NULL, buffer, sizeof buffer, NULL).kind == ALWAYSON_ERROR_NULL, where);
  CHECK(alwayson_encode(&message, NULL, 15, NULL).kind == ALWAYSON_ERROR_NULL, where);
  size_t len = 0;
  CHECK(alwayson_encode(&message, NULL, 0, &len).kind == ALWAYSON_ERROR_BUFFER_TOO_SMALL, where);
  CHECK(len == 15, where);
}

static void numbers_and_texts(void) {
  static const uint8_t latin1[] = {'a', 0xFC};
  uint8_t buffer[64];
  alwayson_message_t message = {0};
  message.kind = 99;
  CHECK(alwayson_encode(&message, buffer, 64, NULL).kind == ALWAYSON_ERROR_INVALID_NUMBER, where);
  message.kind = ALWAYSON_KIND_REQUEST;
  CHECK(alwayson_encode(&message, buffer, 64, NULL).kind == ALWAYSON_ERROR_INVALID_NUMBER, where);
  message.body.request.method = ALWAYSON_METHOD_GET;
  CHECK(alwayson_encode(&message, buffer, 64, NULL).kind == ALWAYSON_ERROR_OK, where);
  message.body.request.entity_name.ptr = latin1;
  message.body.request.entity_name.len = sizeof latin1;
  alwayson_error_t error = alwayson_encode(&message, buffer, 64, NULL);
  CHECK(error.kind == ALWAYSON_ERROR_INVALID_UTF8 && error.at == 1, where);
  alwayson_message_t response = {0};
  response.kind = ALWAYSON_KIND_RESPONSE;
  response.body.response.status = ALWAYSON_STATUS_SUCCESS;
  response.body.response.content.base_type = 200;
  error = alwayson_encode(&response, buffer, 64, NULL);
  CHECK(error.kind == ALWAYSON_ERROR_UNKNOWN_BASE_TYPE, where);
}

static void what_nobody_made(void) {
  alwayson_table_t table = {0};
  alwayson_row_t row = {0};
  alwayson_list_t list = {0};
  alwayson_cursor_t cursor = {0};
  alwayson_value_t value = {0};
  alwayson_claim_t claim;
  CHECK(alwayson_row_count(&table) == 0 && alwayson_field_count(NULL) == 0, where);
  cursor = alwayson_rows(&table);
  CHECK(!alwayson_next_row(&cursor, &row), where);
  CHECK(!alwayson_row_get(&row, ALWAYSON_TEXT("a"), &value), where);
  cursor = alwayson_items(&list);
  CHECK(!alwayson_next_claim(&cursor, &claim), where);
  CHECK(!alwayson_next_claim(NULL, &claim), where);
  CHECK(alwayson_value_inner(&value, &value).kind == ALWAYSON_ERROR_MISUSE, where);
  uint8_t buffer[64];
  alwayson_message_t message = {0};
  message.kind = ALWAYSON_KIND_RESPONSE;
  message.body.response.status = ALWAYSON_STATUS_SUCCESS;
  message.body.response.content = alwayson_infotable(table);
  CHECK(alwayson_encode(&message, buffer, 64, NULL).kind == ALWAYSON_ERROR_MISUSE, where);
}

static void wrong_cells(alwayson_rows_sink_t *rows, void *context) {
  alwayson_write_row_of(rows, context, 1);
}

static void writers(void) {
  uint8_t buffer[64];
  alwayson_value_t value = {0};
  /* As a value, that is: a field may have any. */
  value.base_type = 200;
  alwayson_table_source_t source = {NULL, wrong_cells, &value};
  alwayson_table_t table;
  alwayson_error_t error = alwayson_table_write(&source, buffer, 64, &table, NULL);
  CHECK(error.kind == ALWAYSON_ERROR_UNKNOWN_BASE_TYPE, where);
  value = alwayson_number(1.5);
  error = alwayson_table_write(&source, buffer, 64, &table, NULL);
  CHECK(error.kind == ALWAYSON_ERROR_OK && alwayson_row_count(&table) == 1, where);
}

static void texts(void) {
  CHECK(is_text(alwayson_str(alwayson_error_text(ALWAYSON_ERROR_OK)), "nothing is wrong"), where);
  CHECK(is_text(alwayson_str(alwayson_error_text(200)), "an error that this library does not know"),
        where);
  static const uint8_t keep_alive[15] = {1, 0x1F};
  alwayson_slice_t bytes = {keep_alive, sizeof keep_alive};
  static const char expected[] = "KEEP_ALIVE request=0 session=0";
  uint8_t line[64] = {0};
  size_t len = 0;
  alwayson_error_t error = alwayson_dump(bytes, line, sizeof line, &len);
  alwayson_slice_t shown = {line, len};
  CHECK(error.kind == ALWAYSON_ERROR_OK && is_text(shown, expected), where);
  error = alwayson_dump(bytes, line, len - 1, &len);
  CHECK(error.kind == ALWAYSON_ERROR_BUFFER_TOO_SMALL && error.at == len, where);
}

void misuse(void) {
  texts();
  pointers();
  numbers_and_texts();
  what_nobody_made();
  writers();
}
