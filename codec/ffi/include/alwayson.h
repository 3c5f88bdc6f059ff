/* The AlwaysOn codec, and the edge's side of a connection: no allocation, no
 * panics. README.md says how to use it. Made by cbindgen; do not edit. */

#ifndef ALWAYSON_H
#define ALWAYSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text of which the compiler knows the length. */
#ifdef __cplusplus
#define ALWAYSON_TEXT(literal) \
  (alwayson_slice_t{reinterpret_cast<const uint8_t *>(literal), sizeof(literal) - 1})
#else
#define ALWAYSON_TEXT(literal) \
  ((alwayson_slice_t){(const uint8_t *)(literal), sizeof(literal) - 1})
#endif

/* The id that stands for none. */
#define ALWAYSON_NO_ID 0xFFFFFFFFu

#if UINTPTR_MAX > 0xFFFFFFFFu
#define ALWAYSON_POINTERS_64
#else
#define ALWAYSON_POINTERS_32
#endif

// The largest number of names of an edge.
#define ALWAYSON_EDGE_NAMES 16

// The largest number of its requests that are not answered yet.
#define ALWAYSON_EDGE_REQUESTS 8

// The largest number of requests of the platform that are not answered yet.
#define ALWAYSON_EDGE_INBOUND 8

#if defined(ALWAYSON_POINTERS_64)
// The size of an edge without its outbox, in words of eight bytes.
#define ALWAYSON_EDGE_WORDS 184
#endif

#if defined(ALWAYSON_POINTERS_32)
// The size of an edge without its outbox, in words of eight bytes.
#define ALWAYSON_EDGE_WORDS 152
#endif

// The largest number of unfinished messages of a joiner.
#define ALWAYSON_JOINER_PLACES 4

#if defined(ALWAYSON_POINTERS_64)
// The size of a joiner without its memory, in words of eight bytes.
#define ALWAYSON_JOINER_WORDS 50
#endif

#if defined(ALWAYSON_POINTERS_32)
// The size of a joiner without its memory, in words of eight bytes.
#define ALWAYSON_JOINER_WORDS 34
#endif

// Means no start or no end of a TIMESPAN.
#define ALWAYSON_NO_TIME_MS -1

// What is wrong. The numbers are stable; new ones may be added.
enum alwayson_error
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Nothing is wrong.
  ALWAYSON_ERROR_OK = 0,
  // The input ends inside a message; `at`: its length.
  ALWAYSON_ERROR_UNEXPECTED_END = 1,
  // The version is not 1.
  ALWAYSON_ERROR_UNSUPPORTED_VERSION = 2,
  // A code below 0x40 that has no name.
  ALWAYSON_ERROR_UNKNOWN_CODE = 3,
  // A marker that is not allowed here.
  ALWAYSON_ERROR_INVALID_MARKER = 4,
  // A value of a base type without a name.
  ALWAYSON_ERROR_UNKNOWN_BASE_TYPE = 5,
  // The parameters of a request are neither NOTHING nor a table.
  ALWAYSON_ERROR_UNEXPECTED_PARAMS = 7,
  // Text that is not UTF-8, of the peer or of the caller; `at`: the first
  // byte that is wrong, of the message or of the caller's text.
  ALWAYSON_ERROR_INVALID_UTF8 = 8,
  // More than 16 INFOTABLEs and VARIANTs enclose a value.
  ALWAYSON_ERROR_NESTING_TOO_DEEP = 9,
  // A chunk id of 0 or above the count.
  ALWAYSON_ERROR_INVALID_CHUNK = 10,
  // Bytes follow the message.
  ALWAYSON_ERROR_TRAILING_BYTES = 11,
  // The buffer is too small; `at`: the size that is needed, in bytes.
  ALWAYSON_ERROR_BUFFER_TOO_SMALL = 32,
  // A list has too many items; `at`: the largest number.
  ALWAYSON_ERROR_TOO_MANY = 33,
  // A string or blob is longer than 2 GiB.
  ALWAYSON_ERROR_TOO_LONG = 34,
  // The message cannot have a table, or already has one.
  ALWAYSON_ERROR_NO_PLACE_FOR_TABLE = 35,
  // A message of this kind is never sent in chunks.
  ALWAYSON_ERROR_NEVER_CHUNKED = 48,
  // The chunk size leaves no room for data; `at`: the smallest that does.
  ALWAYSON_ERROR_CHUNK_SIZE_TOO_SMALL = 49,
  // More than 65,535 chunks.
  ALWAYSON_ERROR_TOO_MANY_CHUNKS = 50,
  // A chunk contradicts an earlier one of its message.
  ALWAYSON_ERROR_CHUNK_MISMATCH = 51,
  // The joined message is longer than the limit; `at`: the limit.
  ALWAYSON_ERROR_TOO_LARGE = 52,
  // No place of the joiner is large enough; `at`: the memory that the message may need, in
  // bytes.
  ALWAYSON_ERROR_OUT_OF_MEMORY = 53,
  // All places of the joiner are taken.
  ALWAYSON_ERROR_BUSY = 54,
  // AUTH has not succeeded yet, and nothing else may be sent before.
  ALWAYSON_ERROR_NOT_AUTHENTICATED = 64,
  // The application leaves the connection.
  ALWAYSON_ERROR_LEAVING = 65,
  // The connection has ended.
  ALWAYSON_ERROR_ENDED = 66,
  // The Thing is not bound on this connection.
  ALWAYSON_ERROR_NOT_BOUND = 67,
  // The request was answered before, or timed out.
  ALWAYSON_ERROR_NOT_WAITING = 68,
  // There is no room for another request.
  ALWAYSON_ERROR_TOO_MANY_REQUESTS = 69,
  // There is no room for another name.
  ALWAYSON_ERROR_TOO_MANY_NAMES = 70,
  // The name is too long.
  ALWAYSON_ERROR_NAME_TOO_LONG = 71,
  // The name is not known.
  ALWAYSON_ERROR_UNKNOWN_NAME = 72,
  // The outbox is full until queued messages are sent.
  ALWAYSON_ERROR_OUTBOX_FULL = 73,
  // The message is larger than the outbox, or has too many chunks.
  ALWAYSON_ERROR_MESSAGE_TOO_LONG = 74,
  // The call is not allowed in this state of the connection.
  ALWAYSON_ERROR_WRONG_STATE = 75,
  // A pointer is NULL, but must not be.
  ALWAYSON_ERROR_NULL = 96,
  // A number of the caller is not valid in its field.
  ALWAYSON_ERROR_INVALID_NUMBER = 97,
  // An argument is not what the function expects: not initialised, of another kind, or
  // misaligned.
  ALWAYSON_ERROR_MISUSE = 98,
  // An error of a codec that is newer than this list.
  ALWAYSON_ERROR_OTHER = 255,
};
#ifndef __cplusplus
typedef uint8_t alwayson_error;
#endif // __cplusplus

// The kind of an event.
enum alwayson_event
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // There is no event.
  ALWAYSON_EVENT_NOTHING = 0,
  // AUTH has succeeded, with `session` and `endpoint`.
  ALWAYSON_EVENT_AUTHENTICATED = 1,
  // The platform may send requests for `name`.
  ALWAYSON_EVENT_BOUND = 2,
  // `name` was unbound.
  ALWAYSON_EVENT_UNBOUND = 3,
  // The platform refused to bind `name`, with `status`, or did not answer.
  ALWAYSON_EVENT_REFUSED = 4,
  // The request `request` has failed, with `failure`.
  ALWAYSON_EVENT_FAILED = 5,
  // The connection has ended, with `end`. The events of all open requests come before. Drop the
  // WebSocket after the close, or when there is nothing left to send.
  ALWAYSON_EVENT_ENDED = 6,
  // A value that this library does not know yet.
  ALWAYSON_EVENT_OTHER = 255,
};
#ifndef __cplusplus
typedef uint8_t alwayson_event;
#endif // __cplusplus

// Why a request has failed.
enum alwayson_failure
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // It has not failed.
  ALWAYSON_FAILURE_NONE = 0,
  // The platform did not answer in time.
  ALWAYSON_FAILURE_TIMEOUT = 1,
  // The connection has ended.
  ALWAYSON_FAILURE_ENDED = 2,
  // The response cannot be decoded.
  ALWAYSON_FAILURE_UNREADABLE = 3,
  // The chunks of the response cannot be joined.
  ALWAYSON_FAILURE_NOT_JOINED = 4,
  // The Thing was unbound before the request was sent.
  ALWAYSON_FAILURE_NOT_SENT = 5,
  // A value that this library does not know yet.
  ALWAYSON_FAILURE_OTHER = 255,
};
#ifndef __cplusplus
typedef uint8_t alwayson_failure;
#endif // __cplusplus

// Why a connection has ended.
enum alwayson_end
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // It has not ended.
  ALWAYSON_END_NONE = 0,
  // The application has left.
  ALWAYSON_END_LEFT = 1,
  // The platform answered AUTH with UNAUTHORIZED.
  ALWAYSON_END_UNAUTHORIZED = 2,
  // The platform answered AUTH with another error.
  ALWAYSON_END_DECLINED = 3,
  // The platform did not answer AUTH in time.
  ALWAYSON_END_AUTH_TIMEOUT = 4,
  // The platform sent bytes without a valid header.
  ALWAYSON_END_PROTOCOL = 5,
  // No pong was received in time.
  ALWAYSON_END_SILENT = 6,
  // The platform closed the connection, or it was lost.
  ALWAYSON_END_LOST = 7,
  // The platform does not know this session any more. Connect and authenticate again.
  ALWAYSON_END_INVALID_SESSION = 8,
  // A value that this library does not know yet.
  ALWAYSON_END_OTHER = 255,
};
#ifndef __cplusplus
typedef uint8_t alwayson_end;
#endif // __cplusplus

