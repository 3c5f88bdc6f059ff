-- An application that uses `alwayson gateway`: a pump with a pressure.
--
--     lua5.4 application.lua [GATEWAY] [THING]
--
-- It registers its Thing, answers requests of the platform, writes its pressure once a second, and
-- unregisters at the end, by Ctrl-C or SIGINT. It requires LuaSocket and dkjson (in Debian:
-- lua-socket and lua-dkjson).

local socket = require("socket")
local http = require("socket.http")
local ltn12 = require("ltn12")
local json = require("dkjson")

local gateway = arg[1] or "http://127.0.0.1:8000"
local thing = arg[2] or "Pump"
local properties = { Pressure = 2.5 }
http.TIMEOUT = 30

-- Sends a request to the gateway. Returns the status and the body of the answer.
local function ask(method, path, body)
  local text, answer = json.encode(body), {}
  local _, status = http.request({
    method = method,
    url = gateway .. "/Thingworx/" .. path,
    headers = { ["Content-Type"] = "application/json", ["Content-Length"] = #text },
    source = ltn12.source.string(text),
    sink = ltn12.sink.table(answer),
  })
  return status, table.concat(answer)
end

-- Calls a service of the gateway itself.
local function of_gateway(service, parameters)
  return ask("POST", "Things/LocalEms/Services/" .. service, parameters)
end

local function encoded(name)
  return (name:gsub("[^%w%-._~*]", function(char) return ("%%%02X"):format(char:byte()) end))
end

local function decoded(name)
  return (name:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Answers a request of the platform to the Thing. Returns the status and the body of the answer.
local function answer(method, path, row)
  local kind, name = path:match("([^/]*)/([^/]*)$")
  name = decoded(name)
  if method == "GET" and name == "*" then
    return "200 OK", properties
  elseif method == "GET" and properties[name] ~= nil then
    return "200 OK", { [name] = properties[name] }
  elseif method == "PUT" then
    for property, value in pairs(row) do
      properties[property] = value
    end
    return "200 OK"
  elseif kind == "Services" and name == "Add" then
    return "200 OK", row.a + row.b
  end
  -- After a 404 to GetMetadata, the gateway answers instead.
  return "404 Not Found", { reason = "no " .. kind .. " " .. name }
end

-- Reads one request of a connection, answers it, and closes the connection.
local function serve(client)
  client:settimeout(5)
  local method, path = (client:receive("*l") or ""):match("^(%u+) (%S+)")
  local length, line = 0, client:receive("*l")
  while line and line ~= "" do
    length = tonumber(line:lower():match("^content%-length:%s*(%d+)")) or length
    line = client:receive("*l")
  end
  local text = length > 0 and client:receive(length)
  -- The gateway opens connections without a request, to check that the application listens.
  if method and line then
    local row = text and json.decode(text).rows[1] or {}
    local status, body = answer(method, path, row)
    local written = body == nil and "" or json.encode(body)
    client:send("HTTP/1.1 " .. status .. "\r\nConnection: close\r\n" ..
      "Content-Type: application/json\r\nContent-Length: " .. #written .. "\r\n\r\n" .. written)
  end
  client:close()
end

local function say(text)
  print(text)
  io.stdout:flush()
end

local server = assert(socket.bind("127.0.0.1", 0))
local _, port = server:getsockname()
local registered_at, written_at = -math.huge, -math.huge

local function step()
  local ready = socket.select({ server }, nil, math.max(0, written_at + 1 - socket.gettime()))
  if ready[server] then
    local client = server:accept()
    if client then serve(client) end
  end
  local now = socket.gettime()
  if now - written_at < 1 then return end
  written_at = now
  -- Registers again every minute, in case the gateway was restarted.
  if now - registered_at > 60 then
    local parameters = { name = thing, host = "127.0.0.1", port = tonumber(port) }
    if of_gateway("AddEdgeThing", parameters) == 200 then
      registered_at = now
      say("registered")
    end
  end
  local status, text = ask("PUT", "Things/" .. encoded(thing) .. "/Properties/*", properties)
  -- 202: the gateway has stored the message, and delivers it later.
  if status == 200 or status == 202 then
    say("written")
  else
    say("not written: " .. tostring(status) .. " " .. text)
    if type(status) ~= "number" then registered_at = -math.huge end
  end
end

-- SIGINT raises an error anywhere in the program.
local _, problem = pcall(function() while true do step() end end)
of_gateway("RemoveEdgeThing", { name = thing })
say("unregistered")
if not tostring(problem):find("interrupted!", 1, true) then error(problem) end
