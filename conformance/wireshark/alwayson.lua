-- A Wireshark dissector for ThingWorx AlwaysOn. Install it as `README.md` beside this file
-- describes. It cites ../PROTOCOL.md by section. It runs in Lua 5.2 to 5.4: no bit operators, no
-- integer division.

-- Numbers and names (sections 2, 3 and 4), and limits.
-- Written by `WRITE_DOCS=1 cargo test -p alwayson-conformance --test wireshark_tables`.
-- <tables>
local HEADER_LEN = 15
local CHUNK_FIELDS_LEN = 6
local MAX_NESTING = 16
local JOIN_TIMEOUT_MS = 50000
local CODES = {
  [1] = "GET",
  [2] = "PUT",
  [3] = "POST",
  [4] = "DELETE",
  [10] = "BIND",
  [11] = "UNBIND",
  [20] = "AUTH",
  [21] = "CLEARAUTH",
  [31] = "KEEP_ALIVE",
  [64] = "SUCCESS",
  [65] = "CREATED",
  [66] = "ACCEPTED",
  [68] = "NO_CONTENT",
  [70] = "PARTIAL_CONTENT",
  [96] = "MULTIPLE_CHOICES",
  [97] = "MOVED_PERMANENTLY",
  [98] = "FOUND",
  [99] = "SEE_OTHER",
  [100] = "NOT_MODIFIED",
  [101] = "USE_PROXY",
  [103] = "TEMPORARY_REDIRECT",
  [128] = "BAD_REQUEST",
  [129] = "UNAUTHORIZED",
  [130] = "BAD_OPTION",
  [131] = "FORBIDDEN",
  [132] = "NOT_FOUND",
  [133] = "METHOD_NOT_ALLOWED",
  [134] = "NOT_ACCEPTABLE",
  [136] = "REQUEST_TIMEOUT",
  [137] = "CONFLICT",
  [140] = "PRECONDITION_FAILED",
  [141] = "ENTITY_TOO_LARGE",
  [143] = "UNSUPPORTED_CONTENT_FORMAT",
  [160] = "INTERNAL_SERVER_ERROR",
  [161] = "NOT_IMPLEMENTED",
  [162] = "BAD_GATEWAY",
  [163] = "SERVICE_UNAVAILABLE",
  [164] = "GATEWAY_TIMEOUT",
}
local ENTITY_TYPES = {
  [10] = "Things",
  [11] = "ThingShapes",
  [12] = "ThingTemplates",
  [13] = "ThingPackages",
  [14] = "Networks",
  [15] = "DataShapes",
  [20] = "ModelTags",
  [21] = "DataTags",
  [30] = "Mashups",
  [31] = "Widgets",
  [32] = "StyleDefinitions",
  [33] = "StateDefinitions",
  [34] = "Menus",
  [35] = "MediaEntities",
  [36] = "LocalizationTables",
  [39] = "Dashboards",
  [40] = "Logs",
  [50] = "Users",
  [51] = "Groups",
  [52] = "Organizations",
  [53] = "ApplicationKeys",
  [54] = "DirectoryServices",
  [55] = "Authenticators",
  [60] = "Resources",
  [61] = "ScriptFunctionLibraries",
  [70] = "ExtensionPackages",
  [80] = "Subsystems",
  [90] = "PersistenceProviderPackages",
  [100] = "PersistenceProviders",
  [110] = "Projects",
  [120] = "DataAnalysisDefinitions",
}
local CHARACTERISTICS = {
  [0] = "Custom",
  [1] = "Properties",
  [2] = "Services",
  [3] = "Events",
  [4] = "PropertiesVTQ",
}
local BASE_TYPES = {
  [0] = "STRING",
  [1] = "NUMBER",
  [2] = "BOOLEAN",
  [3] = "DATETIME",
  [4] = "TIMESPAN",
  [5] = "INFOTABLE",
  [6] = "LOCATION",
  [7] = "XML",
  [8] = "JSON",
  [9] = "QUERY",
  [10] = "IMAGE",
  [11] = "HYPERLINK",
  [12] = "IMAGELINK",
  [13] = "PASSWORD",
  [14] = "HTML",
  [15] = "TEXT",
  [16] = "TAGS",
  [17] = "SCHEDULE",
  [18] = "VARIANT",
  [20] = "GUID",
  [21] = "BLOB",
  [22] = "INTEGER",
  [23] = "LONG",
  [50] = "PROPERTYNAME",
  [51] = "SERVICENAME",
  [52] = "EVENTNAME",
  [100] = "THINGNAME",
  [101] = "THINGSHAPENAME",
  [102] = "THINGTEMPLATENAME",
  [104] = "DATASHAPENAME",
  [105] = "MASHUPNAME",
  [106] = "MENUNAME",
  [107] = "BASETYPENAME",
  [108] = "USERNAME",
  [109] = "GROUPNAME",
  [110] = "CATEGORYNAME",
  [111] = "STATEDEFINITIONNAME",
  [112] = "STYLEDEFINITIONNAME",
  [113] = "MODELTAGVOCABULARYNAME",
  [114] = "DATATAGVOCABULARYNAME",
  [115] = "NETWORKNAME",
  [116] = "MEDIAENTITYNAME",
  [117] = "APPLICATIONKEYNAME",
  [118] = "LOCALIZATIONTABLENAME",
  [119] = "ORGANIZATIONNAME",
  [120] = "DASHBOARDNAME",
  [121] = "PERSISTENCEPROVIDERPACKAGENAME",
  [122] = "PERSISTENCEPROVIDERNAME",
  [123] = "PROJECTNAME",
  [124] = "VEC2",
  [125] = "VEC3",
  [126] = "VEC4",
  [127] = "THINGCODE",
  [255] = "NOTHING",
}
-- </tables>