// The state of a connection.
enum alwayson_state
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // There is no edge.
  ALWAYSON_STATE_NONE = 0,
  // The transport is connecting.
  ALWAYSON_STATE_OPENING = 1,
  // AUTH was sent.
  ALWAYSON_STATE_AUTHENTICATING = 2,
  // AUTH has succeeded.
  ALWAYSON_STATE_ONLINE = 3,
  // The application leaves.
  ALWAYSON_STATE_LEAVING = 4,
  // The connection has ended. A close is sent, and that of the peer is awaited.
  ALWAYSON_STATE_CLOSING = 5,
  // The connection has ended, and the transport can be dropped.
  ALWAYSON_STATE_ENDED = 6,
};
#ifndef __cplusplus
typedef uint8_t alwayson_state;
#endif // __cplusplus

// The state of a name.
enum alwayson_name
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // It is not known.
  ALWAYSON_NAME_UNKNOWN = 0,
  // It is not bound.
  ALWAYSON_NAME_UNBOUND = 1,
  // A BIND waits for its answer.
  ALWAYSON_NAME_BINDING = 2,
  // The platform may send requests for it.
  ALWAYSON_NAME_BOUND = 3,
  // The platform refused it. It is tried again later.
  ALWAYSON_NAME_REFUSED = 4,
  // An UNBIND waits for its answer.
  ALWAYSON_NAME_UNBINDING = 5,
};
#ifndef __cplusplus
typedef uint8_t alwayson_name;
#endif // __cplusplus

// The kind of what is sent.
enum alwayson_transmit
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // There is nothing to send.
  ALWAYSON_TRANSMIT_NOTHING = 0,
  // One binary message: the first `len` bytes of the buffer.
  ALWAYSON_TRANSMIT_MESSAGE = 1,
  // A ping.
  ALWAYSON_TRANSMIT_PING = 2,
  // A close with `close_code`, which is the last thing to send.
  ALWAYSON_TRANSMIT_CLOSE = 3,
};
#ifndef __cplusplus
typedef uint8_t alwayson_transmit;
#endif // __cplusplus

// The method of a request.
enum alwayson_method
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // `GET`.
  ALWAYSON_METHOD_GET = 1,
  // `PUT`.
  ALWAYSON_METHOD_PUT = 2,
  // `POST`.
  ALWAYSON_METHOD_POST = 3,
  // `DELETE`.
  ALWAYSON_METHOD_DELETE = 4,
};
#ifndef __cplusplus
typedef uint8_t alwayson_method;
#endif // __cplusplus

// The status of a response: any number of 0x40 or more.
enum alwayson_status
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // `SUCCESS`.
  ALWAYSON_STATUS_SUCCESS = 64,
  // `CREATED`.
  ALWAYSON_STATUS_CREATED = 65,
  // `ACCEPTED`.
  ALWAYSON_STATUS_ACCEPTED = 66,
  // `NO_CONTENT`.
  ALWAYSON_STATUS_NO_CONTENT = 68,
  // `PARTIAL_CONTENT`.
  ALWAYSON_STATUS_PARTIAL_CONTENT = 70,
  // `MULTIPLE_CHOICES`.
  ALWAYSON_STATUS_MULTIPLE_CHOICES = 96,
  // `MOVED_PERMANENTLY`.
  ALWAYSON_STATUS_MOVED_PERMANENTLY = 97,
  // `FOUND`.
  ALWAYSON_STATUS_FOUND = 98,
  // `SEE_OTHER`.
  ALWAYSON_STATUS_SEE_OTHER = 99,
  // `NOT_MODIFIED`.
  ALWAYSON_STATUS_NOT_MODIFIED = 100,
  // `USE_PROXY`.
  ALWAYSON_STATUS_USE_PROXY = 101,
  // `TEMPORARY_REDIRECT`.
  ALWAYSON_STATUS_TEMPORARY_REDIRECT = 103,
  // `BAD_REQUEST`.
  ALWAYSON_STATUS_BAD_REQUEST = 128,
  // `UNAUTHORIZED`.
  ALWAYSON_STATUS_UNAUTHORIZED = 129,
  // `BAD_OPTION`.
  ALWAYSON_STATUS_BAD_OPTION = 130,
  // `FORBIDDEN`.
  ALWAYSON_STATUS_FORBIDDEN = 131,
  // `NOT_FOUND`.
  ALWAYSON_STATUS_NOT_FOUND = 132,
  // `METHOD_NOT_ALLOWED`.
  ALWAYSON_STATUS_METHOD_NOT_ALLOWED = 133,
  // `NOT_ACCEPTABLE`.
  ALWAYSON_STATUS_NOT_ACCEPTABLE = 134,
  // `REQUEST_TIMEOUT`.
  ALWAYSON_STATUS_REQUEST_TIMEOUT = 136,
  // `CONFLICT`.
  ALWAYSON_STATUS_CONFLICT = 137,
  // `PRECONDITION_FAILED`.
  ALWAYSON_STATUS_PRECONDITION_FAILED = 140,
  // `ENTITY_TOO_LARGE`.
  ALWAYSON_STATUS_ENTITY_TOO_LARGE = 141,
  // `UNSUPPORTED_CONTENT_FORMAT`.
  ALWAYSON_STATUS_UNSUPPORTED_CONTENT_FORMAT = 143,
  // `INTERNAL_SERVER_ERROR`.
  ALWAYSON_STATUS_INTERNAL_SERVER_ERROR = 160,
  // `NOT_IMPLEMENTED`.
  ALWAYSON_STATUS_NOT_IMPLEMENTED = 161,
  // `BAD_GATEWAY`.
  ALWAYSON_STATUS_BAD_GATEWAY = 162,
  // `SERVICE_UNAVAILABLE`.
  ALWAYSON_STATUS_SERVICE_UNAVAILABLE = 163,
  // `GATEWAY_TIMEOUT`.
  ALWAYSON_STATUS_GATEWAY_TIMEOUT = 164,
};
#ifndef __cplusplus
typedef uint8_t alwayson_status;
#endif // __cplusplus

// The type of the entity of a request: any number.
enum alwayson_entity
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // `Things`.
  ALWAYSON_ENTITY_THINGS = 10,
  // `ThingShapes`.
  ALWAYSON_ENTITY_THING_SHAPES = 11,
  // `ThingTemplates`.
  ALWAYSON_ENTITY_THING_TEMPLATES = 12,
  // `ThingPackages`.
  ALWAYSON_ENTITY_THING_PACKAGES = 13,
  // `Networks`.
  ALWAYSON_ENTITY_NETWORKS = 14,
  // `DataShapes`.
  ALWAYSON_ENTITY_DATA_SHAPES = 15,
  // `ModelTags`.
  ALWAYSON_ENTITY_MODEL_TAGS = 20,
  // `DataTags`.
  ALWAYSON_ENTITY_DATA_TAGS = 21,
  // `Mashups`.
  ALWAYSON_ENTITY_MASHUPS = 30,
  // `Widgets`.
  ALWAYSON_ENTITY_WIDGETS = 31,
  // `StyleDefinitions`.
  ALWAYSON_ENTITY_STYLE_DEFINITIONS = 32,
  // `StateDefinitions`.
  ALWAYSON_ENTITY_STATE_DEFINITIONS = 33,
  // `Menus`.
  ALWAYSON_ENTITY_MENUS = 34,
  // `MediaEntities`.
  ALWAYSON_ENTITY_MEDIA_ENTITIES = 35,
  // `LocalizationTables`.
  ALWAYSON_ENTITY_LOCALIZATION_TABLES = 36,
  // `Dashboards`.
  ALWAYSON_ENTITY_DASHBOARDS = 39,
  // `Logs`.
  ALWAYSON_ENTITY_LOGS = 40,
  // `Users`.
  ALWAYSON_ENTITY_USERS = 50,
  // `Groups`.
  ALWAYSON_ENTITY_GROUPS = 51,
  // `Organizations`.
  ALWAYSON_ENTITY_ORGANIZATIONS = 52,
  // `ApplicationKeys`.
  ALWAYSON_ENTITY_APPLICATION_KEYS = 53,
  // `DirectoryServices`.
  ALWAYSON_ENTITY_DIRECTORY_SERVICES = 54,
  // `Authenticators`.
  ALWAYSON_ENTITY_AUTHENTICATORS = 55,
  // `Resources`.
  ALWAYSON_ENTITY_RESOURCES = 60,
  // `ScriptFunctionLibraries`.
  ALWAYSON_ENTITY_SCRIPT_FUNCTION_LIBRARIES = 61,
  // `ExtensionPackages`.
  ALWAYSON_ENTITY_EXTENSION_PACKAGES = 70,
  // `Subsystems`.
  ALWAYSON_ENTITY_SUBSYSTEMS = 80,
  // `PersistenceProviderPackages`.
  ALWAYSON_ENTITY_PERSISTENCE_PROVIDER_PACKAGES = 90,
  // `PersistenceProviders`.
  ALWAYSON_ENTITY_PERSISTENCE_PROVIDERS = 100,
  // `Projects`.
  ALWAYSON_ENTITY_PROJECTS = 110,
  // `DataAnalysisDefinitions`.
  ALWAYSON_ENTITY_DATA_ANALYSIS_DEFINITIONS = 120,
};
#ifndef __cplusplus
typedef uint8_t alwayson_entity;
#endif // __cplusplus

