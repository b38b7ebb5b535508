"""A model endpoint on this machine, over real HTTP: answers what a test tells it to."""

import base64
import io
import json
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image


class Server(ThreadingHTTPServer):
    """Answers each request with the next of ``answers`` (the last one again and again)."""

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.seen = list(answers), []
        self.done = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        self.server.seen.append((self.path, self.headers["Authorization"], parts(head + body)))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer(self)

    def log_message(self, *_):
        pass


def parts(body):
    """The fields of a multipart form: (name, value), pictures decoded."""
    found = []
    for part in message_from_bytes(body).get_payload():
        name, data = (
            part.get_param("name", header="content-disposition"),
            part.get_payload(decode=True),
        )
        is_picture = part.get_content_type() == "image/png"
        found.append((name, Image.open(io.BytesIO(data)) if is_picture else data.decode()))
    return found


def say(status, content, kind="application/json", headers=()):
    def answer(handler):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", len(data)), *headers):
            handler.send_header(name, str(value))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def picture(values, format="PNG"):
    made = io.BytesIO()
    Image.fromarray(values).save(made, format)
    data = base64.b64encode(made.getvalue()).decode()
    return say(200, {"created": 0, "data": [{"b64_json": data}]})


def never(handler):
    handler.server.done.wait(20)


@pytest.fixture
def serve():
    servers = []

    def start(*answers):
        server = Server(answers)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    yield start
    for server in servers:
        server.done.set()
        server.shutdown()
        server.server_close()
