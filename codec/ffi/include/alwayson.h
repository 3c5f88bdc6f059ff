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

// How many names an edge can have.
#define ALWAYSON_EDGE_NAMES 16

// How many of its requests can wait for their answers.
#define ALWAYSON_EDGE_REQUESTS 8

// How many requests of the platform can wait for their answers.
#define ALWAYSON_EDGE_INBOUND 8

#if defined(ALWAYSON_POINTERS_64)
// The size of an edge, in words of eight bytes, its outbox not counted.
#define ALWAYSON_EDGE_WORDS 184
#endif

#if defined(ALWAYSON_POINTERS_32)
// The size of an edge, in words of eight bytes, its outbox not counted.
#define ALWAYSON_EDGE_WORDS 152
#endif

// How many unfinished messages a joiner can hold at a time.
#define ALWAYSON_JOINER_PLACES 4

#if defined(ALWAYSON_POINTERS_64)
// The size of a joiner, in words of eight bytes, its memory not counted.
#define ALWAYSON_JOINER_WORDS 50
#endif

#if defined(ALWAYSON_POINTERS_32)
// The size of a joiner, in words of eight bytes, its memory not counted.
#define ALWAYSON_JOINER_WORDS 34
#endif

// Stands for no start or no end of a TIMESPAN.
#define ALWAYSON_NO_TIME_MS -1

// What is wrong. The numbers stay what they are; new ones may come.
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
  // A marker that is not valid here.
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
  // The buffer is too small; `at`: how many bytes are needed.
  ALWAYSON_ERROR_BUFFER_TOO_SMALL = 32,
  // More items than the wire can count; `at`: how many it can.
  ALWAYSON_ERROR_TOO_MANY = 33,
  // A string or blob is longer than 2 GiB.
  ALWAYSON_ERROR_TOO_LONG = 34,
  // The message has no place for a table, or already has one there.
  ALWAYSON_ERROR_NO_PLACE_FOR_TABLE = 35,
  // A message of this kind is never sent in chunks.
  ALWAYSON_ERROR_NEVER_CHUNKED = 48,
  // The chunk size leaves no room for data; `at`: the least that does.
  ALWAYSON_ERROR_CHUNK_SIZE_TOO_SMALL = 49,
  // More than 65,535 chunks.
  ALWAYSON_ERROR_TOO_MANY_CHUNKS = 50,
  // A chunk contradicts an earlier one of its message.
  ALWAYSON_ERROR_CHUNK_MISMATCH = 51,
  // The joined message is longer than the limit; `at`: the limit.
  ALWAYSON_ERROR_TOO_LARGE = 52,
  // No place of the joiner is large enough; `at`: how many bytes the message
  // may need.
  ALWAYSON_ERROR_OUT_OF_MEMORY = 53,
  // All places of the joiner are taken.
  ALWAYSON_ERROR_BUSY = 54,
  // AUTH has not succeeded, and before it nothing else may be sent.
  ALWAYSON_ERROR_NOT_AUTHENTICATED = 64,
  // The connection is being left.
  ALWAYSON_ERROR_LEAVING = 65,
  // The connection has ended.
  ALWAYSON_ERROR_ENDED = 66,
  // The Thing is not bound on this connection.
  ALWAYSON_ERROR_NOT_BOUND = 67,
  // The request was answered already, or waited too long.
  ALWAYSON_ERROR_NOT_WAITING = 68,
  // As many requests as there is room for have not ended yet.
  ALWAYSON_ERROR_TOO_MANY_REQUESTS = 69,
  // There is no room for another name.
  ALWAYSON_ERROR_TOO_MANY_NAMES = 70,
  // The name is too long.
  ALWAYSON_ERROR_NAME_TOO_LONG = 71,
  // The name is not known.
  ALWAYSON_ERROR_UNKNOWN_NAME = 72,
  // The outbox is full until messages were sent.
  ALWAYSON_ERROR_OUTBOX_FULL = 73,
  // The message is longer than the outbox, or than can be sent.
  ALWAYSON_ERROR_MESSAGE_TOO_LONG = 74,
  // The connection is not in a state for this call.
  ALWAYSON_ERROR_WRONG_STATE = 75,
  // A pointer is NULL that must not be.
  ALWAYSON_ERROR_NULL = 96,
  // A number of the caller's is none of those that its field can have.
  ALWAYSON_ERROR_INVALID_NUMBER = 97,
  // What was handed in is not what the function wants: never made, of
  // another kind, or not aligned.
  ALWAYSON_ERROR_MISUSE = 98,
  // An error of a codec that is newer than this list.
  ALWAYSON_ERROR_OTHER = 255,
};
#ifndef __cplusplus
typedef uint8_t alwayson_error;
#endif // __cplusplus

// What has happened.
enum alwayson_event
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Nothing.
  ALWAYSON_EVENT_NOTHING = 0,
  // AUTH has succeeded: `session`, `endpoint`.
  ALWAYSON_EVENT_AUTHENTICATED = 1,
  // The platform may send requests to `name`.
  ALWAYSON_EVENT_BOUND = 2,
  // The platform no longer has `name`.
  ALWAYSON_EVENT_UNBOUND = 3,
  // The platform refuses to bind `name`, or has not answered: `status`.
  ALWAYSON_EVENT_REFUSED = 4,
  // The request `request` ended without an answer: `failure`.
  ALWAYSON_EVENT_FAILED = 5,
  // The connection has ended, after all requests that were in flight: `end`.
  // Once there is nothing more to send, or after the close, drop the WebSocket.
  ALWAYSON_EVENT_ENDED = 6,
  // Something that this library does not know yet.
  ALWAYSON_EVENT_OTHER = 255,
};
#ifndef __cplusplus
typedef uint8_t alwayson_event;
#endif // __cplusplus