// The characteristic of a request: any number.
enum alwayson_characteristic
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // `Custom`.
  ALWAYSON_CHARACTERISTIC_CUSTOM = 0,
  // `Properties`.
  ALWAYSON_CHARACTERISTIC_PROPERTIES = 1,
  // `Services`.
  ALWAYSON_CHARACTERISTIC_SERVICES = 2,
  // `Events`.
  ALWAYSON_CHARACTERISTIC_EVENTS = 3,
  // `PropertiesVTQ`.
  ALWAYSON_CHARACTERISTIC_PROPERTIES_VTQ = 4,
};
#ifndef __cplusplus
typedef uint8_t alwayson_characteristic;
#endif // __cplusplus

// The type of a value.
enum alwayson_base_type
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // `NOTHING`.
  ALWAYSON_BASE_TYPE_NOTHING = 255,
  // `STRING`.
  ALWAYSON_BASE_TYPE_STRING = 0,
  // `XML`.
  ALWAYSON_BASE_TYPE_XML = 7,
  // `JSON`.
  ALWAYSON_BASE_TYPE_JSON = 8,
  // `QUERY`.
  ALWAYSON_BASE_TYPE_QUERY = 9,
  // `HYPERLINK`.
  ALWAYSON_BASE_TYPE_HYPERLINK = 11,
  // `IMAGELINK`.
  ALWAYSON_BASE_TYPE_IMAGELINK = 12,
  // `PASSWORD`.
  ALWAYSON_BASE_TYPE_PASSWORD = 13,
  // `HTML`.
  ALWAYSON_BASE_TYPE_HTML = 14,
  // `TEXT`.
  ALWAYSON_BASE_TYPE_TEXT = 15,
  // `TAGS`.
  ALWAYSON_BASE_TYPE_TAGS = 16,
  // `SCHEDULE`.
  ALWAYSON_BASE_TYPE_SCHEDULE = 17,
  // `GUID`.
  ALWAYSON_BASE_TYPE_GUID = 20,
  // `PROPERTYNAME`.
  ALWAYSON_BASE_TYPE_PROPERTYNAME = 50,
  // `SERVICENAME`.
  ALWAYSON_BASE_TYPE_SERVICENAME = 51,
  // `EVENTNAME`.
  ALWAYSON_BASE_TYPE_EVENTNAME = 52,
  // `THINGNAME`.
  ALWAYSON_BASE_TYPE_THINGNAME = 100,
  // `THINGSHAPENAME`.
  ALWAYSON_BASE_TYPE_THINGSHAPENAME = 101,
  // `THINGTEMPLATENAME`.
  ALWAYSON_BASE_TYPE_THINGTEMPLATENAME = 102,
  // `DATASHAPENAME`.
  ALWAYSON_BASE_TYPE_DATASHAPENAME = 104,
  // `MASHUPNAME`.
  ALWAYSON_BASE_TYPE_MASHUPNAME = 105,
  // `MENUNAME`.
  ALWAYSON_BASE_TYPE_MENUNAME = 106,
  // `BASETYPENAME`.
  ALWAYSON_BASE_TYPE_BASETYPENAME = 107,
  // `USERNAME`.
  ALWAYSON_BASE_TYPE_USERNAME = 108,
  // `GROUPNAME`.
  ALWAYSON_BASE_TYPE_GROUPNAME = 109,
  // `CATEGORYNAME`.
  ALWAYSON_BASE_TYPE_CATEGORYNAME = 110,
  // `STATEDEFINITIONNAME`.
  ALWAYSON_BASE_TYPE_STATEDEFINITIONNAME = 111,
  // `STYLEDEFINITIONNAME`.
  ALWAYSON_BASE_TYPE_STYLEDEFINITIONNAME = 112,
  // `MODELTAGVOCABULARYNAME`.
  ALWAYSON_BASE_TYPE_MODELTAGVOCABULARYNAME = 113,
  // `DATATAGVOCABULARYNAME`.
  ALWAYSON_BASE_TYPE_DATATAGVOCABULARYNAME = 114,
  // `NETWORKNAME`.
  ALWAYSON_BASE_TYPE_NETWORKNAME = 115,
  // `MEDIAENTITYNAME`.
  ALWAYSON_BASE_TYPE_MEDIAENTITYNAME = 116,
  // `APPLICATIONKEYNAME`.
  ALWAYSON_BASE_TYPE_APPLICATIONKEYNAME = 117,
  // `LOCALIZATIONTABLENAME`.
  ALWAYSON_BASE_TYPE_LOCALIZATIONTABLENAME = 118,
  // `ORGANIZATIONNAME`.
  ALWAYSON_BASE_TYPE_ORGANIZATIONNAME = 119,
  // `DASHBOARDNAME`.
  ALWAYSON_BASE_TYPE_DASHBOARDNAME = 120,
  // `NUMBER`.
  ALWAYSON_BASE_TYPE_NUMBER = 1,
  // `INTEGER`.
  ALWAYSON_BASE_TYPE_INTEGER = 22,
  // `LONG`.
  ALWAYSON_BASE_TYPE_LONG = 23,
  // `BOOLEAN`.
  ALWAYSON_BASE_TYPE_BOOLEAN = 2,
  // `DATETIME`.
  ALWAYSON_BASE_TYPE_DATETIME = 3,
  // `LOCATION`.
  ALWAYSON_BASE_TYPE_LOCATION = 6,
  // `BLOB`.
  ALWAYSON_BASE_TYPE_BLOB = 21,
  // `IMAGE`.
  ALWAYSON_BASE_TYPE_IMAGE = 10,
  // `VARIANT`.
  ALWAYSON_BASE_TYPE_VARIANT = 18,
  // `INFOTABLE`.
  ALWAYSON_BASE_TYPE_INFOTABLE = 5,
  // `TIMESPAN`.
  ALWAYSON_BASE_TYPE_TIMESPAN = 4,
  // `PERSISTENCEPROVIDERPACKAGENAME`.
  ALWAYSON_BASE_TYPE_PERSISTENCEPROVIDERPACKAGENAME = 121,
  // `PERSISTENCEPROVIDERNAME`.
  ALWAYSON_BASE_TYPE_PERSISTENCEPROVIDERNAME = 122,
  // `PROJECTNAME`.
  ALWAYSON_BASE_TYPE_PROJECTNAME = 123,
  // `VEC2`.
  ALWAYSON_BASE_TYPE_VEC2 = 124,
  // `VEC3`.
  ALWAYSON_BASE_TYPE_VEC3 = 125,
  // `VEC4`.
  ALWAYSON_BASE_TYPE_VEC4 = 126,
  // `THINGCODE`.
  ALWAYSON_BASE_TYPE_THINGCODE = 127,
};
#ifndef __cplusplus
typedef uint8_t alwayson_base_type;
#endif // __cplusplus

// The kind of a message, which determines the member of its `body`.
enum alwayson_kind
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // `KEEP_ALIVE`, without a body.
  ALWAYSON_KIND_KEEP_ALIVE = 0,
  // `body.auth`.
  ALWAYSON_KIND_AUTH = 1,
  // `body.bind`.
  ALWAYSON_KIND_BIND = 2,
  // `body.bind`.
  ALWAYSON_KIND_UNBIND = 3,
  // `body.request`.
  ALWAYSON_KIND_REQUEST = 4,
  // `body.response`.
  ALWAYSON_KIND_RESPONSE = 5,
  // `body.chunk`, of a request.
  ALWAYSON_KIND_REQUEST_CHUNK = 6,
  // `body.chunk`, of a response.
  ALWAYSON_KIND_RESPONSE_CHUNK = 7,
  // `body.auth`: CLEARAUTH.
  ALWAYSON_KIND_CLEAR_AUTH = 8,
  // `body.chunk`, of a BIND.
  ALWAYSON_KIND_BIND_CHUNK = 9,
  // `body.chunk`, of an UNBIND.
  ALWAYSON_KIND_UNBIND_CHUNK = 10,
};
#ifndef __cplusplus
typedef uint8_t alwayson_kind;
#endif // __cplusplus

// The kind of result of a message.
enum alwayson_received
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // There is nothing to do.
  ALWAYSON_RECEIVED_HANDLED = 0,
  // The reply queue is full, so the message was not handled. Send what
  // `alwayson_edge_poll_transmit` returns, then pass the same message again.
  ALWAYSON_RECEIVED_NOT_NOW = 1,
  // A request of the platform for a bound Thing: `request`. Answer it with
  // `alwayson_edge_respond` and `id`.
  ALWAYSON_RECEIVED_REQUEST = 2,
  // The response to the request `id`, which has ended: `response`.
  ALWAYSON_RECEIVED_RESPONSE = 3,
  // The platform refused to bind a name, which the next event names: `response` has its status
  // and reason.
  ALWAYSON_RECEIVED_BIND_REFUSED = 4,
  // The platform refused AUTH, and the connection ends: `response` has its status and reason.
  ALWAYSON_RECEIVED_AUTH_REFUSED = 5,
};
#ifndef __cplusplus
typedef uint8_t alwayson_received;
#endif // __cplusplus

