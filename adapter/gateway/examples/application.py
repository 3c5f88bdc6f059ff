#!/usr/bin/env python3
"""An application that uses `alwayson gateway`: a pump with a pressure.

    python3 application.py [GATEWAY] [THING]

It registers its Thing, answers requests of the platform, pushes its pressure once a
second, and unregisters at the end. It requires only the standard library.
"""

import json
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote

GATEWAY = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
THING = sys.argv[2] if len(sys.argv) > 2 else "Pump"

properties = {"Pressure": 2.5, "Label": "pump in hall 1"}


def ask(method, path, body=None):
    """Sends a request to the gateway. Returns the JSON of the answer, or None."""
    request = urllib.request.Request(
        f"{GATEWAY}/Thingworx/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def local(service, **parameters):
    """Calls a service of the gateway itself."""
    return ask("POST", f"Things/LocalEms/Services/{service}", parameters)


def of_thing(part):
    """Returns the path of a part of the Thing."""
    return f"Things/{quote(THING, safe='*')}/{part}"


class Application(BaseHTTPRequestHandler):
    """Answers requests of the platform to the Thing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        name = unquote(self.path.rsplit("/", 1)[1])
        if name == "*":
            self.answer(200, properties)
        elif name in properties:
            self.answer(200, {name: properties[name]})
        else:
            self.answer(404, {"reason": f"no property {name}"})

    def do_PUT(self):
        properties.update(self.row())
        self.answer(200)

    def do_POST(self):
        parameters = self.row()
        service = unquote(self.path.rsplit("/", 1)[1])
        if service == "Add":
            self.answer(200, parameters["a"] + parameters["b"])
        else:
            # After a 404 to GetMetadata, the gateway answers instead.
            self.answer(404, {"reason": f"no service {service}"})

    def row(self):
        """Returns the only row of the body: parameters or properties by name."""
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return json.loads(text)["rows"][0] if text else {}

    def answer(self, status, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *arguments):
        print(format % arguments, flush=True)


def push(**values):
    """Pushes values with their times."""
    rows = [
        {
            "name": name,
            "value": value,
            "time": int(time.time() * 1000),
            "quality": "GOOD",
        }
        for name, value in values.items()
    ]
    ask(
        "POST",
        of_thing("Services/UpdateSubscribedPropertyValues"),
        {
            "values": {
                "rows": rows,
                "dataShape": {
                    "fieldDefinitions": {
                        "name": {"name": "name", "baseType": "STRING"},
                        "value": {"name": "value", "baseType": "VARIANT"},
                        "time": {"name": "time", "baseType": "DATETIME"},
                        "quality": {"name": "quality", "baseType": "STRING"},
                    }
                },
            }
        },
    )


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    registered_at = 0.0
    while not ended.is_set():
        try:
            # Registers again every minute, in case the gateway was restarted.
            if time.monotonic() - registered_at > 60:
                local(
                    "AddEdgeThing",
                    name=THING,
                    host="127.0.0.1",
                    port=server.server_port,
                )
                registered_at = time.monotonic()
                print("registered", flush=True)
            push(Pressure=properties["Pressure"])
            print("pushed", flush=True)
        except (urllib.error.URLError, OSError) as error:
            # 503: there is no connection to the platform. The gateway reconnects.
            print(f"not pushed: {error}", flush=True)
            if not isinstance(error, urllib.error.HTTPError):
                registered_at = 0.0
        ended.wait(1)
    local("RemoveEdgeThing", name=THING)
    print("unregistered", flush=True)


if __name__ == "__main__":
    main()
