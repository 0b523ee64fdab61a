"""A retrieval service elsewhere, by Dify's contract: real HTTP on a loopback port the system chose.

    with knowledge_server() as server:
        server.records = [{"content": "…", "score": 0.9, "title": "…", "metadata": {}}]
        ... endpoint=server.endpoint, api_key=server.key ...

It refuses a wrong key with 403 and error_code 1002; `status` makes it answer everything with that status.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeKnowledge:
    """`asked` holds (path, key, body) of every call in order."""

    endpoint: str = ""
    key: str = "secret-of-the-service"
    status: int = 200
    records: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, path: str, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append((path, key, body))
        if self.status != 200:
            return self.status, {"error_code": 500, "error_msg": "told to fail"}
        if path != "/kb/retrieval":
            return 404, {"error_code": 404, "error_msg": "no such path"}
        if key != self.key:
            return 403, {"error_code": 1002, "error_msg": "Authorization failed"}
        if not body.get("knowledge_id"):
            return 400, {"error_code": 400, "error_msg": "knowledge_id is missing"}
        return 200, {"records": self.records}


@contextmanager
def knowledge_server() -> Iterator[FakeKnowledge]:
    fake = FakeKnowledge()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, answer = fake.answer(self.path, key, body)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.endpoint = f"http://127.0.0.1:{server.server_address[1]}/kb"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