// Writes the cells of a row. It is an argument of a callback.
typedef struct alwayson_cells_sink_t alwayson_cells_sink_t;

// Writes the rows of a table. It is an argument of a callback.
typedef struct alwayson_rows_sink_t alwayson_rows_sink_t;

// Writes the shape of a table. It is an argument of a callback.
typedef struct alwayson_shape_sink_t alwayson_shape_sink_t;

// The result of a call.
typedef struct {
  // What is wrong, or `ALWAYSON_ERROR_OK`.
  alwayson_error kind;
  // A number that belongs to it: the offset of the problem if bytes cannot be decoded, otherwise
  // what its description says, or 0.
  size_t at;
} alwayson_error_t;

// Borrowed bytes, or borrowed text in UTF-8. A `ptr` of NULL means "none" for optional values,
// and "empty" otherwise.
typedef struct {
  // The first byte.
  const uint8_t *ptr;
  // The number of bytes. Text has no zero at its end.
  size_t len;
} alwayson_slice_t;

// The three ids of a header.
typedef struct {
  // The request id. A response has that of its request.
  uint32_t request;
  // The endpoint id, which identifies a client over all its connections; 0 or
  // `ALWAYSON_NO_ID` means none.
  uint32_t endpoint;
  // The session id, which identifies one connection; `ALWAYSON_NO_ID` means none yet.
  uint32_t session;
} alwayson_ids_t;

// A list of claims, names, headers or aspects. It borrows from the message or from the places
// that it was created from. All zeros are an empty list.
typedef struct {
  // The kind of its items; 0 if there are none.
  uint32_t tag;
  // The number of items.
  uint32_t count;
  // The list.
  size_t opaque[4];
} alwayson_list_t;

// The body of an AUTH or CLEARAUTH.
typedef struct {
  // The claims: usually one, the application key.
  alwayson_list_t claims;
} alwayson_auth_t;

// The body of a BIND or UNBIND.
typedef struct {
  // The gateway of the Things; its `ptr` is NULL if there is none.
  alwayson_slice_t gateway_name;
  // The type of the gateway.
  alwayson_slice_t gateway_type;
  // The names of the Things.
  alwayson_list_t names;
} alwayson_bind_t;

// A table, decoded or written by `alwayson_table_write`. It borrows its bytes. All zeros mean
// no table.
typedef struct {
  // 0 if there is no table.
  uint32_t tag;
  // The table.
  size_t opaque[5];
} alwayson_table_t;

// The body of a GET, PUT, POST or DELETE.
typedef struct {
  // The method, an `ALWAYSON_METHOD_`.
  uint8_t method;
  // The type of the entity, an `ALWAYSON_ENTITY_` or another number.
  uint8_t entity_type;
  // The kind of characteristic, an `ALWAYSON_CHARACTERISTIC_` or another number.
  uint8_t characteristic;
  // The name of the entity.
  alwayson_slice_t entity_name;
  // The name of the property, service or event. `*` with GET means all properties.
  alwayson_slice_t characteristic_name;
  // The headers, which are rarely used.
  alwayson_list_t headers;
  // The parameters; their `tag` is 0 if there are none.
  alwayson_table_t params;
} alwayson_request_t;

// A location on earth.
typedef struct {
  // The longitude in degrees, positive to the east.
  double longitude;
  // The latitude in degrees, positive to the north.
  double latitude;
  // The elevation in metres.
  double elevation;
} alwayson_location_t;

// A VARIANT: a value of any type. A new one has a `tag` of 0 and a pointer to its content, which
// must not be a new VARIANT itself.
typedef struct {
  // 0 for a new one.
  uint32_t tag;
  // The content of a new one: an `alwayson_value_t`.
  const void *made;
  // The content of a decoded one.
  size_t opaque[3];
} alwayson_variant_t;

// A time span.
typedef struct {
  // The start, in milliseconds since 1970-01-01 UTC, or `ALWAYSON_NO_TIME_MS`.
  int64_t start_ms;
  // The end, in the same form.
  int64_t end_ms;
  // The period, such as `1h`.
  alwayson_slice_t period;
} alwayson_timespan_t;

// The numbers of a VEC2, VEC3 or VEC4. Unused ones, `z` and `w` of a VEC2 and `w` of a VEC3, are 0
// when decoded, and ignored when encoded.
typedef struct {
  double x;
  double y;
  double z;
  double w;
} alwayson_vector_t;

// The code of a Thing.
typedef struct {
  // The domain of the code.
  int32_t domain;
  // The Thing in that domain.
  int64_t instance;
} alwayson_thing_code_t;

// A value, by its base type.
typedef union {
  // STRING and the types with the same layout.
  alwayson_slice_t text;
  // BLOB and IMAGE.
  alwayson_slice_t bytes;
  // NUMBER.
  double number;
  // INTEGER.
  int32_t integer;
  // LONG.
  int64_t long_integer;
  // BOOLEAN: 0 is false, and every other number is true.
  uint8_t boolean;
  // DATETIME: milliseconds since 1970-01-01 UTC.
  int64_t datetime_ms;
  // LOCATION.
  alwayson_location_t location;
  // VARIANT: `alwayson_value_inner` returns its content.
  alwayson_variant_t variant;
  // INFOTABLE.
  alwayson_table_t table;
  // TIMESPAN.
  alwayson_timespan_t timespan;
  // VEC2, VEC3 and VEC4.
  alwayson_vector_t vector;
  // THINGCODE.
  alwayson_thing_code_t thing_code;
} alwayson_value_as_t;

// A value with its base type, new or decoded: a cell of a table, an aspect of a field, or the
// content of a response.
typedef struct {
  // The base type, an `ALWAYSON_BASE_TYPE_`, which determines the member of `as`. All zeros are
  // an empty STRING; `alwayson_nothing()` returns NOTHING.
  uint8_t base_type;
  // The value.
  alwayson_value_as_t as;
} alwayson_value_t;

// The body of a response.
typedef struct {
  // The status, an `ALWAYSON_STATUS_` or another number of 0x40 or more.
  uint8_t status;
  // The reason in words; its `ptr` is NULL if there is none.
  alwayson_slice_t reason;
  // The result: nearly always NOTHING or a table.
  alwayson_value_t content;
} alwayson_response_t;

// The body of a chunk, a part of a long request, response, BIND or UNBIND.
typedef struct {
  // The method or status of the whole message.
  uint8_t code;
  // For a request, the type of the entity.
  uint8_t entity_type;
  // For a request, the name of the entity.
  alwayson_slice_t entity_name;
  // Its place among the chunks, counted from 1.
  uint16_t id;
  // The number of chunks of the message.
  uint16_t count;
  // The chunk size of the sender, in bytes, header included.
  uint16_t size;
  // Its part of the body of the message.
  alwayson_slice_t data;
} alwayson_chunk_t;

// The body of a message, by its kind.
typedef union {
  // AUTH and CLEARAUTH.
  alwayson_auth_t auth;
  // BIND and UNBIND.
  alwayson_bind_t bind;
  // GET, PUT, POST and DELETE.
  alwayson_request_t request;
  // The answer to any of these messages.
  alwayson_response_t response;
  // A part of a long request, response, BIND or UNBIND.
  alwayson_chunk_t chunk;
} alwayson_body_t;

// One AlwaysOn message, the content of one binary WebSocket message.
typedef struct {
  // The kind, an `ALWAYSON_KIND_`, which determines the member of `body`.
  uint8_t kind;
  // The ids.
  alwayson_ids_t ids;
  // The body.
  alwayson_body_t body;
} alwayson_message_t;

// The header of a message, to answer messages whose body cannot be decoded.
typedef struct {
  // The code of the message: a method, a status, or 0x0A BIND, 0x0B UNBIND, 0x14 AUTH,
  // 0x1F `KEEP_ALIVE`.
  uint8_t code;
  // 1 if it is a chunk of a longer message.
  uint8_t multipart;
  // The ids.
  alwayson_ids_t ids;
} alwayson_header_t;

// The edge's side of a connection, without I/O and clock. It serves as long as the device runs:
// after the end of a connection, `alwayson_edge_reopen` prepares it for the next one. It is
// initialised in place, and can be moved afterwards.
//
// Calls out of order are safe: they return an error and change nothing. The order is:
//
// 1. When the WebSocket is open, call `alwayson_edge_handle_opened`, which writes AUTH, and send
//    that.
// 2. Send what `alwayson_edge_poll_transmit` writes until there is nothing, then handle the events
//    of `alwayson_edge_poll_event` until there is none.
// 3. Wait for the WebSocket, but at most until the time of `alwayson_edge_poll_timeout`.
// 4. Pass a message to `alwayson_edge_handle_received`, and answer the request that it returns.
//    Otherwise call `_handle_ping`, `_handle_pong` or `_handle_closed`, and after a timeout
//    `_handle_timeout`.
// 5. Other calls of the application are allowed at any time. Continue with step 2.
typedef struct {
  // 0 if there is none.
  uint32_t tag;
  // The machine.
  uint64_t opaque[ALWAYSON_EDGE_WORDS];
} alwayson_edge_t;