-- A joined message is at most this long: the largest limit of section 5.
local MESSAGE_LIMIT = 64 * 1024 * 1024
-- The number of items that one packet adds to its tree. Wireshark refuses a tree of more than
-- 1,000,000.
local MAX_ITEMS = 50000
-- The numbers of messages, of names and of bytes of a text in a line.
local MESSAGES_IN_LINE = 8
local NAMES_IN_LINE = 16
local TEXT_IN_LINE = 160

local FIRST_STATUS = 0x40
local FIRST_ERROR_STATUS = 0x80
local AUTH = 0x14
local KEEP_ALIVE = 0x1F
local NONE = 0xFFFFFFFF
local NOTHING = 0xFF
local INFOTABLE = 0x05
local PASSWORD = 0x0D
local THINGS = 0x0A
local MASK = "***"
local TEXT_OPCODE = 1

-- The layouts of values (section 4). A base type that has a name but is not here is a string.
local LAYOUTS = {
  [1] = "number", [2] = "boolean", [3] = "datetime", [4] = "timespan", [5] = "infotable",
  [6] = "location", [10] = "bytes", [18] = "variant", [21] = "bytes", [22] = "integer",
  [23] = "long", [124] = "vector", [125] = "vector", [126] = "vector", [127] = "thingcode",
  [255] = "nothing",
}
local VECTOR_LENGTHS = { [124] = 2, [125] = 3, [126] = 4 }

-- The kinds of messages with chunks are requests, responses, BIND and UNBIND; these are not.
local NEVER_CHUNKED = { [0x14] = true, [0x15] = true, [0x1F] = true }
local SECRET_HEADERS = { appkey = true, password = true, authorization = true }

local alwayson = Proto("alwayson", "ThingWorx AlwaysOn")

alwayson.prefs.show_secrets = Pref.bool("Show secrets", false,
  "Show the values of claims, of headers with keys and of type PASSWORD. The bytes of packets "
  .. "always contain them.")
alwayson.prefs.join_chunks = Pref.bool("Join chunks", true,
  "Join the chunks of a long message and decode the message.")
alwayson.prefs.several_messages = Pref.bool("Decode several messages in one WebSocket message",
  true, "Decode the messages that follow the first one in a WebSocket message.")