// Why a request ended without an answer.
enum alwayson_failure
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // It has not failed.
  ALWAYSON_FAILURE_NONE = 0,
  // No answer in time.
  ALWAYSON_FAILURE_TIMEOUT = 1,
  // The connection has ended.
  ALWAYSON_FAILURE_ENDED = 2,
  // An answer came, and its bytes are no message.
  ALWAYSON_FAILURE_UNREADABLE = 3,
  // An answer came in chunks that cannot be joined.
  ALWAYSON_FAILURE_NOT_JOINED = 4,
  // The Thing was unbound before the request was sent.
  ALWAYSON_FAILURE_NOT_SENT = 5,
  // Something that this library does not know yet.
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
  // It has not.
  ALWAYSON_END_NONE = 0,
  // The application has left.
  ALWAYSON_END_LEFT = 1,
  // The platform answered AUTH with UNAUTHORIZED.
  ALWAYSON_END_UNAUTHORIZED = 2,
  // The platform answered AUTH with another failure.
  ALWAYSON_END_DECLINED = 3,
  // The platform did not answer AUTH in time.
  ALWAYSON_END_AUTH_TIMEOUT = 4,
  // The platform sent what has no header of a message.
  ALWAYSON_END_PROTOCOL = 5,
  // No pong came in time.
  ALWAYSON_END_SILENT = 6,
  // The platform closed the connection, or it broke.
  ALWAYSON_END_LOST = 7,
  // The platform does not know this session any more: connect and authenticate
  // again.
  ALWAYSON_END_INVALID_SESSION = 8,
  // Something that this library does not know yet.
  ALWAYSON_END_OTHER = 255,
};
#ifndef __cplusplus
typedef uint8_t alwayson_end;
#endif // __cplusplus

// Where a connection stands.
enum alwayson_state
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // There is no edge.
  ALWAYSON_STATE_NONE = 0,
  // The transport connects.
  ALWAYSON_STATE_OPENING = 1,
  // AUTH was sent.
  ALWAYSON_STATE_AUTHENTICATING = 2,
  // AUTH has succeeded.
  ALWAYSON_STATE_ONLINE = 3,
  // The application leaves.
  ALWAYSON_STATE_LEAVING = 4,
  // It is over; a close is to be sent, and that of the peer awaited.
  ALWAYSON_STATE_CLOSING = 5,
  // It is over, and the transport can be dropped.
  ALWAYSON_STATE_ENDED = 6,
};
#ifndef __cplusplus
typedef uint8_t alwayson_state;
#endif // __cplusplus

// Where a name stands.
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
  // The platform may send requests to it.
  ALWAYSON_NAME_BOUND = 3,
  // The platform refuses it; it is tried again later.
  ALWAYSON_NAME_REFUSED = 4,
  // An UNBIND waits for its answer.
  ALWAYSON_NAME_UNBINDING = 5,
};
#ifndef __cplusplus
typedef uint8_t alwayson_name;
#endif // __cplusplus

// What is to be sent.
enum alwayson_transmit
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Nothing.
  ALWAYSON_TRANSMIT_NOTHING = 0,
  // One binary message: the first `len` bytes of the buffer.
  ALWAYSON_TRANSMIT_MESSAGE = 1,
  // A ping.
  ALWAYSON_TRANSMIT_PING = 2,
  // A close with `close_code`. Nothing is sent after it.
  ALWAYSON_TRANSMIT_CLOSE = 3,
};
#ifndef __cplusplus
typedef uint8_t alwayson_transmit;
#endif // __cplusplus

// What a request asks for.
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

// The outcome that a response reports: any number from 0x40 on.
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

// What kind of entity a request is for: any number.
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

// Which part of an entity a request is for: any number.
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

// What a message is: which member of its `body` there is.
enum alwayson_kind
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // A sign of life; no body.
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

// What came of a message.
enum alwayson_received
#ifdef __cplusplus
  : uint8_t
#endif // __cplusplus
 {
  // Nothing for the application.
  ALWAYSON_RECEIVED_HANDLED = 0,
  // The message was not taken: send first what `alwayson_edge_poll_transmit`
  // has, then hand the same message in again.
  ALWAYSON_RECEIVED_NOT_NOW = 1,
  // The platform asks something of a Thing that is bound: `request`. It must be
  // answered, by `alwayson_edge_respond` and `id`.
  ALWAYSON_RECEIVED_REQUEST = 2,
  // The answer to the request `id`, which has ended with it: `response`.
  ALWAYSON_RECEIVED_RESPONSE = 3,
  // The platform refuses to bind a name, the one that the next event tells:
  // `response` has its status and reason.
  ALWAYSON_RECEIVED_BIND_REFUSED = 4,
  // The platform refuses AUTH, and the connection ends: `response` has its
  // status and reason.
  ALWAYSON_RECEIVED_AUTH_REFUSED = 5,
};
#ifndef __cplusplus
typedef uint8_t alwayson_received;
#endif // __cplusplus

// Writes the cells of a row; is handed to a function of the caller's.
typedef struct alwayson_cells_sink_t alwayson_cells_sink_t;

// Writes the rows of a table; is handed to a function of the caller's.
typedef struct alwayson_rows_sink_t alwayson_rows_sink_t;

// Writes the shape of a table; is handed to a function of the caller's.
typedef struct alwayson_shape_sink_t alwayson_shape_sink_t;

// How a call went.
typedef struct {
  // What is wrong; `ALWAYSON_ERROR_OK`: nothing.
  alwayson_error kind;
  // Where, or how much. Of bytes that cannot be decoded: the offset at which
  // the problem is. Of the others, what their description says, or 0.
  size_t at;
} alwayson_error_t;

// Bytes, or text in UTF-8, that somebody else owns. A `ptr` of NULL is none
// where something may be missing, and nothing at all elsewhere.
typedef struct {
  // The first byte.
  const uint8_t *ptr;
  // How many there are. Text has no zero at its end.
  size_t len;
} alwayson_slice_t;

// The three ids of a header.
typedef struct {
  // A response carries that of its request.
  uint32_t request;
  // The client, over all its connections; 0 or `ALWAYSON_NO_ID`: none.
  uint32_t endpoint;
  // One connection; `ALWAYSON_NO_ID`: none yet.
  uint32_t session;
} alwayson_ids_t;

// A list of claims, names, headers or aspects. It borrows from the message, or
// from the places, that it was made of. All zeros: an empty list.
typedef struct {
  // What it is a list of; 0: nothing.
  uint32_t tag;
  // How many items there are.
  uint32_t count;
  // The list.
  size_t opaque[4];
} alwayson_list_t;

// The body of an AUTH or CLEARAUTH.
typedef struct {
  // Claims: usually one, the application key.
  alwayson_list_t claims;
} alwayson_auth_t;

// The body of a BIND or UNBIND.
typedef struct {
  // The gateway that stands before the Things; none if its `ptr` is NULL.
  alwayson_slice_t gateway_name;
  // The type of gateway.
  alwayson_slice_t gateway_type;
  // The names of the Things.
  alwayson_list_t names;
} alwayson_bind_t;