// The settings of an edge. Times are in milliseconds.
typedef struct {
  // How long to wait for the answer to a request, an AUTH or a BIND; 10 s by default.
  uint32_t request_timeout_ms;
  // How long the application may take to answer a request; after that the machine answers it.
  // 30 s by default.
  uint32_t answer_timeout_ms;
  // After how long without traffic in one direction a ping is sent; 55 s by default.
  uint32_t ping_interval_ms;
  // How long to wait for the pong; 10 s by default.
  uint32_t pong_timeout_ms;
  // How long to wait for the close of the peer; 5 s by default.
  uint32_t close_timeout_ms;
  // After how long a refused name is tried again; 15 s by default.
  uint32_t rebind_delay_ms;
  // The id of the first request; 1 by default.
  uint32_t first_request_id;
  // The largest message that is sent without chunks, in bytes; 8192 by default. Announce it to
  // the platform as `Max-Frame-Size` in the upgrade request.
  uint16_t chunk_size;
  // 1 if a WebSocket message may contain several messages of the protocol:
  // `alwayson_edge_rest` returns what to handle next. 0, the default, if bytes that follow the
  // first message are counted and ignored.
  uint8_t several_messages;
} alwayson_settings_t;

// An event.
typedef struct {
  // The kind of the event.
  alwayson_event kind;
  // Why a request has failed.
  alwayson_failure failure;
  // Why the connection has ended.
  alwayson_end end;
  // Why a name was refused, an `ALWAYSON_STATUS_`.
  uint8_t status;
  // The id of this connection.
  uint32_t session;
  // The id of this client, or 0 if none was granted.
  uint32_t endpoint;
  // The request.
  uint32_t request;
  // The name.
  alwayson_slice_t name;
} alwayson_event_t;

// The counters of an edge, over all its connections.
typedef struct {
  // Responses that no request waited for.
  uint32_t responses_dropped;
  // Messages that the state of the connection does not allow and that are not answered.
  uint32_t messages_dropped;
  // Requests that were refused because there was no room for another unanswered one.
  uint32_t requests_refused;
  // Requests that were repeated before they were answered.
  uint32_t requests_doubled;
  // Requests that the application did not answer in time.
  uint32_t requests_unanswered;
  // Messages whose chunks did not all arrive in time.
  uint32_t messages_unfinished;
  // Messages that were followed by bytes that are ignored.
  uint32_t messages_followed;
  // The number of these bytes.
  uint32_t bytes_followed;
} alwayson_counters_t;

// The value of a property at a time.
typedef struct {
  // The name of the property.
  alwayson_slice_t name;
  // Its value: any but a new VARIANT.
  alwayson_value_t value;
  // When the property had this value, in milliseconds since 1970-01-01 UTC.
  int64_t time_ms;
  // GOOD, BAD, UNKNOWN, `OUT_OF_RANGE` or `UNVERIFIED_SOURCE`; GOOD if its `ptr`
  // is NULL.
  alwayson_slice_t quality;
} alwayson_pushed_t;

// Joins the chunks of long messages, in the memory of the caller.
typedef struct {
  // 0 if there is none.
  uint32_t tag;
  // Its places.
  uint64_t opaque[ALWAYSON_JOINER_WORDS];
} alwayson_joiner_t;

// The result of a message for the application. It borrows from the received bytes, or from the
// joiner until the next call with that.
typedef struct {
  // The kind, an `ALWAYSON_RECEIVED_`.
  uint8_t kind;
  // Identifies a request in its answer, or the request that a response answers.
  uint32_t id;
  // The request.
  alwayson_request_t request;
  // The response.
  alwayson_response_t response;
} alwayson_received_t;

// The next thing to send over the WebSocket.
typedef struct {
  // The kind.
  alwayson_transmit kind;
  // The status code of a close (RFC 6455, section 7.4.1).
  uint16_t close_code;
  // The length of a message in bytes.
  size_t len;
} alwayson_transmit_t;

// A table that callbacks write. Each is called once, during the call, with `context`. It must
// return, and may use its writer only until then, with the functions whose names begin with
// `alwayson_write_`.
typedef struct {
  // Writes the fields; NULL if there are none.
  void (*shape)(alwayson_shape_sink_t *shape, void *context);
  // Writes the rows; NULL if there are none.
  void (*rows)(alwayson_rows_sink_t *rows, void *context);
  // An argument for the callbacks.
  void *context;
} alwayson_table_source_t;

// Decides when to connect again: after a delay, which doubles with each failed attempt up to a
// limit, plus a random time.
typedef struct {
  // The delay after the first failure, in milliseconds; 5 s by default.
  uint32_t delay_ms;
  // The longest random time, in milliseconds; 10 s by default.
  uint32_t jitter_ms;
  // The longest delay without the random time, in milliseconds; 5 minutes by default.
  uint32_t cap_ms;
  // The number of failed attempts since the last success. The policy counts them.
  uint32_t failed;
  // 1 to connect again after UNAUTHORIZED; 0, the default, if that is final.
  uint8_t after_unauthorized;
} alwayson_reconnect_t;

// A claim of an AUTH: a credential of the edge.
typedef struct {
  // `appKey`, or `userid` and `password` in two claims.
  alwayson_slice_t name;
  // The key, the name or the password. Keep it out of logs.
  alwayson_slice_t value;
} alwayson_claim_t;

// Memory for one item of a new list.
typedef struct {
  // The item.
  size_t opaque[4];
} alwayson_place_t;

// A header of a request.
typedef struct {
  // Its name.
  alwayson_slice_t name;
  // Its value.
  alwayson_slice_t value;
} alwayson_request_header_t;

// A cursor over a list, or over the fields, rows or cells of a table. A copy is independent.
// All zeros are a cursor at the end.
typedef struct {
  // What it iterates over; 0 if it is empty.
  uint32_t tag;
  // The place.
  size_t opaque[8];
} alwayson_cursor_t;

// An aspect of a field: a named value.
typedef struct {
  // Its name.
  alwayson_slice_t name;
  // Its value.
  alwayson_value_t value;
} alwayson_aspect_t;

// Splits a long message, which it borrows.
typedef struct {
  // 0 if there is none.
  uint32_t tag;
  // The rest of the message.
  size_t opaque[12];
} alwayson_split_t;

// A row of a table, which borrows from the bytes of the table.
typedef struct {
  // 0 if there is no row.
  uint32_t tag;
  // The row.
  size_t opaque[8];
} alwayson_row_t;

// A field of the shape of a table.
typedef struct {
  // Its name. Names may repeat.
  alwayson_slice_t name;
  // Its description, which is often empty.
  alwayson_slice_t description;
  // The type that its cells should have, an `ALWAYSON_BASE_TYPE_`. Each cell has a type of its
  // own.
  uint8_t base_type;
  // Named values that describe the field.
  alwayson_list_t aspects;
} alwayson_field_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Decodes the message at the start of the bytes, and sets `used` to its length. Each byte is
// checked once. Bytes that follow the message are ignored, because some peers pad their
// messages. The message, and everything reached from it, borrows from the bytes.
//
// Errors: what is wrong with the bytes; `at` is the offset.
//
// # Safety
// `bytes` can be read, and is not changed while the message is used; `message`
// is NULL, or can be written; `used` is NULL, which is no error, or can be
// written.
alwayson_error_t alwayson_decode(alwayson_slice_t bytes, alwayson_message_t *message, size_t *used);

// Decodes a message that is the whole input.
//
// Errors: as `alwayson_decode`, and `TRAILING_BYTES` if bytes follow the message.
//
// # Safety
// As `alwayson_decode`.
alwayson_error_t alwayson_decode_exact(alwayson_slice_t bytes, alwayson_message_t *message);

// Decodes the header of a message, without the body.
//
// Errors: what is wrong with the header; `at` is the offset.
//
// # Safety
// `bytes` can be read; `header` is NULL, or can be written.
alwayson_error_t alwayson_decode_header(alwayson_slice_t bytes, alwayson_header_t *header);

#if defined(ALWAYSON_DUMP)
// Writes a message as one line for a log, in UTF-8, without a zero at the end: its code, ids
// and content, with long texts shortened, and keys and passwords masked. It is available if
// the library was built with `--features dump` and the program with `ALWAYSON_DUMP`.
//
// Errors: what is wrong with the bytes; `BUFFER_TOO_SMALL` if the line is longer than the
// buffer, which contains its beginning then. `len` is the length of the line.
//
// # Safety
// `bytes` can be read; `capacity` bytes can be written at `line`; `len` is NULL, or
// can be written.
alwayson_error_t alwayson_dump(alwayson_slice_t bytes, uint8_t *line, size_t capacity, size_t *len);
#endif

// Returns the size of an edge, as `sizeof(alwayson_edge_t)`, to check that header and library
// match.
size_t alwayson_edge_size(void);

// Returns the alignment of an edge in bytes.
size_t alwayson_edge_align(void);

