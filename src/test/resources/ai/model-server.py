#!/usr/bin/python3
"""Speaks the API of a model server, and says what its model file says: so that tests know the answer.

It takes the arguments of llama.cpp's server that Homeostat gives. Each line of the model file that begins with "vector "
is no answer but makes it embed texts; the first line may be "slow SECONDS" (not ready for so long), "empty" (no models),
or "broken" (answers no conversation).
"""
import argparse
import hashlib
import json
import math
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIMENSIONS = 64
arguments = argparse.ArgumentParser()
arguments.add_argument("--host", default="127.0.0.1")
arguments.add_argument("--port", type=int, default=8080)
arguments.add_argument("--model", required=True)
arguments.add_argument("--alias", required=True)
arguments.add_argument("--ctx-size", type=int)
arguments.add_argument("--n-gpu-layers", type=int)
arguments.add_argument("--metrics", action="store_true")
options, _ = arguments.parse_known_args()
began = time.monotonic()
with open(options.model, encoding="utf-8") as file:
    text = file.read()
first, _, rest = text.partition("\n")
slow = float(first.split()[1]) if first.startswith("slow ") else 0.0
behaviour = first.split()[0] if first.split() and first.split()[0] in ("slow", "empty", "broken") else ""
answer = rest if behaviour else text


def vector(words):
    values = [0.0] * DIMENSIONS
    for word in words.lower().split():
        values[hashlib.sha256(word.encode()).digest()[0] % DIMENSIONS] += 1
    length = math.sqrt(sum(v * v for v in values)) or 1.0
    return [v / length for v in values]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def ready(self):
        if time.monotonic() - began < slow:
            self.reply(503, {"error": {"message": "Loading model", "type": "unavailable_error"}})
            return False
        return True

    def do_GET(self):
        if self.path in ("/health", "/v1/models") and not self.ready():
            return
        if self.path == "/health":
            self.reply(200, {"status": "ok"})
        elif self.path == "/v1/models":
            models = [] if behaviour == "empty" else [{"id": options.alias, "object": "model"}]
            self.reply(200, {"object": "list", "data": models})
        elif self.path == "/metrics" and options.metrics:
            data = b"# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing 0\n"
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        else:
            self.reply(404, {"error": {"message": "no such path"}})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        if not self.ready():
            return
        if self.path == "/v1/chat/completions" and behaviour == "broken":
            self.reply(500, {"error": {"message": "the model cannot be computed"}})
        elif self.path == "/v1/chat/completions":
            message = {"role": "assistant", "content": answer}
            self.reply(200, {"object": "chat.completion", "choices": [{"index": 0, "message": message}]})
        elif self.path == "/v1/embeddings":
            texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
            data = [{"index": i, "embedding": vector(t)} for i, t in enumerate(texts)]
            self.reply(200, {"object": "list", "data": data})
        else:
            self.reply(404, {"error": {"message": "no such path"}})


# the first process of a container is ended by no signal that it does not handle
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
ThreadingHTTPServer((options.host, options.port), Handler).serve_forever()
