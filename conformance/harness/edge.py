"""An edge with the control channel (README.md). For your own, keep `main` and replace `Edge`."""
import json, random, socket, struct, sys, threading, time
from urllib.parse import urlparse

LACKS = ("chunk-size", "gateways", "rebind-delay", "several-messages", "tls")
NONE, SUCCESS = 0xFFFFFFFF, (0x40, 0x41, 0x42, 0x44, 0x64)

def text(value):
    size = len(value.encode())
    return (bytes([size]) if size < 128 else struct.pack(">I", size | 1 << 31)) + value.encode()

class Edge:
    def __init__(self, tell):
        self.tell, self.names, self.asked, self.last_id = tell, [], {}, 0
        self.requests, self.session, self.endpoint, self.stopped = {}, NONE, 0, False

    def run(self, url):
        while not self.stopped:
            try:
                self.connect(urlparse(url))
                self.receive()
            except OSError:
                pass
            self.session, self.endpoint, self.asked = NONE, 0, {}
            time.sleep(0 if self.stopped else 5 + random.random() * 10)

    def connect(self, url):
        self.socket = socket.create_connection((url.hostname, url.port))
        self.file = self.socket.makefile("rb")
        upgrade = f"GET {url.path} HTTP/1.1\nHost: {url.netloc}\nUpgrade: websocket\nConnection: Upgrade\n"
        upgrade += "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n"
        self.socket.sendall(upgrade.replace("\n", "\r\n").encode())
        while self.file.readline().strip():
            pass
        claims = b"".join(text(claim["name"]) + text(claim["value"]) for claim in self.claims)
        self.send(0x14, bytes([len(self.claims)]) + claims, "auth")

    def frame(self, opcode, data):
        size = bytes([0x80 | len(data)]) if len(data) < 126 else struct.pack(">BH", 0xFE, len(data))
        self.socket.sendall(bytes([0x80 | opcode]) + size + bytes(4) + data)

    def send(self, code, body, what=None):
        self.last_id += 1
        self.asked[self.last_id] = what
        self.frame(2, struct.pack(">BBIIIB", 1, code, self.last_id, self.endpoint, self.session, 0) + body)

    def bind(self, code, names, what="bind"):
        if self.session != NONE and names:
            self.send(code, struct.pack(">BH", 0, len(names)) + b"".join(map(text, names)), what)

    def receive(self):
        message = b""
        while head := self.file.read(2):
            size = struct.unpack(">H", self.file.read(2))[0] if head[1] == 126 else head[1]
            data, opcode = self.file.read(size), head[0] & 15
            if opcode == 8:
                return self.frame(8, data)
            if opcode == 9:
                self.frame(10, data)
            message += data if opcode in (0, 2) else b""
            if opcode in (0, 2) and head[0] & 0x80:
                self.message(message)
                message = b""

    def message(self, data):
        if len(data) < 17 or data[0] != 1 or data[14] != 0:
            return  # no message, or a chunk, which this edge does not know
        _, code, id, endpoint, session, _ = struct.unpack(">BBIIIB", data[:15])
        what = self.asked.pop(id, None) if code >= 0x40 else None
        if code < 0x05 and self.session != NONE:
            self.requests[id] = data[2:14]
            self.tell({"kind": "request", "request": id})
        elif what == "auth" and code in SUCCESS:
            self.session, self.endpoint = session, endpoint % NONE
            self.bind(0x0A, self.names)
        elif what in ("auth", "leave"):
            self.stopped = True
            self.frame(8, struct.pack(">H", 1000))

def main():
    edge = Edge(lambda line: print(json.dumps(line), flush=True))
    edge.tell({"kind": "hello", "reports": ["request"], "features": {name: False for name in LACKS}})
    for order in map(json.loads, sys.stdin):
        kind, message = order["kind"], bytes.fromhex(order.get("hex", ""))
        edge.claims = order.get("claims") or getattr(edge, "claims", [])
        if kind == "opened":
            threading.Thread(target=edge.run, args=(order["url"],), daemon=True).start()
        elif kind in ("bind", "unbind"):
            (edge.names.append if kind == "bind" else edge.names.remove)(order["name"])
            edge.bind(0x0A if kind == "bind" else 0x0B, [order["name"]])
        elif kind == "request" and edge.session != NONE:
            edge.send(message[1], message[15:], "app")
        elif kind == "respond":
            edge.frame(2, message[:2] + edge.requests.pop(order["request"]) + message[14:])
        elif kind == "leave":
            edge.bind(0x0B, edge.names, "leave")

main()