// Initialises an edge that is not connected. `outbox` is the memory for messages that wait to be
// sent: the messages of the application, and six bytes for each.
//
// # Safety
// `edge` is NULL, or can be written; `settings` is NULL for the defaults, or
// valid. `len` bytes can be read and written at `outbox`, and nobody else uses
// them while the edge is used.
alwayson_error_t alwayson_edge_init(alwayson_edge_t *edge,
                                    const alwayson_settings_t *settings,
                                    uint8_t *outbox,
                                    size_t len);

// Initialises an edge that is a gateway of this name and type for its Things.
//
// Errors: `INVALID_UTF8`, `NULL`.
//
// # Safety
// As `alwayson_edge_init`; the texts can be read, and are unchanged while the
// edge is used.
alwayson_error_t alwayson_edge_init_gateway(alwayson_edge_t *edge,
                                            const alwayson_settings_t *settings,
                                            alwayson_slice_t name,
                                            alwayson_slice_t gateway_type,
                                            uint8_t *outbox,
                                            size_t len);

// Sets the next event, and returns whether there was one. Each event is returned once.
//
// # Safety
// `edge` is NULL or valid; `event` is NULL, or can be written.
bool alwayson_edge_poll_event(alwayson_edge_t *edge, alwayson_event_t *event);

// Sets when to call `alwayson_edge_handle_timeout`, and then `alwayson_edge_poll_transmit`, at the
// latest, in milliseconds. Returns `false` if nothing is due at any time.
//
// # Safety
// `edge` is NULL or valid; `at_ms` is NULL, or can be written.
bool alwayson_edge_poll_timeout(const alwayson_edge_t *edge, uint64_t *at_ms);

// Returns the state of the connection.
//
// # Safety
// `edge` is NULL or valid.
alwayson_state alwayson_edge_state(const alwayson_edge_t *edge);

// Returns why the connection has ended, if it has.
//
// # Safety
// `edge` is NULL or valid.
alwayson_end alwayson_edge_end(const alwayson_edge_t *edge);

// Sets the counters of an edge.
//
// # Safety
// `edge` is NULL or valid; `counters` is NULL, or can be written.
alwayson_error_t alwayson_edge_counters(const alwayson_edge_t *edge, alwayson_counters_t *counters);

// Prepares the edge for the next connection, on which it binds the same names again.
//
// Errors: `WRONG_STATE` if the connection has not ended, or `alwayson_edge_poll_event` has not
// returned its end yet.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_reopen(alwayson_edge_t *edge);

// Adds a name, which is bound as soon as AUTH has succeeded. A refused name is tried again now.
//
// Errors: `TOO_MANY_NAMES`; `NAME_TOO_LONG` if a BIND of the name exceeds the chunk size;
// `INVALID_UTF8`.
//
// # Safety
// `edge` is NULL or valid. `name` can be read, and is unchanged as long as the edge is used, which
// stores only the pointer.
alwayson_error_t alwayson_edge_bind(alwayson_edge_t *edge, alwayson_slice_t name);

// Unbinds a name. It keeps its place, and `alwayson_edge_bind` binds it again.
//
// Errors: `UNKNOWN_NAME`.
//
// # Safety
// `edge` is NULL or valid; `name` can be read.
alwayson_error_t alwayson_edge_unbind(alwayson_edge_t *edge, alwayson_slice_t name);

// Unbinds a name and removes it. Its place is free when the platform has answered and the
// event was returned.
//
// Errors: `UNKNOWN_NAME`.
//
// # Safety
// `edge` is NULL or valid; `name` can be read.
alwayson_error_t alwayson_edge_remove(alwayson_edge_t *edge, alwayson_slice_t name);

// Returns the state of a name.
//
// # Safety
// `edge` is NULL or valid; `name` can be read.
alwayson_name alwayson_edge_name(const alwayson_edge_t *edge, alwayson_slice_t name);

// Queues a request with values of properties of a Thing. Its answer or failure is returned
// like that of any request.
//
// Errors: as `alwayson_edge_request`.
//
// # Safety
// `edge` is NULL or valid; `count` values can be read at `values`, and what they
// borrow; `thing` can be read; `id` is NULL, which is no error, or can be written.
alwayson_error_t alwayson_edge_push_properties(alwayson_edge_t *edge,
                                               alwayson_slice_t thing,
                                               const alwayson_pushed_t *values,
                                               size_t count,
                                               uint64_t now_ms,
                                               uint32_t *id);

// Handles one binary WebSocket message. Chunks of long messages go to the joiner: pass the
// same one each time. Without a joiner, NULL, they are refused.
//
// Messages of a peer are never an error here: the machine answers them itself.
//
// # Safety
// `edge` and `joiner` are NULL or valid, and nothing else uses the memory of both;
// `bytes` can be read, and is unchanged while what is received is used;
// `received` is NULL, or can be written.
alwayson_error_t alwayson_edge_handle_received(alwayson_edge_t *edge,
                                               alwayson_slice_t bytes,
                                               alwayson_joiner_t *joiner,
                                               uint64_t now_ms,
                                               alwayson_received_t *received);

// Sets `rest` to the bytes that follow the message that was handled last: pass them to
// `alwayson_edge_handle_received` next, like a WebSocket message. They are empty unless
// `several_messages` is set and a whole header follows. Other bytes are counted and ignored.
//
// # Safety
// `edge` is NULL or valid; `bytes` can be read, and is unchanged while the rest is
// used; `rest` is NULL, or can be written.
alwayson_error_t alwayson_edge_rest(const alwayson_edge_t *edge,
                                    alwayson_slice_t bytes,
                                    alwayson_slice_t *rest);

// Handles a ping of the platform: it counts as traffic. The transport answers it.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_ping(alwayson_edge_t *edge, uint64_t now_ms);

// Handles a pong of the platform, expected or not.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_pong(alwayson_edge_t *edge, uint64_t now_ms);

// Handles the end of the WebSocket, closed or lost.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_closed(alwayson_edge_t *edge, uint64_t now_ms);

// Handles everything that is due at this time. Call it at the time of
// `alwayson_edge_poll_timeout`; other times do no harm.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_timeout(alwayson_edge_t *edge, uint64_t now_ms);

// Handles an open WebSocket: writes AUTH into the buffer. Send it before anything else. The key is
// not stored.
//
// Errors: `WRONG_STATE` if it was called before on this connection; `BUFFER_TOO_SMALL`, where
// `at` is the size that is needed. Nothing has changed then.
//
// # Safety
// `edge` is NULL or valid; `claims` is NULL, or a list of `alwayson_claims`;
// `capacity` bytes can be written at `bytes`; `len` is NULL, or can be written.
alwayson_error_t alwayson_edge_handle_opened(alwayson_edge_t *edge,
                                             const alwayson_list_t *claims,
                                             uint8_t *bytes,
                                             size_t capacity,
                                             uint64_t now_ms,
                                             size_t *len);

// Writes the next message to send into the buffer. Call it until there is nothing to send.
//
// Errors: `BUFFER_TOO_SMALL`; nothing has changed then. A buffer of the chunk size, and at
// least 512 bytes, is always large enough.
//
// # Safety
// `edge` is NULL or valid; `capacity` bytes can be written at `bytes`; `transmit`
// is NULL, or can be written.
alwayson_error_t alwayson_edge_poll_transmit(alwayson_edge_t *edge,
                                             uint8_t *bytes,
                                             size_t capacity,
                                             uint64_t now_ms,
                                             alwayson_transmit_t *transmit);

// Queues a request. `alwayson_edge_handle_received` returns its response, or
// `alwayson_edge_poll_event` its failure, with the same `id`: exactly one of the two, once.
//
// Errors: `NOT_AUTHENTICATED`, `LEAVING`, `ENDED`; `TOO_MANY_REQUESTS`, `OUTBOX_FULL`,
// `MESSAGE_TOO_LONG`; those of `alwayson_encode`. Nothing is sent then.
//
// # Safety
// `edge` is NULL or valid; `request` is NULL, or valid with all that it borrows;
// `id` is NULL, which is no error, or can be written.
alwayson_error_t alwayson_edge_request(alwayson_edge_t *edge,
                                       const alwayson_request_t *request,
                                       uint64_t now_ms,
                                       uint32_t *id);

// Queues a request whose parameters are written by callbacks, which must not use this edge.
//
// Errors: as `alwayson_edge_request` and `alwayson_encode_with_table`.
//
// # Safety
// As `alwayson_edge_request`; `source` is NULL, or valid as its type says.
alwayson_error_t alwayson_edge_request_with_table(alwayson_edge_t *edge,
                                                  const alwayson_request_t *request,
                                                  const alwayson_table_source_t *source,
                                                  uint64_t now_ms,
                                                  uint32_t *id);

// Queues a request that writes a property of a Thing on the platform.
//
// Errors: as `alwayson_edge_request`.
//
// # Safety
// `edge` is NULL or valid; `value` is NULL, or valid with all that it borrows; the
// texts can be read; `id` is NULL, which is no error, or can be written.
alwayson_error_t alwayson_edge_write_property(alwayson_edge_t *edge,
                                              alwayson_slice_t thing,
                                              alwayson_slice_t property,
                                              const alwayson_value_t *value,
                                              uint64_t now_ms,
                                              uint32_t *id);