local f = {
  version = ProtoField.uint8("alwayson.version", "Version"),
  code = ProtoField.uint8("alwayson.code", "Code", base.HEX, CODES),
  request_id = ProtoField.uint32("alwayson.request_id", "Request id"),
  endpoint_id = ProtoField.uint32("alwayson.endpoint_id", "Endpoint id"),
  session_id = ProtoField.uint32("alwayson.session_id", "Session id"),
  is_chunk = ProtoField.bool("alwayson.is_chunk", "Chunk of a longer message"),

  claims = ProtoField.uint8("alwayson.claims", "Claims"),
  claim = ProtoField.none("alwayson.claim", "Claim"),
  claim_name = ProtoField.string("alwayson.claim.name", "Name"),
  claim_value = ProtoField.string("alwayson.claim.value", "Value"),

  gateway = ProtoField.string("alwayson.gateway", "Gateway"),
  gateway_type = ProtoField.string("alwayson.gateway.type", "Type of the gateway"),
  names = ProtoField.uint16("alwayson.names", "Names"),

  entity_type = ProtoField.uint8("alwayson.entity_type", "Entity type", base.HEX, ENTITY_TYPES),
  thing = ProtoField.string("alwayson.thing", "Thing"),
  entity = ProtoField.string("alwayson.entity", "Entity"),
  characteristic = ProtoField.uint8("alwayson.characteristic", "Characteristic", base.HEX,
    CHARACTERISTICS),
  name = ProtoField.string("alwayson.name", "Name"),
  headers = ProtoField.uint8("alwayson.headers", "Headers"),
  header = ProtoField.none("alwayson.header", "Header"),
  header_name = ProtoField.string("alwayson.header.name", "Name"),
  header_value = ProtoField.string("alwayson.header.value", "Value"),

  reason = ProtoField.string("alwayson.reason", "Reason"),

  chunk_id = ProtoField.uint16("alwayson.chunk.id", "Chunk id"),
  chunk_count = ProtoField.uint16("alwayson.chunk.count", "Number of chunks"),
  chunk_size = ProtoField.uint16("alwayson.chunk.size", "Chunk size of the sender"),
  chunk_data = ProtoField.none("alwayson.chunk.data", "Data"),
  chunk_frame = ProtoField.framenum("alwayson.chunk.frame", "Chunk in frame", base.NONE),
  joined_in = ProtoField.framenum("alwayson.joined_in", "Joined message in frame", base.NONE),

  base_type = ProtoField.uint8("alwayson.base_type", "Base type", base.DEC, BASE_TYPES),
  nothing = ProtoField.none("alwayson.value.nothing", "Nothing"),
  text = ProtoField.string("alwayson.value.string", "Text"),
  number = ProtoField.double("alwayson.value.number", "Number"),
  integer = ProtoField.int32("alwayson.value.integer", "Integer"),
  long = ProtoField.int64("alwayson.value.long", "Long"),
  boolean = ProtoField.bool("alwayson.value.boolean", "Boolean"),
  datetime = ProtoField.absolute_time("alwayson.value.datetime", "Date and time", base.UTC),
  datetime_ms = ProtoField.int64("alwayson.value.datetime_ms", "Milliseconds since 1970"),
  bytes = ProtoField.bytes("alwayson.value.bytes", "Bytes"),
  masked = ProtoField.none("alwayson.value.masked", "Masked bytes"),
  location = ProtoField.none("alwayson.value.location", "Location"),
  longitude = ProtoField.double("alwayson.value.longitude", "Longitude"),
  latitude = ProtoField.double("alwayson.value.latitude", "Latitude"),
  elevation = ProtoField.double("alwayson.value.elevation", "Elevation"),
  vector = ProtoField.none("alwayson.value.vector", "Vector"),
  x = ProtoField.double("alwayson.value.x", "x"),
  y = ProtoField.double("alwayson.value.y", "y"),
  z = ProtoField.double("alwayson.value.z", "z"),
  w = ProtoField.double("alwayson.value.w", "w"),
  timespan = ProtoField.none("alwayson.value.timespan", "Time span"),
  span_start = ProtoField.int64("alwayson.value.start_ms", "Start in ms since 1970, -1: none"),
  span_end = ProtoField.int64("alwayson.value.end_ms", "End in ms since 1970, -1: none"),
  period = ProtoField.string("alwayson.value.period", "Period"),
  thingcode = ProtoField.none("alwayson.value.thingcode", "Thing code"),
  domain = ProtoField.int32("alwayson.value.domain", "Domain"),
  instance = ProtoField.int64("alwayson.value.instance", "Instance"),
  variant = ProtoField.none("alwayson.value.variant", "Variant"),

  infotable = ProtoField.none("alwayson.table", "Table"),
  shape = ProtoField.none("alwayson.shape", "Shape"),
  field = ProtoField.none("alwayson.field", "Field"),
  field_name = ProtoField.string("alwayson.field.name", "Name"),
  field_description = ProtoField.string("alwayson.field.description", "Description"),
  field_type = ProtoField.uint8("alwayson.field.type", "Base type", base.DEC, BASE_TYPES),
  aspects = ProtoField.uint16("alwayson.aspects", "Aspects"),
  aspect = ProtoField.none("alwayson.aspect", "Aspect"),
  aspect_name = ProtoField.string("alwayson.aspect.name", "Name"),
  row = ProtoField.none("alwayson.row", "Row"),
  cells = ProtoField.uint16("alwayson.cells", "Cells"),

  padding = ProtoField.bytes("alwayson.padding", "Padding"),

  response_in = ProtoField.framenum("alwayson.response_in", "Response in frame", base.NONE,
    frametype.RESPONSE),
  response_to = ProtoField.framenum("alwayson.response_to", "Response to the request in frame",
    base.NONE, frametype.REQUEST),
  request = ProtoField.string("alwayson.request", "Request"),
  time = ProtoField.relative_time("alwayson.time", "Time since the request"),

  error_kind = ProtoField.string("alwayson.error", "Error"),
  error_offset = ProtoField.uint32("alwayson.error.offset", "Offset of the error in the message"),
}
local fields = {}
for _, field in pairs(f) do fields[#fields + 1] = field end
alwayson.fields = fields

-- The kinds of errors (section 6).
local ERROR_TEXTS = {
  UnexpectedEnd = "The message is cut short",
  UnsupportedVersion = "The protocol version is not 1",
  UnknownCode = "A method that is not known",
  InvalidMarker = "A marker that is not valid here",
  UnknownBaseType = "A base type that is not known",
  UnexpectedParams = "Parameters that are neither a table nor nothing",
  InvalidUtf8 = "Text that is not UTF-8",
  NestingTooDeep = "Tables and variants are nested too deep",
  InvalidChunk = "A chunk id of 0 or above the chunk count",
  ChunkMismatch = "A chunk that contradicts one before it",
}
local ERRORS = {}
local experts = {}
for kind, text in pairs(ERROR_TEXTS) do
  -- `UnexpectedEnd` is `unexpected_end`.
  local name = kind:gsub("(%l)(%u)", "%1_%2"):lower()
  ERRORS[kind] = ProtoExpert.new("alwayson.expert." .. name, text, expert.group.MALFORMED,
    expert.severity.ERROR)
  experts[#experts + 1] = ERRORS[kind]
end
local TRAILING_BYTES = ProtoExpert.new("alwayson.expert.trailing_bytes", "Bytes follow the message",
  expert.group.PROTOCOL, expert.severity.NOTE)
local TOO_LARGE = ProtoExpert.new("alwayson.expert.too_large",
  "The chunks promise a message of more than 64 MiB", expert.group.UNDECODED,
  expert.severity.WARN)
local NOT_SHOWN = ProtoExpert.new("alwayson.expert.not_shown",
  "Only the first " .. MAX_ITEMS .. " items are shown", expert.group.UNDECODED,
  expert.severity.NOTE)
local REFUSED = ProtoExpert.new("alwayson.expert.refused", "The status is an error",
  expert.group.RESPONSE_CODE, expert.severity.NOTE)
for _, other in ipairs({ TRAILING_BYTES, TOO_LARGE, NOT_SHOWN, REFUSED }) do
  experts[#experts + 1] = other
end
alwayson.experts = experts

-- A field of another dissector.
local ws_opcode = Field.new("websocket.opcode")

-- Texts -----------------------------------------------------------------------------------------

local function continues(byte)
  return byte and byte >= 0x80 and byte <= 0xBF
end

-- Returns the offset of the first byte that is not UTF-8, or nil.
local function not_utf8(text)
  local at = text:find("[\128-\255]")
  while at do
    local a, b, c, d = text:byte(at, at + 3)
    local low, high, more = 0x80, 0xBF, 0
    if a >= 0xC2 and a <= 0xDF then
      more = 1
    elseif a >= 0xE0 and a <= 0xEF then
      more = 2
      if a == 0xE0 then low = 0xA0 elseif a == 0xED then high = 0x9F end
    elseif a >= 0xF0 and a <= 0xF4 then
      more = 3
      if a == 0xF0 then low = 0x90 elseif a == 0xF4 then high = 0x8F end
    end
    local good = more > 0 and b and b >= low and b <= high
      and (more < 2 or continues(c)) and (more < 3 or continues(d))
    if not good then return at - 1 end
    at = text:find("[\128-\255]", at + more + 1)
  end
  return nil
end

-- Wireshark's strings end at a zero byte, so that is shown as the symbol U+2400.
local function as_field(text)
  return (text:gsub("\0", "\226\144\128"))
end

-- Returns the start of a text for one line, without characters that are not seen or change how
-- others are shown.
local function line(text)
  local escape = function(unseen)
    return (unseen:gsub(".", function(byte) return string.format("\\x%02x", byte:byte()) end))
  end
  local cut = text
  if #text > TEXT_IN_LINE then
    local last = TEXT_IN_LINE
    -- Not within a character.
    while last > 0 and continues(text:byte(last + 1)) do last = last - 1 end
    cut = text:sub(1, last) .. "..."
  end
  cut = cut:gsub("%c", escape)
  cut = cut:gsub("\194[\128-\159\173]", escape)
  cut = cut:gsub("\226\128[\139-\143\168-\174]", escape)
  cut = cut:gsub("\226\129[\160-\175]", escape)
  cut = cut:gsub("\239\187\191", escape)
  return cut
end

local function count_of(count, what)
  return count .. " " .. what .. (count == 1 and "" or "s")
end

-- The reader: `raw` is all bytes, `at` the next one, `len` their number; `start` is where the
-- message begins. All positions count from 0. Reading beyond the end is an error of section 6,
-- which the caller of `message` catches.

local function fail(kind, at)
  error({ kind = kind, at = at }, 0)
end

-- Takes bytes and returns the position of the first.
local function take(r, count)
  local at = r.at
  if count > r.len - at then fail("UnexpectedEnd", r.len) end
  r.at = at + count
  return at
end

local function u8(r)
  return r.raw:byte(take(r, 1) + 1)
end

local function u16(r)
  local at = take(r, 2)
  local high, low = r.raw:byte(at + 1, at + 2)
  return high * 0x100 + low
end

local function u32_at(r, at)
  local a, b, c, d = r.raw:byte(at + 1, at + 4)
  return ((a * 0x100 + b) * 0x100 + c) * 0x100 + d
end

local function u32(r)
  return u32_at(r, take(r, 4))
end

local function marker(r)
  local at = r.at
  local byte = u8(r)
  if byte > 1 then fail("InvalidMarker", at) end
  return byte == 1
end

-- Reads a string (section 3); returns it and the position of its first byte.
local function string_of(r)
  local at = r.at
  local len = u8(r)
  if len >= 0x80 then
    r.at = at
    len = u32(r) % 0x80000000
  end
  local from = take(r, len)
  local text = r.raw:sub(from + 1, from + len)
  local wrong = not_utf8(text)
  if wrong then fail("InvalidUtf8", from + wrong) end
  return text, from
end

-- Trees -----------------------------------------------------------------------------------------

-- Adds an item for the bytes from `from` to `to`, or to the end of what was read. Returns nil
-- after the last item that is shown.
local function add(r, tree, field, from, to, ...)
  if not tree then return nil end
  if r.budget.left == 0 then
    r.budget.cut = true
    return nil
  end
  r.budget.left = r.budget.left - 1
  return tree:add(field, r.tvb(from, (to or r.at) - from), ...)
end

-- Adds an item of something whose end is not known yet: `close` sets it.
local function open(r, tree, field, from)
  return add(r, tree, field, from, r.len)
end

local function close(r, item, from, text)
  if not item then return end
  item:set_len(r.at - from)
  if text then item:set_text(text) end
end

-- Adds a string. The item of a secret has no bytes, because some formats of `tshark` print the
-- bytes of each item.
local function add_text(r, tree, field, text, from, secret)
  if secret then return add(r, tree, field, from, from, MASK) end
  return add(r, tree, field, from, from + #text, as_field(text))
end

-- Reads a string into an item.
local function read_text(r, tree, field)
  local text, from = string_of(r)
  add_text(r, tree, field, text, from)
  return text
end

local function read_number(r, tree, field, read)
  local at = r.at
  local number = read(r)
  add(r, tree, field, at)
  return number
end

-- Values (section 4) ----------------------------------------------------------------------------

local value

-- Completes the item of a value: its line and its base type. Returns the text of the value.
local function finish(r, item, v, text)
  if not item then return nil end
  item:set_text(v.name .. " (" .. (BASE_TYPES[v.base_type] or v.base_type) .. ")"
    .. (text and ": " .. text or ""))
  add(r, item, f.base_type, v.at, v.at + 1)
  return text
end

local function is_hidden(v)
  return v.secret and not alwayson.prefs.show_secrets
end

local function double(r, tree, field)
  local at = take(r, 8)
  add(r, tree, field, at)
  return string.format("%.15g", r.tvb(at, 8):float())
end

local function doubles(r, v, tree, field, parts)
  local item = open(r, tree, field, v.at)
  local texts = {}
  for _, part in ipairs(parts) do texts[#texts + 1] = double(r, item, part) end
  close(r, item, v.at)
  return finish(r, item, v, table.concat(texts, ", "))
end

-- Returns the milliseconds of 8 bytes as a number: exact if it is a date before the year 10000.
local function millis_at(r, at)
  local high = u32_at(r, at)
  if high >= 0x80000000 then high = high - 0x100000000 end
  return high * 0x100000000 + u32_at(r, at + 4)
end

-- Each reads a value, adds its item, and returns its text if it has one.
local READ = {}

function READ.nothing(r, v, tree)
  return finish(r, add(r, tree, f.nothing, v.at), v)
end

function READ.text(r, v, tree)
  local text, from = string_of(r)
  local secret = (v.secret or v.base_type == PASSWORD) and not alwayson.prefs.show_secrets
  return finish(r, add_text(r, tree, f.text, text, from, secret), v, secret and MASK or line(text))
end

function READ.number(r, v, tree)
  local at = take(r, 8)
  local item = add(r, tree, f.number, at)
  return finish(r, item, v, item and string.format("%.15g", r.tvb(at, 8):float()))
end

function READ.integer(r, v, tree)
  local at = take(r, 4)
  local item = add(r, tree, f.integer, at)
  return finish(r, item, v, item and tostring(r.tvb(at, 4):int()))
end

function READ.long(r, v, tree)
  local at = take(r, 8)
  local item = add(r, tree, f.long, at)
  return finish(r, item, v, item and tostring(r.tvb(at, 8):int64()))
end

function READ.boolean(r, v, tree)
  local at = r.at
  local is_true = u8(r) ~= 0
  return finish(r, add(r, tree, f.boolean, at), v, tostring(is_true))
end

function READ.datetime(r, v, tree)
  local at = take(r, 8)
  if not tree then return nil end
  local millis = millis_at(r, at)
  -- From the year 1 to the year 9999; others have no text.
  if millis < -62135596800000 or millis > 253402300799999 then
    local item = add(r, tree, f.datetime_ms, at)
    return finish(r, item, v, tostring(r.tvb(at, 8):int64()) .. " ms")
  end
  local seconds = math.floor(millis / 1000)
  local rest = millis - seconds * 1000
  local item = add(r, tree, f.datetime, at, at + 8, NSTime.new(seconds, rest * 1000000))
  -- Some systems have no text for times before 1970 and after the year 3000.
  if seconds < 0 or seconds >= 32503680000 then
    return finish(r, item, v, string.format("%d ms", millis))
  end
  local text = os.date("!%Y-%m-%dT%H:%M:%S", seconds) .. string.format(".%03dZ", rest)
  return finish(r, item, v, text)
end

function READ.bytes(r, v, tree)
  local len = u32(r) % 0x80000000
  local at = take(r, len)
  if is_hidden(v) then return finish(r, add(r, tree, f.masked, at, at), v, MASK) end
  return finish(r, add(r, tree, f.bytes, at), v, count_of(len, "byte"))
end

function READ.location(r, v, tree)
  return doubles(r, v, tree, f.location, { f.longitude, f.latitude, f.elevation })
end

function READ.vector(r, v, tree)
  local parts = { f.x, f.y, f.z, f.w }
  return doubles(r, v, tree, f.vector, { table.unpack(parts, 1, VECTOR_LENGTHS[v.base_type]) })
end

function READ.timespan(r, v, tree)
  local item = open(r, tree, f.timespan, v.at)
  local at = take(r, 16)
  add(r, item, f.span_start, at, at + 8)
  add(r, item, f.span_end, at + 8, at + 16)
  read_text(r, item, f.period)
  close(r, item, v.at)
  return finish(r, item, v)
end

function READ.thingcode(r, v, tree)
  local item = open(r, tree, f.thingcode, v.at)
  local at = take(r, 12)
  add(r, item, f.domain, at, at + 4)
  add(r, item, f.instance, at + 4, at + 12)
  close(r, item, v.at)
  return finish(r, item, v, item and r.tvb(at, 4):int() .. ":" .. tostring(r.tvb(at + 4, 8):int64()))
end

function READ.variant(r, v, tree)
  local item = open(r, tree, f.variant, v.at)
  finish(r, item, v)
  local text = value(r, item, v.name, v.secret, v.enclosing)
  close(r, item, v.at)
  if item and text then item:append_text(": " .. text) end
  return text
end

-- Reads the start of a field and its aspects. Returns its name and whether its cells are secret.
local function field(r, tree, enclosing)
  local from = r.at
  local item = open(r, tree, f.field, from)
  local name = read_text(r, item, f.field_name)
  read_text(r, item, f.field_description)
  local base_type = read_number(r, item, f.field_type, u8)
  local count = read_number(r, item, f.aspects, u16)
  for _ = 1, count do
    local at = r.at
    local aspect = open(r, item, f.aspect, at)
    local aspect_name = read_text(r, aspect, f.aspect_name)
    value(r, aspect, aspect and line(aspect_name), false, enclosing)
    close(r, aspect, at, aspect and "Aspect: " .. line(aspect_name))
  end
  close(r, item, from,
    item and "Field: " .. line(name) .. " (" .. (BASE_TYPES[base_type] or base_type) .. ")")
  return { name = name, secret = base_type == PASSWORD }
end

function READ.infotable(r, v, tree)
  local item = open(r, tree, f.infotable, v.at)
  finish(r, item, v)
  local from = r.at
  local shape = open(r, item, f.shape, from)
  local columns = {}
  while marker(r) do columns[#columns + 1] = field(r, shape, v.enclosing) end
  close(r, shape, from, "Shape: " .. count_of(#columns, "field"))
  local rows = 0
  while true do
    from = r.at
    if not marker(r) then break end
    rows = rows + 1
    local row = open(r, item, f.row, from)
    local count = read_number(r, row, f.cells, u16)
    for index = 1, count do
      local column = columns[index]
      local name = row and (column and line(column.name) or "Cell " .. index)
      value(r, row, name, column and column.secret, v.enclosing)
    end
    close(r, row, from, "Row " .. rows)
  end
  close(r, item, v.at)
  local text = count_of(#columns, "field") .. ", " .. count_of(rows, "row")
  if item then item:append_text(": " .. text) end
  return text
end

-- Reads a value. `enclosing` is the number of containers around it.
function value(r, tree, name, secret, enclosing)
  local at = r.at
  local base_type = u8(r)
  local layout = LAYOUTS[base_type] or (BASE_TYPES[base_type] and "text")
  if not layout then fail("UnknownBaseType", at) end
  if layout == "variant" or layout == "infotable" then
    if enclosing >= MAX_NESTING then fail("NestingTooDeep", at) end
    enclosing = enclosing + 1
  end
  local v = { at = at, base_type = base_type, name = name, secret = secret, enclosing = enclosing }
  return READ[layout](r, v, tree)
end

-- Bodies (section 3) ----------------------------------------------------------------------------

local function pairs_of(r, tree, count, field_of_pair, field_of_name, field_of_value, is_secret)
  for _ = 1, count do
    local from = r.at
    local item = open(r, tree, field_of_pair, from)
    local name = read_text(r, item, field_of_name)
    local text, at = string_of(r)
    local secret = is_secret(name) and not alwayson.prefs.show_secrets
    add_text(r, item, field_of_value, text, at, secret)
    if item then
      close(r, item, from, line(name) .. ": " .. (secret and MASK or line(text)))
    end
  end
end

local function auth(r, tree)
  local count = read_number(r, tree, f.claims, u8)
  pairs_of(r, tree, count, f.claim, f.claim_name, f.claim_value, function() return true end)
end

local function bind(r, tree, m)
  local gateway
  if marker(r) then
    gateway = read_text(r, tree, f.gateway)
    read_text(r, tree, f.gateway_type)
  end
  local count = read_number(r, tree, f.names, u16)
  for index = 1, count do
    local name = read_text(r, tree, f.thing)
    if index <= NAMES_IN_LINE then
      m.things[index] = name
      m.title = m.title .. (index == 1 and " " or ", ") .. line(name)
    end
  end
  if count > NAMES_IN_LINE then m.title = m.title .. ", ... (" .. count .. " names)" end
  if gateway then m.title = m.title .. " through " .. line(gateway) end
end

local function entity(r, tree, m)
  local entity_type = read_number(r, tree, f.entity_type, u8)
  local is_thing = entity_type == THINGS
  m.entity_type = entity_type
  m.entity = read_text(r, tree, is_thing and f.thing or f.entity)
  if is_thing then m.things[1] = m.entity end
  m.title = m.title .. " " .. line(m.entity)
end

local function request(r, tree, m)
  entity(r, tree, m)
  local characteristic = read_number(r, tree, f.characteristic, u8)
  local name = read_text(r, tree, f.name)
  m.title = m.title .. " " .. (CHARACTERISTICS[characteristic] or characteristic)
    .. "/" .. line(name)
  local count = read_number(r, tree, f.headers, u8)
  pairs_of(r, tree, count, f.header, f.header_name, f.header_value, function(header)
    return SECRET_HEADERS[header:lower()] ~= nil
  end)
  local at = r.at
  local params = u8(r)
  if params ~= NOTHING and params ~= INFOTABLE then fail("UnexpectedParams", at) end
  r.at = at
  value(r, tree, "Parameters", false, 0)
end

local function response(r, tree, m)
  if marker(r) then
    m.title = m.title .. ": " .. line(read_text(r, tree, f.reason))
  end
  value(r, tree, "Content", false, 0)
end

local BODIES = {
  [0x01] = request, [0x02] = request, [0x03] = request, [0x04] = request,
  [0x0A] = bind, [0x0B] = bind, [0x14] = auth, [0x15] = auth, [0x1F] = function() end,
}

local function chunk(r, tree, m)
  local at = r.at
  m.chunk_id = read_number(r, tree, f.chunk_id, u16)
  m.count = read_number(r, tree, f.chunk_count, u16)
  m.size = read_number(r, tree, f.chunk_size, u16)
  if m.chunk_id == 0 or m.chunk_id > m.count then fail("InvalidChunk", at) end
  local from = r.at
  if BODIES[m.code] == request then entity(r, tree, m) end
  m.head = r.raw:sub(m.start + 1, m.start + HEADER_LEN - 1) .. "\0" .. r.raw:sub(from + 1, r.at)
  m.data = r.raw:sub(r.at + 1, r.len)
  from = take(r, #m.data)
  local item = add(r, tree, f.chunk_data, from)
  -- Its bytes may be a part of a secret.
  if item then item:append_text(": " .. count_of(#m.data, "byte")) end
  m.title = m.title .. ", chunk " .. m.chunk_id .. " of " .. m.count
end

-- Returns the error in a header of 15 bytes, in the order of section 6, or nil.
local function wrong_header(code, marker_byte)
  if marker_byte > 1 then return "InvalidMarker", HEADER_LEN - 1 end
  if code < FIRST_STATUS and not CODES[code] then return "UnknownCode", 1 end
  if marker_byte == 1 and NEVER_CHUNKED[code] then return "InvalidMarker", HEADER_LEN - 1 end
  return nil
end

-- Returns whether a header without errors begins at a position.
local function is_header(raw, at)
  if #raw - at < HEADER_LEN or raw:byte(at + 1) ~= 1 then return false end
  return wrong_header(raw:byte(at + 2), raw:byte(at + HEADER_LEN)) == nil
end

local function code_name(code)
  return CODES[code] or string.format("0x%02x", code)
end

local function header(r, tree, m)
  local at = r.at
  if r.len - at >= 1 then
    add(r, tree, f.version, at, at + 1)
    if r.raw:byte(at + 1) ~= 1 then fail("UnsupportedVersion", at) end
  end
  take(r, HEADER_LEN)
  m.code = r.raw:byte(at + 2)
  m.request_id = u32_at(r, at + 2)
  m.ids = r.raw:sub(at + 3, at + HEADER_LEN - 1)
  m.is_chunk = r.raw:byte(at + HEADER_LEN) == 1
  m.title = code_name(m.code)
  add(r, tree, f.code, at + 1, at + 2)
  for index, field in ipairs({ f.request_id, f.endpoint_id, f.session_id }) do
    local from = at + index * 4 - 2
    local item = add(r, tree, field, from, from + 4)
    if item and u32_at(r, from) == NONE then item:append_text(" (none)") end
  end
  add(r, tree, f.is_chunk, at + 14, at + 15)
  local kind, offset = wrong_header(m.code, r.raw:byte(at + HEADER_LEN))
  if kind then fail(kind, at + offset) end
end

local function decode(r, tree, m)
  header(r, tree, m)
  if m.is_chunk then return chunk(r, tree, m) end
  return (BODIES[m.code] or response)(r, tree, m)
end

-- What is remembered of a capture. It is written when a packet is dissected for the first time,
-- and read whenever it is shown. A message is known by the number of its packet and its place in
-- that.

-- By stream: the first packet of AlwaysOn, requests without a response, unfinished messages.
local streams
-- By message: the request of a request or of its response.
local requests
-- By chunk: its message, once that is complete; and the message that it completed.
local chunks
local wholes
-- By chunk: why it was refused.
local refusals

function alwayson.init()
  streams, requests, chunks, wholes, refusals = {}, {}, {}, {}, {}
end

-- Returns what is known of a connection, its sender and its receiver. Wireshark has fields of
-- other dissectors, such as the number of the stream, only while it shows a packet.
local function stream_of(pinfo)
  local from = tostring(pinfo.src) .. ":" .. pinfo.src_port
  local to = tostring(pinfo.dst) .. ":" .. pinfo.dst_port
  local key = from < to and from .. " " .. to or to .. " " .. from
  local stream = streams[key]
  if not stream then
    stream = { asked = {}, unfinished = {} }
    streams[key] = stream
  end
  return stream, from, to
end

-- Forgets what the last connection of these addresses left: AUTH begins a new one (section 7).
local function begin(c)
  if not c.pinfo.visited then c.stream.asked, c.stream.unfinished = {}, {} end
end

-- Links responses with requests ------------------------------------------------------------------

local function link(c, m, key)
  if c.pinfo.visited or requests[key] then return end
  local number, time = c.pinfo.number, c.pinfo.rel_ts
  if m.code >= FIRST_STATUS then
    local asked = c.stream.asked[c.to .. " " .. m.request_id]
    if not asked then return end
    c.stream.asked[c.to .. " " .. m.request_id] = nil
    asked.response, asked.answered_at = number, time
    requests[key] = asked
  elseif m.code ~= KEEP_ALIVE then
    local asked = { frame = number, at = time, title = m.short, things = m.things }
    c.stream.asked[c.from .. " " .. m.request_id] = asked
    requests[key] = asked
  end
end

local function show_link(m, key, tree)
  local asked = requests[key]
  if not (asked and tree) then return end
  if m.code < FIRST_STATUS then
    if asked.response then tree:add(f.response_in, asked.response):set_generated() end
    return
  end
  local item = tree:add(f.response_to, asked.frame)
  item:set_generated()
  item:add(f.request, as_field(asked.title)):set_generated()
  for _, thing in ipairs(asked.things) do item:add(f.thing, as_field(thing)):set_generated() end
  local seconds = math.max(asked.answered_at - asked.at, 0)
  local whole = math.floor(seconds)
  local nanos = math.min(math.floor((seconds - whole) * 1e9 + 0.5), 999999999)
  tree:add(f.time, NSTime.new(whole, nanos)):set_generated()
end

-- Joins chunks (section 5) ----------------------------------------------------------------------

-- Adds a chunk to its message. Returns the message if it is complete, or why it was refused.
local function join(c, m)
  local now = c.pinfo.rel_ts
  local side = m.code >= FIRST_STATUS and "response" or "request"
  local key = c.from .. " " .. side .. " " .. m.request_id
  local unfinished = c.stream.unfinished
  local known = unfinished[key]
  if known and (now - known.began) * 1000 >= JOIN_TIMEOUT_MS then known = nil end
  if not known then
    local filled = math.max(m.size - #m.head - CHUNK_FIELDS_LEN, 0)
    if (m.count - 1) * filled + #m.head > MESSAGE_LIMIT then
      unfinished[key] = nil
      return nil, "TooLarge"
    end
    known = { first = m, began = now, parts = {}, frames = {}, arrived = 0, len = #m.head }
    unfinished[key] = known
  end
  local first = known.first
  local is_of = first.code == m.code and first.ids == m.ids and first.count == m.count
    and first.size == m.size and first.entity == m.entity
    and first.entity_type == m.entity_type
  if is_of and known.parts[m.chunk_id] then return known end
  if not is_of or #m.data > m.size then
    unfinished[key] = nil
    return nil, "ChunkMismatch"
  end
  known.len = known.len + #m.data
  if known.len > MESSAGE_LIMIT then
    unfinished[key] = nil
    return nil, "TooLarge"
  end
  known.parts[m.chunk_id] = m.data
  known.frames[m.chunk_id] = c.pinfo.number
  known.arrived = known.arrived + 1
  if known.arrived == first.count then
    unfinished[key] = nil
    known.raw = first.head .. table.concat(known.parts)
    known.parts = nil
    known.joined_in = c.pinfo.number
  end
  return known
end

local function joined(c, m, key)
  if c.pinfo.visited or chunks[key] or refusals[key] then return end
  local known, refusal = join(c, m)
  refusals[key] = refusal
  chunks[key] = known
  if known and known.raw then wholes[key] = known end
end

-- Messages --------------------------------------------------------------------------------------

local function show_error(r, item, kind, at)
  if not item then return end
  item:add(f.error_kind, kind):set_generated()
  if at then item:add(f.error_offset, at - r.start):set_generated() end
  item:add_proto_expert_info(ERRORS[kind],
    ERROR_TEXTS[kind] .. (at and " at byte " .. (at - r.start) or ""))
end

local message

local function show_chunk(c, m, key, item, tree, budget)
  joined(c, m, key)
  local known = chunks[key]
  if item then
    if refusals[key] == "TooLarge" then
      item:add_proto_expert_info(TOO_LARGE)
    elseif refusals[key] then
      show_error(nil, item, refusals[key])
    end
    if known and known.joined_in then
      item:add(f.joined_in, known.joined_in):set_generated()
    end
  end
  local whole = wholes[key]
  if not whole then return end
  local tvb = ByteArray.new(whole.raw, true):tvb("AlwaysOn message")
  local r = { raw = whole.raw, tvb = tvb, at = 0, len = #whole.raw, start = 0, budget = budget }
  message(c, r, tree, key .. " joined", whole.frames)
end

-- Reads a message, or shows its error. Afterwards the reader is behind it, or at the end.
function message(c, r, tree, key, frames)
  r.start = r.at
  local m = { start = r.at, title = "", things = {} }
  local item = open(r, tree, alwayson, r.start)
  local is_good, err = pcall(decode, r, item, m)
  if not is_good then
    -- Other errors are faults of this program.
    if type(err) ~= "table" then error(err, 0) end
    r.at = r.len
  end
  m.short = m.title
  if m.code and m.request_id ~= NONE then
    m.title = m.title .. " (" .. m.request_id .. ")"
  end
  if not is_good then m.title = m.title .. " [" .. err.kind .. "]" end
  close(r, item, r.start, "ThingWorx AlwaysOn, " .. m.title)
  local title = #c.titles + 1
  c.titles[title] = m.title
  for _, frame in ipairs(frames or {}) do
    if item and r.budget.left > 0 then
      r.budget.left = r.budget.left - 1
      item:add(f.chunk_frame, frame):set_generated()
    end
  end
  if not is_good then
    show_error(r, item, err.kind, err.at)
    return item
  end
  if m.is_chunk then
    if alwayson.prefs.join_chunks then show_chunk(c, m, key, item, tree, r.budget) end
    return item
  end
  if m.code == AUTH then begin(c) end
  link(c, m, key)
  show_link(m, key, item)
  if m.code >= FIRST_STATUS and requests[key] then
    c.titles[title] = m.title .. " to " .. requests[key].title
  end
  if m.code >= FIRST_ERROR_STATUS and item then
    item:add_proto_expert_info(REFUSED, "The status is " .. code_name(m.code))
  end
  return item
end

-- The packet that is dissected: its number, its WebSocket frames up to now, the titles of its
-- messages, and how many items its tree may still have.
local current = {}

-- Notes that a WebSocket message of a packet is dissected. A packet may have several: then the
-- number of WebSocket frames grows. If it does not, the packet is dissected again. It is 0 if
-- Wireshark does not show the packet.
local function begin_message(number)
  local frames = select("#", ws_opcode())
  local is_same = current.number == number and current.frames > 0 and frames > current.frames
  if not is_same then
    current = { number = number, titles = {}, budget = { left = MAX_ITEMS } }
  end
  current.frames = frames
end

-- Adds the titles of a WebSocket message to the line of its packet, and returns that: Wireshark
-- keeps only the text of the last message.
local function packet_line(titles)
  for _, title in ipairs(titles) do
    if #current.titles < MESSAGES_IN_LINE then current.titles[#current.titles + 1] = title end
  end
  return table.concat(current.titles, " | ")
end

-- Reads the messages in one WebSocket message.
function alwayson.dissector(tvb, pinfo, tree)
  if tvb:len() == 0 then return 0 end
  local stream, from, to = stream_of(pinfo)
  if not pinfo.visited and not stream.since then stream.since = pinfo.number end
  local c = { pinfo = pinfo, stream = stream, from = from, to = to, titles = {} }
  local raw = tvb:raw()
  begin_message(pinfo.number)
  local budget = current.budget
  local r = { raw = raw, tvb = tvb, at = 0, len = #raw, start = 0, budget = budget }
  local item
  local place = 0
  repeat
    place = place + 1
    -- A packet may have several WebSocket messages: these bytes tell them apart.
    local head = raw:sub(r.at + 1, r.at + HEADER_LEN + CHUNK_FIELDS_LEN)
    item = message(c, r, tree, table.concat({ pinfo.number, place, #raw, head }, " ")) or item
  until r.at >= r.len or not alwayson.prefs.several_messages or not is_header(raw, r.at)
  if r.at < r.len and item then
    local rest = r.len - r.at
    add(r, item, f.padding, r.at, r.len)
    item:add_proto_expert_info(TRAILING_BYTES, count_of(rest, "byte") .. " after the message")
  end
  if budget.cut and not budget.told then
    budget.told = true
    item = item or tree:add(alwayson, tvb())
    item:add_proto_expert_info(NOT_SHOWN)
  end
  pinfo.cols.protocol = "AlwaysOn"
  pinfo.cols.info = packet_line(c.titles)
  return r.len
end

-- Takes what begins with a header, and whatever follows it on the same connection, so that
-- messages with a wrong header are shown with their error.
local function heuristic(tvb, pinfo, tree)
  if tvb:len() == 0 then return false end
  local opcodes = { ws_opcode() }
  local opcode = opcodes[#opcodes]
  if opcode and opcode.value == TEXT_OPCODE then return false end
  if not is_header(tvb:raw(0, math.min(tvb:len(), HEADER_LEN)), 0) then
    local since = stream_of(pinfo).since
    local is_whole = opcode and opcode.value ~= 0
    if not (since and pinfo.number >= since and is_whole) then return false end
  end
  alwayson.dissector(tvb, pinfo, tree)
  return true
end

alwayson:register_heuristic("ws", heuristic)
