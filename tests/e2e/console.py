"""The console's API as a signed-in person uses it: session cookie, CSRF token, JSON."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.processes import wait_for
from tests.running import Up

EMAIL = "lin@example.com"
PASSWORD = "correct horse battery"


class Console:
    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=f"{base_url}/api/v1", timeout=60)
        self._client.get("/setup")

    def call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        self._client.get("/session")
        headers = {"X-CSRFToken": self._client.cookies.get("csrftoken", "")}
        return self._client.request(method, path, headers=headers, **arguments)

    def get(self, path: str) -> Any:
        return self._json(self.call("GET", path))

    def post(self, path: str, body: Any = None) -> Any:
        return self._json(self.call("POST", path, json=body))

    def put(self, path: str, body: Any) -> Any:
        return self._json(self.call("PUT", path, json=body))

    def upload(self, dataset_id: str, name: str, content: bytes) -> Any:
        answer = self._json(self.call("POST", f"/datasets/{dataset_id}/documents", files={"file": (name, content)}))
        return answer["items"][0]

    def indexed(self, document_id: str) -> Any:
        """The document once it has come to an end, good or bad."""
        wait_for(
            lambda: self.get(f"/documents/{document_id}")["stage"] in {"ready", "failed"},
            timeout_s=90,
            what=f"the end of document {document_id}",
        )
        return self.get(f"/documents/{document_id}")

    def ended(self, run_id: str, *, timeout_s: float = 60) -> Any:
        """The run once it has come to an end."""
        wait_for(
            lambda: self.get(f"/runs/{run_id}")["status"] in {"finished", "failed", "stopped"},
            timeout_s=timeout_s,
            what=f"the end of run {run_id}",
        )
        return self.get(f"/runs/{run_id}")

    @staticmethod
    def _json(response: httpx.Response) -> Any:
        assert response.is_success, (
            f"{response.request.method} {response.request.url}: {response.status_code} {response.text}"
        )
        return response.json() if response.content else None


def setup_link(up: Up) -> str:
    found = re.search(r"http://\S+/setup\?token=\S+", up.output)
    assert found, up.output
    return found.group(0)


def first_admin(up: Up) -> Console:
    """Use the one-time link that the terminal shows."""
    console = Console(up.url)
    token = setup_link(up).partition("token=")[2]
    person = {"token": token, "email": EMAIL, "name": "Lin", "password": PASSWORD}
    console.post("/setup", person)
    return console