// Queues the response to a request of the platform.
//
// Errors: `NOT_WAITING` if the request was answered before, by the machine itself if it waited too
// long; `ENDED`; `OUTBOX_FULL`, `MESSAGE_TOO_LONG` or those of `alwayson_encode`, after which the
// request can still be answered.
//
// # Safety
// `edge` is NULL or valid; `response` is NULL, or valid with all that it borrows.
alwayson_error_t alwayson_edge_respond(alwayson_edge_t *edge,
                                       uint32_t id,
                                       const alwayson_response_t *response);

// Queues a response that carries one value: `SUCCESS`, and a table with one field of this name
// and one row. The field has the name of the property if a property was read, and `result` if
// a service was called. A platform does not accept a value without a table for either. If
// there is no result, as after a write, use `alwayson_edge_respond`.
//
// Errors: as `alwayson_edge_respond`.
//
// # Safety
// `edge` is NULL or valid; `name` can be read; `value` is NULL, or valid with all
// that it borrows.
alwayson_error_t alwayson_edge_respond_value(alwayson_edge_t *edge,
                                             uint32_t id,
                                             alwayson_slice_t name,
                                             const alwayson_value_t *value);

// Queues a response whose table is written by callbacks, which must not use this edge.
//
// Errors: as `alwayson_edge_respond` and `alwayson_encode_with_table`.
//
// # Safety
// As `alwayson_edge_respond`; `source` is NULL, or valid as its type says.
alwayson_error_t alwayson_edge_respond_with_table(alwayson_edge_t *edge,
                                                  uint32_t id,
                                                  const alwayson_response_t *response,
                                                  const alwayson_table_source_t *source);

// Leaves the platform: sends the queued messages, unbinds the names and closes.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_leave(alwayson_edge_t *edge, uint64_t now_ms);

// Returns a request to read a property of a Thing; `*` means all properties.
// The texts are checked when it is sent.
alwayson_request_t alwayson_read_property(alwayson_slice_t thing, alwayson_slice_t property);

// Returns a request to call a service of a Thing.
// The texts are checked when it is sent.
alwayson_request_t alwayson_invoke_service(alwayson_slice_t thing, alwayson_slice_t service);

// Returns a request to fire an event of a Thing.
// The texts are checked when it is sent.
alwayson_request_t alwayson_fire_event(alwayson_slice_t thing, alwayson_slice_t event);

// Returns a response with this status, without reason and content. A number below 0x40, which is
// not a status, becomes `INTERNAL_SERVER_ERROR`.
alwayson_response_t alwayson_response(uint8_t status);

// Returns the default settings.
alwayson_settings_t alwayson_settings(void);

// Returns the default policy.
alwayson_reconnect_t alwayson_reconnect(void);

// Sets when to connect again after this end, an `ALWAYSON_END_`, and returns whether to do so
// at all. `random` is uniformly distributed from 0 to `UINT32_MAX`.
//
// # Safety
// `policy` is NULL or valid; `at_ms` is NULL, or can be written.
bool alwayson_reconnect_after(alwayson_reconnect_t *policy,
                              uint8_t end,
                              uint64_t now_ms,
                              uint32_t random,
                              uint64_t *at_ms);

// Resets the delay. Call it when AUTH has succeeded.
//
// # Safety
// `policy` is NULL or valid.
void alwayson_reconnect_succeeded(alwayson_reconnect_t *policy);

// Encodes a message, decoded or new, into a buffer, and sets `len` to its length.
//
// Errors: `BUFFER_TOO_SMALL` if it does not fit; `at` and `len` are the exact length then, and the
// buffer contains no message. `TOO_LONG`, `NESTING_TOO_DEEP` or `INVALID_CHUNK` if the message
// cannot be encoded. `INVALID_UTF8`, `INVALID_NUMBER`, `UNKNOWN_BASE_TYPE`,
// `UNSUPPORTED_BASE_TYPE`, `NULL` or `MISUSE` if its structs are not valid.
//
// # Safety
// `message` is NULL, or points to one with the member of `body` for its kind,
// and what that borrows from is unchanged; `capacity` bytes can be written at
// `bytes`; `len` is NULL, which is no error, or can be written.
alwayson_error_t alwayson_encode(const alwayson_message_t *message,
                                 uint8_t *bytes,
                                 size_t capacity,
                                 size_t *len);

// Encodes a message with a table that callbacks write: the parameters of a request, or the
// content of a response. The message itself must have none.
//
// Errors: as `alwayson_encode`; `TOO_MANY` if there are too many cells or aspects;
// `NO_PLACE_FOR_TABLE` if it is another message, or has a table or content already; otherwise the
// first error of writing the table.
//
// # Safety
// As `alwayson_encode`; `source` is NULL, or valid as `alwayson_table_source_t`
// says.
alwayson_error_t alwayson_encode_with_table(const alwayson_message_t *message,
                                            const alwayson_table_source_t *source,
                                            uint8_t *bytes,
                                            size_t capacity,
                                            size_t *len);

// Creates the list of claims for an AUTH.
//
// Errors: `TOO_MANY` if there are more than 255; `INVALID_UTF8`; `NULL`.
//
// # Safety
// `count` claims can be read at `claims`, and the same number of places can be written at
// `places`; both and the texts are unchanged while the list is used. `list` is NULL, or can be
// written.
alwayson_error_t alwayson_claims(const alwayson_claim_t *claims,
                                 alwayson_place_t *places,
                                 size_t count,
                                 alwayson_list_t *list);

// Creates the list of names for a BIND or UNBIND.
//
// Errors: `TOO_MANY` if there are more than 65,535; `INVALID_UTF8`; `NULL`.
//
// # Safety
// As `alwayson_claims`.
alwayson_error_t alwayson_names(const alwayson_slice_t *names,
                                alwayson_place_t *places,
                                size_t count,
                                alwayson_list_t *list);

// Creates the list of headers for a request.
//
// Errors: `TOO_MANY` if there are more than 255; `INVALID_UTF8`; `NULL`.
//
// # Safety
// As `alwayson_claims`.
alwayson_error_t alwayson_headers(const alwayson_request_header_t *headers,
                                  alwayson_place_t *places,
                                  size_t count,
                                  alwayson_list_t *list);

// What an `ALWAYSON_ERROR_` says, in words for a log, with a zero at the end; for
// another number what is said of `ALWAYSON_ERROR_OTHER`. It is never freed.
const char *alwayson_error_text(uint8_t kind);

// Returns a cursor over a list, which is empty if the list was not initialised.
//
// # Safety
// `list` is NULL or points to a list of this library, or zeros.
alwayson_cursor_t alwayson_items(const alwayson_list_t *list);

// Sets the next claim, and returns whether there was one.
//
// # Safety
// `cursor` and `claim` are NULL or valid; what the cursor iterates over is
// unchanged.
bool alwayson_next_claim(alwayson_cursor_t *cursor, alwayson_claim_t *claim);

// Sets the next name, and returns whether there was one.
//
// # Safety
// `cursor` and `name` are NULL or valid; what the cursor iterates over is unchanged.
bool alwayson_next_name(alwayson_cursor_t *cursor, alwayson_slice_t *name);

// Sets the next header, and returns whether there was one.
//
// # Safety
// `cursor` and `header` are NULL or valid; what the cursor iterates over is
// unchanged.
bool alwayson_next_header(alwayson_cursor_t *cursor, alwayson_request_header_t *header);

// Sets the next aspect, and returns whether there was one.
//
// # Safety
// `cursor` and `aspect` are NULL or valid; what the cursor iterates over is
// unchanged.
bool alwayson_next_aspect(alwayson_cursor_t *cursor, alwayson_aspect_t *aspect);

// Splits an encoded message into chunks of at most this many bytes, header included. A message
// that is not longer is written once, unchanged.
//
// Errors: what is wrong with the message; `NEVER_CHUNKED`; `CHUNK_SIZE_TOO_SMALL`, where `at`
// is the smallest size; `TOO_MANY_CHUNKS`.
//
// # Safety
// `message` can be read, and is unchanged while it is split; `splitter` is
// NULL, or can be written.
alwayson_error_t alwayson_split(alwayson_slice_t message,
                                uint16_t chunk_size,
                                alwayson_split_t *splitter);

// Writes the next chunk into the buffer, and sets `len` to its length, or to 0 if none is left.
//
// Errors: `BUFFER_TOO_SMALL`; the chunk is not lost. A buffer of the chunk size is always
// large enough.
//
// # Safety
// `splitter` is NULL or valid, and its message unchanged; `capacity` bytes can be
// written at `bytes`; `len` is NULL, or can be written.
alwayson_error_t alwayson_next_chunk(alwayson_split_t *splitter,
                                     uint8_t *bytes,
                                     size_t capacity,
                                     size_t *len);

// Returns the memory in bytes that one place of a joiner needs, so that every message within
// the limit fits. The chunks have this size, all but the last one are full, and the name of
// the entity has at most `name_len` bytes.
size_t alwayson_memory_for(size_t message_limit, uint16_t chunk_size, size_t longest_name);

// Returns the size of a joiner, as `sizeof(alwayson_joiner_t)`, to check that header and
// library match.
size_t alwayson_joiner_size(void);