// A table: decoded, or written by `alwayson_table_write`. It borrows its bytes.
// All zeros: none.
typedef struct {
  // 0: there is no table.
  uint32_t tag;
  // The table.
  size_t opaque[5];
} alwayson_table_t;

// The body of a GET, PUT, POST or DELETE.
typedef struct {
  // What to do, an `ALWAYSON_METHOD_`.
  uint8_t method;
  // With what kind of entity, an `ALWAYSON_ENTITY_` or another number.
  uint8_t entity_type;
  // With which part of it, an `ALWAYSON_CHARACTERISTIC_` or another number.
  uint8_t characteristic;
  // The entity's name.
  alwayson_slice_t entity_name;
  // The property, service or event. `*` with GET: all properties.
  alwayson_slice_t characteristic_name;
  // Headers, rarely used.
  alwayson_list_t headers;
  // The parameters; a `tag` of 0: none.
  alwayson_table_t params;
} alwayson_request_t;

// A place on earth.
typedef struct {
  // In degrees, east positive.
  double longitude;
  // In degrees, north positive.
  double latitude;
  // In metres.
  double elevation;
} alwayson_location_t;

// A VARIANT: a value of any type. One is made by a `tag` of 0 and a pointer to
// what is in it, which is no VARIANT that was made so.
typedef struct {
  // 0 for one that was made by hand.
  uint32_t tag;
  // What is in one that was made by hand: an `alwayson_value_t`.
  const void *made;
  // What is in one that was decoded.
  size_t opaque[3];
} alwayson_variant_t;

// A span of time.
typedef struct {
  // When it starts: milliseconds since 1970-01-01 UTC, or
  // `ALWAYSON_NO_TIME_MS`.
  int64_t start_ms;
  // When it ends, likewise.
  int64_t end_ms;
  // Its period, such as `1h`.
  alwayson_slice_t period;
} alwayson_timespan_t;

// The numbers of a VEC2, VEC3 or VEC4. Of the first `z` and `w` are 0 and not
// looked at, of the second `w`.
typedef struct {
  double x;
  double y;
  double z;
  double w;
} alwayson_vector_t;

// The code of a Thing.
typedef struct {
  // The domain that gave the code.
  int32_t domain;
  // The Thing in that domain.
  int64_t instance;
} alwayson_thing_code_t;

