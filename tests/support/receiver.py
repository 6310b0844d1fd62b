"""A real receiver on loopback."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """An HTTP server on 127.0.0.1 that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.arrived = threading.Event()
        self.answers: list[tuple[int, dict[str, str]] | tuple[int, dict[str, str], Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.posts.append(({k.lower(): v for k, v in self.headers.items()}, body))
                outer.paths.append(self.path)
                status, headers, *said = outer.answers.pop(0) if outer.answers else (204, {})
                text = b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in said)
                headers = {"content-type": "application/json", **headers} if said else headers
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                outer.arrived.set()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def body(self, number: int = -1) -> Any:
        """The JSON of a POST."""
        return json.loads(self.posts[number][1])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