// Initialises a joiner with a limit of the message in bytes, and a timeout in milliseconds
// from the first chunk on, after which an unfinished message is dropped. The memory is divided
// equally among the places, one for each unfinished message: `alwayson_memory_for` returns
// what a place needs.
//
// Errors: `INVALID_NUMBER` if there is no place, or more than `ALWAYSON_JOINER_PLACES`; `NULL`.
//
// # Safety
// `joiner` is NULL, or can be written. `len` bytes can be read and written at
// `memory`, and nobody else uses them while the joiner is used.
alwayson_error_t alwayson_joiner_init(alwayson_joiner_t *joiner,
                                      uint8_t *memory,
                                      size_t len,
                                      size_t places,
                                      size_t message_limit,
                                      uint64_t timeout_ms);

// Adds a chunk, which is an encoded message. After the last missing chunk, `whole` is the
// message, valid until the next call with this joiner; otherwise its `ptr` is NULL. An edge
// calls this itself for the joiner that it gets.
//
// Errors: what is wrong with the bytes; `INVALID_CHUNK` if it is not a chunk;
// `CHUNK_MISMATCH`, `TOO_LARGE`, `OUT_OF_MEMORY` or `BUSY`, after which the message of the
// chunk is dropped, or was not begun.
//
// # Safety
// `joiner` is NULL or valid, and its memory used by nobody else; `bytes` can be
// read; `whole` is NULL, or can be written.
alwayson_error_t alwayson_join(alwayson_joiner_t *joiner,
                               alwayson_slice_t bytes,
                               uint64_t now_ms,
                               alwayson_slice_t *whole);

// Sets when the next unfinished message times out, and returns whether there is one.
//
// # Safety
// `joiner` is NULL or valid; `at_ms` is NULL, or can be written.
bool alwayson_joiner_next_expiry(const alwayson_joiner_t *joiner, uint64_t *at_ms);

// Drops the messages that have timed out, and sets `dropped` to their number. Adding a chunk
// does so as well.
//
// # Safety
// `joiner` is NULL or valid; `dropped` is NULL, which is no error, or can be
// written.
alwayson_error_t alwayson_joiner_expire(alwayson_joiner_t *joiner,
                                        uint64_t now_ms,
                                        size_t *dropped);

// Returns the bytes of a C string without its zero, or an empty slice for NULL.
//
// # Safety
// `string` is NULL, or ends with a zero, and is not written while the result is used.
alwayson_slice_t alwayson_str(const char *string);

// Returns the number of fields of a table, or 0 without a table.
//
// # Safety
// `table` is NULL, or points to a table whose bytes are unchanged, or zeros.
size_t alwayson_field_count(const alwayson_table_t *table);

// Returns the number of rows of a table, or 0 without a table.
//
// # Safety
// As `alwayson_field_count`.
size_t alwayson_row_count(const alwayson_table_t *table);

// Returns a cursor over the fields of a table, which is empty without a table.
//
// # Safety
// As `alwayson_field_count`.
alwayson_cursor_t alwayson_fields(const alwayson_table_t *table);

// Returns a cursor over the rows of a table, which is empty without a table.
//
// # Safety
// As `alwayson_field_count`.
alwayson_cursor_t alwayson_rows(const alwayson_table_t *table);

// Returns a cursor over the cells of a row, which is empty without a row.
//
// # Safety
// `row` is NULL, or points to a row whose table's bytes are unchanged, or zeros.
alwayson_cursor_t alwayson_cells(const alwayson_row_t *row);

// Sets the next field, and returns whether there was one.
//
// # Safety
// `cursor` and `field` are NULL or valid; what the cursor iterates over is unchanged.
bool alwayson_next_field(alwayson_cursor_t *cursor, alwayson_field_t *field);

// Sets the next row, and returns whether there was one.
//
// # Safety
// `cursor` and `row` are NULL or valid; what the cursor iterates over is unchanged.
bool alwayson_next_row(alwayson_cursor_t *cursor, alwayson_row_t *row);

// Sets the next cell, and returns whether there was one.
//
// # Safety
// `cursor` and `cell` are NULL or valid; what the cursor iterates over is unchanged.
bool alwayson_next_cell(alwayson_cursor_t *cursor, alwayson_value_t *cell);

// Sets the cell of a row in the first field with this name, and returns whether there is one.
//
// # Safety
// As `alwayson_cells`; `name` can be read; `cell` is NULL, or can be written.
bool alwayson_row_get(const alwayson_row_t *row, alwayson_slice_t name, alwayson_value_t *cell);

// Sets the cell of the first row of a table in the first field with this name: the value of a
// property, a parameter, or the result of a service. Returns whether there is one.
//
// # Safety
// As `alwayson_field_count`; `name` can be read; `cell` is NULL, or can be
// written.
bool alwayson_table_value(const alwayson_table_t *table,
                          alwayson_slice_t name,
                          alwayson_value_t *cell);

// Writes a table into a buffer, for use as a value or as parameters, and sets `len` to the
// length of its bytes.
//
// Errors: `BUFFER_TOO_SMALL` if it does not fit, where `at` and `len` are the exact length of
// the table; `TOO_MANY` if there are too many cells or aspects; `TOO_LONG`;
// `NESTING_TOO_DEEP`; otherwise the first error of writing.
//
// # Safety
// `source` is NULL, or valid as its type says; `capacity` bytes can be written
// at `bytes`, which are unchanged while the table is used; `table` and `len` are
// NULL, which is no error of `len`, or can be written.
alwayson_error_t alwayson_table_write(const alwayson_table_source_t *source,
                                      uint8_t *bytes,
                                      size_t capacity,
                                      alwayson_table_t *table,
                                      size_t *len);

// Writes a field with this name and base type.
//
// # Safety
// `shape` is the argument of a callback, during its call; `name` can be read.
void alwayson_write_field(alwayson_shape_sink_t *shape, alwayson_slice_t name, uint8_t base_type);

// Writes a field with its description and aspects: those of a decoded field, or none.
//
// # Safety
// `shape` is the argument of a callback, during its call; `field` is NULL, or valid
// with all that it borrows from.
void alwayson_write_field_like(alwayson_shape_sink_t *shape, const alwayson_field_t *field);

// Writes a field with a description and aspects of the caller, none of which may be a new VARIANT.
//
// # Safety
// `shape` is the argument of a callback, during its call; `count` aspects can be
// read at `aspects`, and the texts and values.
void alwayson_write_field_with(alwayson_shape_sink_t *shape,
                               alwayson_slice_t name,
                               alwayson_slice_t description,
                               uint8_t base_type,
                               const alwayson_aspect_t *aspects,
                               size_t count);

// Writes a row with the cells that the callback writes.
//
// # Safety
// `rows` is the argument of a callback, during its call; `write` is NULL, or valid
// as a function of `alwayson_table_source_t`.
void alwayson_write_row(alwayson_rows_sink_t *rows, void (*write)(alwayson_cells_sink_t *cells,
                                                                  void *context), void *context);

// Writes a row with these cells.
//
// # Safety
// `rows` is the argument of a callback, during its call; `count` values can be read
// at `cells`, with the members for their base types, and what these borrow.
void alwayson_write_row_of(alwayson_rows_sink_t *rows, const alwayson_value_t *cells, size_t count);

// Writes a cell with this value.
//
// # Safety
// `cells` is the argument of a callback, during its call; `value` is NULL, or valid
// with the member for its base type, and what that borrows from.
void alwayson_write_cell(alwayson_cells_sink_t *cells, const alwayson_value_t *value);

// Writes a cell with a VARIANT of this value.
//
// # Safety
// As `alwayson_write_cell`.
void alwayson_write_variant(alwayson_cells_sink_t *cells, const alwayson_value_t *value);

// Writes a cell with a table that callbacks write.
//
// # Safety
// `cells` is the argument of a callback, during its call; `source` is NULL, or valid
// as its type says.
void alwayson_write_table(alwayson_cells_sink_t *cells, const alwayson_table_source_t *source);

// Returns NOTHING: an absent cell, or no content.
alwayson_value_t alwayson_nothing(void);

// Returns a STRING.
alwayson_value_t alwayson_string(alwayson_slice_t text);

// Returns a NUMBER.
alwayson_value_t alwayson_number(double number);

// Returns an INTEGER.
alwayson_value_t alwayson_integer(int32_t integer);

// Returns a BOOLEAN.
alwayson_value_t alwayson_boolean(uint8_t boolean);

// Returns a DATETIME of milliseconds since 1970-01-01 UTC.
alwayson_value_t alwayson_datetime(int64_t datetime_ms);

// Returns a TIMESPAN with a period. Start and end are in milliseconds since 1970-01-01 UTC, or
// `ALWAYSON_NO_TIME_MS`.
alwayson_value_t alwayson_timespan(int64_t start_ms, int64_t end_ms, alwayson_slice_t period);

// Returns a THINGCODE.
alwayson_value_t alwayson_thing_code(int32_t domain, int64_t instance);

// Returns a VARIANT of a value, which must not be moved while the VARIANT is used.
alwayson_value_t alwayson_variant(const alwayson_value_t *made);

// Returns an INFOTABLE.
alwayson_value_t alwayson_infotable(alwayson_table_t table);

// Sets `inner` to the content of a VARIANT.
//
// # Safety
// `value` is NULL or points to a value with the member for its base type, and
// what that borrows from is unchanged; `inner` is NULL, or can be written.
alwayson_error_t alwayson_value_inner(const alwayson_value_t *value, alwayson_value_t *inner);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ALWAYSON_H */