// What a value is, by its base type.
typedef union {
  // STRING and the types of the same layout.
  alwayson_slice_t text;
  // BLOB and IMAGE.
  alwayson_slice_t bytes;
  // NUMBER.
  double number;
  // INTEGER.
  int32_t integer;
  // LONG.
  int64_t long_integer;
  // BOOLEAN: 0 is false, all else true.
  uint8_t boolean;
  // DATETIME: milliseconds since 1970-01-01 UTC.
  int64_t datetime_ms;
  // LOCATION.
  alwayson_location_t location;
  // VARIANT: `alwayson_value_inner` gives what is in it.
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

// A value with its base type: a cell of a table, an aspect of a field, the
// content of a response. Made by hand or decoded.
typedef struct {
  // Its base type, an `ALWAYSON_BASE_TYPE_`: which member of `as` there is.
  // Zeros are an empty STRING; `alwayson_nothing()` is NOTHING.
  uint8_t base_type;
  // What it is.
  alwayson_value_as_t as;
} alwayson_value_t;

// The body of a response.
typedef struct {
  // The outcome, an `ALWAYSON_STATUS_` or another number from 0x40 on.
  uint8_t status;
  // Why, in words; none if its `ptr` is NULL.
  alwayson_slice_t reason;
  // What was asked for: nearly always NOTHING or a table.
  alwayson_value_t content;
} alwayson_response_t;

// The body of a chunk, a part of a long request, response, BIND or UNBIND.
typedef struct {
  // The method or status of the whole message.
  uint8_t code;
  // Of a request: what kind of entity.
  uint8_t entity_type;
  // Of a request: the entity's name.
  alwayson_slice_t entity_name;
  // Its place among the chunks, counted from 1.
  uint16_t id;
  // How many chunks there are.
  uint16_t count;
  // The sender's limit of a chunk, header included.
  uint16_t size;
  // Its part of the message's body.
  alwayson_slice_t data;
} alwayson_chunk_t;

// What a message says, by its kind.
typedef union {
  // AUTH and CLEARAUTH.
  alwayson_auth_t auth;
  // BIND and UNBIND.
  alwayson_bind_t bind;
  // GET, PUT, POST and DELETE.
  alwayson_request_t request;
  // The answer to any of these.
  alwayson_response_t response;
  // A part of a long request, response, BIND or UNBIND.
  alwayson_chunk_t chunk;
} alwayson_body_t;

// One AlwaysOn message: what one binary WebSocket message carries.
typedef struct {
  // What it is, an `ALWAYSON_KIND_`: which member of `body` there is.
  uint8_t kind;
  // Whom it belongs to.
  alwayson_ids_t ids;
  // What it says.
  alwayson_body_t body;
} alwayson_message_t;

// A message's header on its own: for messages whose body cannot be read, and
// whose sender is to be told.
typedef struct {
  // What the message is: a method, a status, or 0x0A BIND, 0x0B UNBIND, 0x14
  // AUTH, 0x1F `KEEP_ALIVE`.
  uint8_t code;
  // 1: it is a chunk of a longer message.
  uint8_t multipart;
  // Whom it belongs to.
  alwayson_ids_t ids;
} alwayson_header_t;

// The edge's side of a connection, without I/O and clock. It lives as long as the
// device: after the end of one connection `alwayson_edge_reopen` makes it ready
// for the next. Made in its place, it can be moved afterwards.
//
// Calls come in this order; what does not fit into it does no harm, and is told.
//
// 1. The WebSocket is open: `alwayson_edge_handle_opened` writes the AUTH. Send
//    it.
// 2. Until nothing is left: send what `alwayson_edge_poll_transmit` writes, then
//    act on what `alwayson_edge_poll_event` tells.
// 3. Wait for the WebSocket, and no longer than `alwayson_edge_poll_timeout`
//    says.
// 4. Tell what came: `alwayson_edge_handle_received`, and answer the request that
//    it hands out; `_handle_ping`, `_handle_pong`, `_handle_closed`; nothing in
//    time: `_handle_timeout`.
// 5. Calls of the application, whenever they come. Back to 2.
typedef struct {
  // 0: there is none.
  uint32_t tag;
  // The machine.
  uint64_t opaque[ALWAYSON_EDGE_WORDS];
} alwayson_edge_t;

// What an edge can be set to. Times are in milliseconds.
typedef struct {
  // The time for the answer to a request, an AUTH, a BIND; 10 s by default.
  uint32_t request_timeout_ms;
  // The time in which the application has to answer a request of the platform;
  // then the machine does. 30 s by default.
  uint32_t answer_timeout_ms;
  // How long no traffic in one of the directions makes a ping; 55 s by default.
  uint32_t ping_interval_ms;
  // The time for its pong; 10 s by default.
  uint32_t pong_timeout_ms;
  // The time for the peer's close; 5 s by default.
  uint32_t close_timeout_ms;
  // The time after which a refused name is tried again; 15 s by default.
  uint32_t rebind_delay_ms;
  // The id of the first request; 1 by default.
  uint32_t first_request_id;
  // The longest message that is sent as one; 8192 by default. Announce it to the
  // platform as `Max-Frame-Size` in the upgrade request.
  uint16_t chunk_size;
  // 1: a WebSocket message may hold several messages of the protocol;
  // `alwayson_edge_rest` says what is to be handed in next. 0, by default: what
  // follows the first is counted, and not read.
  uint8_t several_messages;
} alwayson_settings_t;

// What has happened, and to what.
typedef struct {
  // What.
  alwayson_event kind;
  // Why a request ended.
  alwayson_failure failure;
  // Why the connection ended.
  alwayson_end end;
  // Why a name is refused, an `ALWAYSON_STATUS_`.
  uint8_t status;
  // The id of this connection.
  uint32_t session;
  // The id of this client; 0: none was granted.
  uint32_t endpoint;
  // The request.
  uint32_t request;
  // The name.
  alwayson_slice_t name;
} alwayson_event_t;

// What an edge has counted since it was made, over all its connections.
typedef struct {
  // Responses that nobody waited for.
  uint32_t responses_dropped;
  // Messages that had no place in the connection's state, and no answer.
  uint32_t messages_dropped;
  // Requests that came while as many as there is room for were not answered.
  uint32_t requests_refused;
  // Requests that came again before they were answered.
  uint32_t requests_doubled;
  // Requests that nobody answered in time.
  uint32_t requests_unanswered;
  // Messages whose chunks did not all come in time.
  uint32_t messages_unfinished;
  // Messages after which bytes followed that were not read.
  uint32_t messages_followed;
  // How many bytes these were.
  uint32_t bytes_followed;
} alwayson_counters_t;

// The value that a property had at a time.
typedef struct {
  // The property.
  alwayson_slice_t name;
  // Its value; anything but a VARIANT that was made by hand.
  alwayson_value_t value;
  // When it had it: milliseconds since 1970-01-01 UTC.
  int64_t time_ms;
  // GOOD, BAD, UNKNOWN, `OUT_OF_RANGE` or `UNVERIFIED_SOURCE`; GOOD if its `ptr`
  // is NULL.
  alwayson_slice_t quality;
} alwayson_pushed_t;

// Puts the chunks of long messages together, in memory of the caller's.
typedef struct {
  // 0: there is none.
  uint32_t tag;
  // Its places.
  uint64_t opaque[ALWAYSON_JOINER_WORDS];
} alwayson_joiner_t;

// What came of a message, for the application. What it borrows is in the bytes
// that came, or in the joiner until the next call with that.
typedef struct {
  // What came: an `ALWAYSON_RECEIVED_`.
  uint8_t kind;
  // What to answer a request by; of a response, the request that it answers.
  uint32_t id;
  // The request.
  alwayson_request_t request;
  // The response.
  alwayson_response_t response;
} alwayson_received_t;

// The next thing to send over the WebSocket.
typedef struct {
  // What it is.
  alwayson_transmit kind;
  // The code of a close, as RFC 6455 counts them.
  uint16_t close_code;
  // The length of a message.
  size_t len;
} alwayson_transmit_t;

// A table that is written on the spot. Each function is called once, at once,
// with `context`. It returns, and what it is handed it uses in its call alone,
// by the functions whose names begin with `alwayson_write_`.
typedef struct {
  // Writes the fields; NULL: there is none.
  void (*shape)(alwayson_shape_sink_t *shape, void *context);
  // Writes the rows; NULL: there is none.
  void (*rows)(alwayson_rows_sink_t *rows, void *context);
  // Whatever the functions want.
  void *context;
} alwayson_table_source_t;

// When to connect again: after a delay, which doubles with each attempt that
// fails up to a bound, and a random time on top of it.
typedef struct {
  // The delay after the first failure, in milliseconds; 5 s by default.
  uint32_t delay_ms;
  // The longest random time, in milliseconds; 10 s by default.
  uint32_t jitter_ms;
  // The longest delay, random time not counted; 5 minutes by default.
  uint32_t cap_ms;
  // Attempts that have failed since one succeeded: the policy counts them.
  uint32_t failed;
  // 1: UNAUTHORIZED is an end like others. 0, by default: it is final.
  uint8_t after_unauthorized;
} alwayson_reconnect_t;

// A claim of an AUTH: who the edge says it is.
typedef struct {
  // `appKey`, or `userid` and `password` in two claims.
  alwayson_slice_t name;
  // The key or credential itself. Keep it out of logs.
  alwayson_slice_t value;
} alwayson_claim_t;

// Room for one item of a list that is made by hand.
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

// Where an iteration is: over a list, or the fields, rows or cells of a table.
// A copy goes on by itself. All zeros: nothing is left.
typedef struct {
  // What it goes over; 0: nothing.
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

// A long message that is being taken apart. It borrows the message.
typedef struct {
  // 0: there is none.
  uint32_t tag;
  // What is left.
  size_t opaque[12];
} alwayson_split_t;

// A row of a table, which borrows from the table's bytes.
typedef struct {
  // 0: there is no row.
  uint32_t tag;
  // The row.
  size_t opaque[8];
} alwayson_row_t;

// A field of a table's shape.
typedef struct {
  // Its name. Names may repeat.
  alwayson_slice_t name;
  // What it is for, often empty.
  alwayson_slice_t description;
  // The type that its cells should have, an `ALWAYSON_BASE_TYPE_`. Each cell
  // carries its own.
  uint8_t base_type;
  // Named values that say more of the field.
  alwayson_list_t aspects;
} alwayson_field_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Decodes the message at the start of the bytes, checking each of them once, and
// says how many it has. What follows it is not looked at: some peers pad their
// messages. The message borrows from the bytes, and so does what is reached from
// it.
//
// Errors: what is wrong with the bytes, and where.
//
// # Safety
// `bytes` can be read, and is not changed while the message is used; `message`
// is NULL, or can be written; `used` is NULL, which is no error, or can be
// written.
alwayson_error_t alwayson_decode(alwayson_slice_t bytes, alwayson_message_t *message, size_t *used);

// Decodes a message that is all of the bytes.
//
// Errors: as `alwayson_decode`, and `TRAILING_BYTES` where anything follows the
// message.
//
// # Safety
// As `alwayson_decode`.
alwayson_error_t alwayson_decode_exact(alwayson_slice_t bytes, alwayson_message_t *message);

// Decodes the header of a message, whatever its body may be.
//
// Errors: what is wrong with the header, and where.
//
// # Safety
// `bytes` can be read; `header` is NULL, or can be written.
alwayson_error_t alwayson_decode_header(alwayson_slice_t bytes, alwayson_header_t *header);

#if defined(ALWAYSON_DUMP)
// Writes a message as one line for a log, in UTF-8, without a zero at its end: what
// it is, its ids and what it holds, long texts cut, keys and passwords masked. It is
// there if library and program were built with it: `--features dump`, and
// `ALWAYSON_DUMP`.
//
// Errors: what is wrong with the bytes; `BUFFER_TOO_SMALL` where the line is longer,
// of which the buffer has the beginning then. `len` is the length of the line.
//
// # Safety
// `bytes` can be read; `capacity` bytes can be written at `line`; `len` is NULL, or
// can be written.
alwayson_error_t alwayson_dump(alwayson_slice_t bytes, uint8_t *line, size_t capacity, size_t *len);
#endif

// The size of an edge, as `sizeof(alwayson_edge_t)`: for a check that header and
// library are of one build.
size_t alwayson_edge_size(void);

// How an edge has to be aligned, in bytes.
size_t alwayson_edge_align(void);

// Makes an edge that is not connected, with memory for messages that wait to be
// sent: the longest of the application's, and six bytes for each.
//
// # Safety
// `edge` is NULL, or can be written; `settings` is NULL for the defaults, or
// valid. `len` bytes can be read and written at `outbox`, and nobody else uses
// them while the edge is used.
alwayson_error_t alwayson_edge_init(alwayson_edge_t *edge,
                                    const alwayson_settings_t *settings,
                                    uint8_t *outbox,
                                    size_t len);

// Makes an edge that stands before its Things as a gateway of this name and type.
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

// Tells what has happened since the last call, one event at a time; says whether
// there was one. Each is told once.
//
// # Safety
// `edge` is NULL or valid; `event` is NULL, or can be written.
bool alwayson_edge_poll_event(alwayson_edge_t *edge, alwayson_event_t *event);

// When the machine wants to be called at the latest, by
// `alwayson_edge_handle_timeout` and then `alwayson_edge_poll_transmit`; says
// whether it waits for anything.
//
// # Safety
// `edge` is NULL or valid; `at_ms` is NULL, or can be written.
bool alwayson_edge_poll_timeout(const alwayson_edge_t *edge, uint64_t *at_ms);

// Where the connection stands.
//
// # Safety
// `edge` is NULL or valid.
alwayson_state alwayson_edge_state(const alwayson_edge_t *edge);

// Why the connection has ended, if it has.
//
// # Safety
// `edge` is NULL or valid.
alwayson_end alwayson_edge_end(const alwayson_edge_t *edge);

// Gives the counters of an edge.
//
// # Safety
// `edge` is NULL or valid; `counters` is NULL, or can be written.
alwayson_error_t alwayson_edge_counters(const alwayson_edge_t *edge, alwayson_counters_t *counters);

// Makes the edge ready for the next connection: all names will be bound again
// that were to be bound.
//
// Errors: `WRONG_STATE` before the connection has ended, and before its end was
// told by `alwayson_edge_poll_event`.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_reopen(alwayson_edge_t *edge);

// Wants a name bound: at once, or when AUTH has succeeded. A name that is refused
// is tried again.
//
// Errors: `TOO_MANY_NAMES`; `NAME_TOO_LONG` for a BIND within the chunk size;
// `INVALID_UTF8`.
//
// # Safety
// `edge` is NULL or valid. `name` can be read, and is unchanged as long as the
// edge is used: only the pointer is kept.
alwayson_error_t alwayson_edge_bind(alwayson_edge_t *edge, alwayson_slice_t name);

// Wants a name unbound; it stays known. `alwayson_edge_bind` binds it again.
//
// Errors: `UNKNOWN_NAME`.
//
// # Safety
// `edge` is NULL or valid; `name` can be read.
alwayson_error_t alwayson_edge_unbind(alwayson_edge_t *edge, alwayson_slice_t name);

// Wants a name unbound and forgotten; its place is free once that was answered
// and told.
//
// Errors: `UNKNOWN_NAME`.
//
// # Safety
// `edge` is NULL or valid; `name` can be read.
alwayson_error_t alwayson_edge_remove(alwayson_edge_t *edge, alwayson_slice_t name);

// Where a name stands.
//
// # Safety
// `edge` is NULL or valid; `name` can be read.
alwayson_name alwayson_edge_name(const alwayson_edge_t *edge, alwayson_slice_t name);

// Sends values of properties of a Thing, in one request. Its answer, or failure,
// comes as that of any request.
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

// Takes one binary WebSocket message. Chunks of long ones go to the joiner,
// always the same one; without one, a NULL, they are refused.
//
// Whatever a peer sends is no error here: the machine has an answer to it.
//
// # Safety
// `edge` and `joiner` are NULL or valid, the memory of both used by nobody else;
// `bytes` can be read, and is unchanged while what is received is used;
// `received` is NULL, or can be written.
alwayson_error_t alwayson_edge_handle_received(alwayson_edge_t *edge,
                                               alwayson_slice_t bytes,
                                               alwayson_joiner_t *joiner,
                                               uint64_t now_ms,
                                               alwayson_received_t *received);

// What follows the message that was taken last, in the bytes in which it came: to be
// handed in next, as a WebSocket message of its own. Nothing, unless
// `several_messages` is set and a whole header comes next; other bytes are counted,
// and not read.
//
// # Safety
// `edge` is NULL or valid; `bytes` can be read, and is unchanged while the rest is
// used; `rest` is NULL, or can be written.
alwayson_error_t alwayson_edge_rest(const alwayson_edge_t *edge,
                                    alwayson_slice_t bytes,
                                    alwayson_slice_t *rest);

// A ping came; the transport answers it. It counts as traffic.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_ping(alwayson_edge_t *edge, uint64_t now_ms);

// A pong came, asked for or not.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_pong(alwayson_edge_t *edge, uint64_t now_ms);

// The WebSocket is closed, or lost.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_closed(alwayson_edge_t *edge, uint64_t now_ms);

// The time has come that `alwayson_edge_poll_timeout` told, or any other.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_handle_timeout(alwayson_edge_t *edge, uint64_t now_ms);

// The WebSocket is open: writes AUTH into the buffer. Send it before anything
// else. The key is read here, and kept nowhere.
//
// Errors: `WRONG_STATE` but for the first call; `BUFFER_TOO_SMALL`, and then `at`
// is what is needed. Then nothing has happened.
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

// Writes what is to be sent next into the buffer. Call it again until that is
// nothing.
//
// Errors: `BUFFER_TOO_SMALL`, and nothing has changed; as long as the chunk size,
// and as 512 bytes, it is always large enough.
//
// # Safety
// `edge` is NULL or valid; `capacity` bytes can be written at `bytes`; `transmit`
// is NULL, or can be written.
alwayson_error_t alwayson_edge_poll_transmit(alwayson_edge_t *edge,
                                             uint8_t *bytes,
                                             size_t capacity,
                                             uint64_t now_ms,
                                             alwayson_transmit_t *transmit);

// Sends a request. Its answer comes by `alwayson_edge_handle_received`, its
// failure by `alwayson_edge_poll_event`, one of both and once, with the same
// `id`.
//
// Errors: `NOT_AUTHENTICATED`, `LEAVING`, `ENDED`; `TOO_MANY_REQUESTS`,
// `OUTBOX_FULL`, `MESSAGE_TOO_LONG`; what `alwayson_encode` says. Then nothing is
// sent.
//
// # Safety
// `edge` is NULL or valid; `request` is NULL, or valid with all that it borrows;
// `id` is NULL, which is no error, or can be written.
alwayson_error_t alwayson_edge_request(alwayson_edge_t *edge,
                                       const alwayson_request_t *request,
                                       uint64_t now_ms,
                                       uint32_t *id);

// Sends a request with parameters that are written on the spot. The functions of
// the source do not call this edge.
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

// Sends the request to write a property of a Thing: on the platform, that of the
// Thing which the edge stands for.
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

// Answers a request that was handed out.
//
// Errors: `NOT_WAITING` where it was answered already, by the machine if it
// waited too long; `ENDED`; `OUTBOX_FULL`, `MESSAGE_TOO_LONG`, what
// `alwayson_encode` says: then it can still be answered.
//
// # Safety
// `edge` is NULL or valid; `response` is NULL, or valid with all that it borrows.
alwayson_error_t alwayson_edge_respond(alwayson_edge_t *edge,
                                       uint32_t id,
                                       const alwayson_response_t *response);

// Answers a request with one value: `SUCCESS`, and a table of one field of this name
// and one row. The field is named as the property for a read of one, and `result`
// for a service; a platform takes the bare value for neither. For what has no
// result, such as a write, there is `alwayson_edge_respond`.
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

// Answers a request with a table that is written on the spot. The functions of
// the source do not call this edge.
//
// Errors: as `alwayson_edge_respond` and `alwayson_encode_with_table`.
//
// # Safety
// As `alwayson_edge_respond`; `source` is NULL, or valid as its type says.
alwayson_error_t alwayson_edge_respond_with_table(alwayson_edge_t *edge,
                                                  uint32_t id,
                                                  const alwayson_response_t *response,
                                                  const alwayson_table_source_t *source);

// Leaves: sends what was said before, unbinds the names, closes.
//
// # Safety
// `edge` is NULL or valid.
alwayson_error_t alwayson_edge_leave(alwayson_edge_t *edge, uint64_t now_ms);

// A request to read a property of a Thing; `*`: all of them.
// The texts are looked at when it is sent.
alwayson_request_t alwayson_read_property(alwayson_slice_t thing, alwayson_slice_t property);

// A request to call a service of a Thing.
// The texts are looked at when it is sent.
alwayson_request_t alwayson_invoke_service(alwayson_slice_t thing, alwayson_slice_t service);

// A request to fire an event of a Thing.
// The texts are looked at when it is sent.
alwayson_request_t alwayson_fire_event(alwayson_slice_t thing, alwayson_slice_t event);

// A response of this status without reason and content. A number that is no
// status, below 0x40, is `INTERNAL_SERVER_ERROR`.
alwayson_response_t alwayson_response(uint8_t status);

// The defaults.
alwayson_settings_t alwayson_settings(void);

// The default policy.
alwayson_reconnect_t alwayson_reconnect(void);

// When to connect again after this end, an `ALWAYSON_END_`; says whether to do so
// at all. The random number is anything from 0 to `UINT32_MAX`, each as likely.
//
// # Safety
// `policy` is NULL or valid; `at_ms` is NULL, or can be written.
bool alwayson_reconnect_after(alwayson_reconnect_t *policy,
                              uint8_t end,
                              uint64_t now_ms,
                              uint32_t random,
                              uint64_t *at_ms);

// AUTH has succeeded: the next delay is the first again.
//
// # Safety
// `policy` is NULL or valid.
void alwayson_reconnect_succeeded(alwayson_reconnect_t *policy);

// Encodes a message into a buffer: one that was decoded, or made by hand.
//
// Errors: `BUFFER_TOO_SMALL`, and then `at` and `len` are the exact length of
// the message; what the buffer holds is none. `TOO_LONG`, `NESTING_TOO_DEEP`,
// `INVALID_CHUNK` where the message cannot be said on the wire. `INVALID_UTF8`,
// `INVALID_NUMBER`, `UNKNOWN_BASE_TYPE`, `UNSUPPORTED_BASE_TYPE`, `NULL`,
// `MISUSE` where it was made wrong.
//
// # Safety
// `message` is NULL, or points to one with the member of `body` for its kind,
// and what that borrows from is unchanged; `capacity` bytes can be written at
// `bytes`; `len` is NULL, which is no error, or can be written.
alwayson_error_t alwayson_encode(const alwayson_message_t *message,
                                 uint8_t *bytes,
                                 size_t capacity,
                                 size_t *len);

// Encodes a message with a table that is written on the spot: the parameters of
// a request, or the content of a response. The message's own place for it must
// be empty.
//
// Errors: as `alwayson_encode`; `TOO_MANY` cells or aspects; `NO_PLACE_FOR_TABLE`
// for other messages, and where there is a table or content already; what
// writing the table met first.
//
// # Safety
// As `alwayson_encode`; `source` is NULL, or valid as `alwayson_table_source_t`
// says.
alwayson_error_t alwayson_encode_with_table(const alwayson_message_t *message,
                                            const alwayson_table_source_t *source,
                                            uint8_t *bytes,
                                            size_t capacity,
                                            size_t *len);

// Makes the list of claims for an AUTH.
//
// Errors: `TOO_MANY` for more than 255; `INVALID_UTF8`; `NULL`.
//
// # Safety
// `count` claims can be read at `claims`, and as many places be written at
// `places`; these and the texts are unchanged while the list is used. `list` is
// NULL, or can be written.
alwayson_error_t alwayson_claims(const alwayson_claim_t *claims,
                                 alwayson_place_t *places,
                                 size_t count,
                                 alwayson_list_t *list);

// Makes the list of names for a BIND or UNBIND.
//
// Errors: `TOO_MANY` for more than 65,535; `INVALID_UTF8`; `NULL`.
//
// # Safety
// As `alwayson_claims`.
alwayson_error_t alwayson_names(const alwayson_slice_t *names,
                                alwayson_place_t *places,
                                size_t count,
                                alwayson_list_t *list);

// Makes the list of headers for a request.
//
// Errors: `TOO_MANY` for more than 255; `INVALID_UTF8`; `NULL`.
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

// Starts to go over a list; over nothing, if that was never made.
//
// # Safety
// `list` is NULL or points to a list of this library, or zeros.
alwayson_cursor_t alwayson_items(const alwayson_list_t *list);

// Gives the next claim; says whether there was one.
//
// # Safety
// `cursor` and `claim` are NULL or valid; what the cursor goes over is
// unchanged.
bool alwayson_next_claim(alwayson_cursor_t *cursor, alwayson_claim_t *claim);

// Gives the next name; says whether there was one.
//
// # Safety
// `cursor` and `name` are NULL or valid; what the cursor goes over is unchanged.
bool alwayson_next_name(alwayson_cursor_t *cursor, alwayson_slice_t *name);

// Gives the next header; says whether there was one.
//
// # Safety
// `cursor` and `header` are NULL or valid; what the cursor goes over is
// unchanged.
bool alwayson_next_header(alwayson_cursor_t *cursor, alwayson_request_header_t *header);

// Gives the next aspect; says whether there was one.
//
// # Safety
// `cursor` and `aspect` are NULL or valid; what the cursor goes over is
// unchanged.
bool alwayson_next_aspect(alwayson_cursor_t *cursor, alwayson_aspect_t *aspect);

// Takes an encoded message apart into chunks of at most this many bytes, header
// included. One that is not longer comes out once, as it is.
//
// Errors: what is wrong with the message; `NEVER_CHUNKED`, `CHUNK_SIZE_TOO_SMALL`
// with the least that serves, `TOO_MANY_CHUNKS`.
//
// # Safety
// `message` can be read, and is unchanged while it is taken apart; `splitter` is
// NULL, or can be written.
alwayson_error_t alwayson_split(alwayson_slice_t message,
                                uint16_t chunk_size,
                                alwayson_split_t *splitter);

// Writes the next chunk into the buffer; a `len` of 0: there was none left.
//
// Errors: `BUFFER_TOO_SMALL`; the chunk is not lost. A buffer as long as the
// chunk size is large enough.
//
// # Safety
// `splitter` is NULL or valid, and its message unchanged; `capacity` bytes can be
// written at `bytes`; `len` is NULL, or can be written.
alwayson_error_t alwayson_next_chunk(alwayson_split_t *splitter,
                                     uint8_t *bytes,
                                     size_t capacity,
                                     size_t *len);

// How much memory one place of a joiner needs so that every message within this
// limit fits, if it comes in chunks of this size, all but the last full, and the
// entity's name is no longer than so many bytes.
size_t alwayson_memory_for(size_t message_limit, uint16_t chunk_size, size_t longest_name);

// The size of a joiner, as `sizeof(alwayson_joiner_t)`: for a check that header
// and library are of one build.
size_t alwayson_joiner_size(void);

// Makes a joiner that takes messages of at most so many bytes, and drops one
// that is not complete so many milliseconds after its first chunk came. Its
// memory is divided equally among so many places, one for each unfinished
// message: `alwayson_memory_for` says what a place needs.
//
// Errors: `INVALID_NUMBER` for no place, or more than `ALWAYSON_JOINER_PLACES`;
// `NULL`.
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

// Takes a chunk, an encoded message. `whole` is the message, if this was the
// last chunk that was missing, until the next call with this joiner; else its
// `ptr` is NULL. An edge has a joiner of its own handed in, and needs no call of
// this.
//
// Errors: what is wrong with the bytes; `INVALID_CHUNK` for what is no chunk;
// `CHUNK_MISMATCH`, `TOO_LARGE`, `OUT_OF_MEMORY`, `BUSY`: then the message that
// the chunk belongs to is dropped, or was not begun.
//
// # Safety
// `joiner` is NULL or valid, and its memory used by nobody else; `bytes` can be
// read; `whole` is NULL, or can be written.
alwayson_error_t alwayson_join(alwayson_joiner_t *joiner,
                               alwayson_slice_t bytes,
                               uint64_t now_ms,
                               alwayson_slice_t *whole);

// When the next unfinished message expires; says whether there is one.
//
// # Safety
// `joiner` is NULL or valid; `at_ms` is NULL, or can be written.
bool alwayson_joiner_next_expiry(const alwayson_joiner_t *joiner, uint64_t *at_ms);

// Drops the unfinished messages whose time is over, and says how many these
// were. Each chunk does so as well.
//
// # Safety
// `joiner` is NULL or valid; `dropped` is NULL, which is no error, or can be
// written.
alwayson_error_t alwayson_joiner_expire(alwayson_joiner_t *joiner,
                                        uint64_t now_ms,
                                        size_t *dropped);

// The bytes of a C string, up to its zero; none of NULL.
//
// # Safety
// `string` is NULL, or a zero ends it; it is not written while the result is
// used.
alwayson_slice_t alwayson_str(const char *string);

// How many fields a table has; 0 without a table.
//
// # Safety
// `table` is NULL, or points to a table whose bytes are unchanged, or zeros.
size_t alwayson_field_count(const alwayson_table_t *table);

// How many rows a table has; 0 without a table.
//
// # Safety
// As `alwayson_field_count`.
size_t alwayson_row_count(const alwayson_table_t *table);

// Starts to go over the fields of a table; over nothing without a table.
//
// # Safety
// As `alwayson_field_count`.
alwayson_cursor_t alwayson_fields(const alwayson_table_t *table);

// Starts to go over the rows of a table; over nothing without a table.
//
// # Safety
// As `alwayson_field_count`.
alwayson_cursor_t alwayson_rows(const alwayson_table_t *table);

// Starts to go over the cells of a row; over nothing without a row.
//
// # Safety
// `row` is NULL, or points to a row whose table's bytes are unchanged, or zeros.
alwayson_cursor_t alwayson_cells(const alwayson_row_t *row);

// Gives the next field; says whether there was one.
//
// # Safety
// `cursor` and `field` are NULL or valid; what the cursor goes over is unchanged.
bool alwayson_next_field(alwayson_cursor_t *cursor, alwayson_field_t *field);

// Gives the next row; says whether there was one.
//
// # Safety
// `cursor` and `row` are NULL or valid; what the cursor goes over is unchanged.
bool alwayson_next_row(alwayson_cursor_t *cursor, alwayson_row_t *row);

// Gives the next cell; says whether there was one.
//
// # Safety
// `cursor` and `cell` are NULL or valid; what the cursor goes over is unchanged.
bool alwayson_next_cell(alwayson_cursor_t *cursor, alwayson_value_t *cell);

// Gives the cell of a row under the first field of this name; says whether
// there is one.
//
// # Safety
// As `alwayson_cells`; `name` can be read; `cell` is NULL, or can be written.
bool alwayson_row_get(const alwayson_row_t *row, alwayson_slice_t name, alwayson_value_t *cell);

// Gives the cell of a table's first row under the first field of this name: the
// one value of a property, of a parameter, of a service's result. Says whether
// there is one.
//
// # Safety
// As `alwayson_field_count`; `name` can be read; `cell` is NULL, or can be
// written.
bool alwayson_table_value(const alwayson_table_t *table,
                          alwayson_slice_t name,
                          alwayson_value_t *cell);

// Writes a table into a buffer, to be used as a value or as parameters; `len`
// is the length of its bytes.
//
// Errors: `BUFFER_TOO_SMALL`, and then `at` and `len` are the exact length of
// the table; `TOO_MANY` cells or aspects; `TOO_LONG`; `NESTING_TOO_DEEP`; what
// writing met first.
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

// Writes a field of this name and base type.
//
// # Safety
// `shape` is what a function was handed, in its call; `name` can be read.
void alwayson_write_field(alwayson_shape_sink_t *shape, alwayson_slice_t name, uint8_t base_type);

// Writes a field with its description, and the aspects of a field that was
// decoded, or none.
//
// # Safety
// `shape` is what a function was handed, in its call; `field` is NULL, or valid
// with all that it borrows from.
void alwayson_write_field_like(alwayson_shape_sink_t *shape, const alwayson_field_t *field);

// Writes a field with a description and aspects of the caller's, none of them a
// VARIANT that was made by hand.
//
// # Safety
// `shape` is what a function was handed, in its call; `count` aspects can be
// read at `aspects`, and the texts and values.
void alwayson_write_field_with(alwayson_shape_sink_t *shape,
                               alwayson_slice_t name,
                               alwayson_slice_t description,
                               uint8_t base_type,
                               const alwayson_aspect_t *aspects,
                               size_t count);

// Writes a row, with as many cells as the function writes.
//
// # Safety
// `rows` is what a function was handed, in its call; `write` is NULL, or valid
// as a function of `alwayson_table_source_t`.
void alwayson_write_row(alwayson_rows_sink_t *rows, void (*write)(alwayson_cells_sink_t *cells,
                                                                  void *context), void *context);

// Writes a row of these cells.
//
// # Safety
// `rows` is what a function was handed, in its call; `count` values can be read
// at `cells`, with the members for their base types, and what these borrow.
void alwayson_write_row_of(alwayson_rows_sink_t *rows, const alwayson_value_t *cells, size_t count);

// Writes a cell with this value.
//
// # Safety
// `cells` is what a function was handed, in its call; `value` is NULL, or valid
// with the member for its base type, and what that borrows from.
void alwayson_write_cell(alwayson_cells_sink_t *cells, const alwayson_value_t *value);

// Writes a cell with a VARIANT of this value.
//
// # Safety
// As `alwayson_write_cell`.
void alwayson_write_variant(alwayson_cells_sink_t *cells, const alwayson_value_t *value);

// Writes a cell with a table that is written on the spot.
//
// # Safety
// `cells` is what a function was handed, in its call; `source` is NULL, or valid
// as its type says.
void alwayson_write_table(alwayson_cells_sink_t *cells, const alwayson_table_source_t *source);

// NOTHING: an absent cell, or no content.
alwayson_value_t alwayson_nothing(void);

// A STRING.
alwayson_value_t alwayson_string(alwayson_slice_t text);

// A NUMBER.
alwayson_value_t alwayson_number(double number);

// An INTEGER.
alwayson_value_t alwayson_integer(int32_t integer);

// A BOOLEAN.
alwayson_value_t alwayson_boolean(uint8_t boolean);

// A DATETIME: milliseconds since 1970-01-01 UTC.
alwayson_value_t alwayson_datetime(int64_t datetime_ms);

// A TIMESPAN: from and to in milliseconds since 1970-01-01 UTC, or
// `ALWAYSON_NO_TIME_MS`; and a period.
alwayson_value_t alwayson_timespan(int64_t start_ms, int64_t end_ms, alwayson_slice_t period);

// A THINGCODE.
alwayson_value_t alwayson_thing_code(int32_t domain, int64_t instance);

// A VARIANT of a value, which has to stay where it is.
alwayson_value_t alwayson_variant(const alwayson_value_t *made);

// An INFOTABLE.
alwayson_value_t alwayson_infotable(alwayson_table_t table);

// Gives the value that is in a VARIANT.
//
// # Safety
// `value` is NULL or points to a value with the member for its base type, and
// what that borrows from is unchanged; `inner` is NULL, or can be written.
alwayson_error_t alwayson_value_inner(const alwayson_value_t *value, alwayson_value_t *inner);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* ALWAYSON_H */
