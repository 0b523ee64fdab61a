"""The shells: what their pages may load, and who may frame them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'"
)
HEADERS = ("Content-Security-Policy", "X-Frame-Options", "Cache-Control")


@pytest.fixture
def client(tmp_path: Path, settings: Settings) -> Client:
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "index.html").write_text("<shell>")
    return Client()


@pytest.mark.parametrize("path", ["/", "/apps/7", "/login"])
def test_the_console_may_not_be_framed(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.content == b"<shell>"
    assert [answer.get(name) for name in HEADERS] == [f"{POLICY}; frame-ancestors 'none'", "DENY", "no-cache"]
    assert list(answer.cookies) == ["csrftoken"]


@pytest.mark.parametrize("path", ["/chat/a-b_1", "/chatbot/x", "/completion/x", "/workflow/x"])
def test_a_chat_page_may_be_framed_and_sets_no_cookie(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.content == b"<shell>"
    assert [answer.get(name) for name in HEADERS] == [POLICY, None, "no-cache"]
    assert list(answer.cookies) == []


@pytest.mark.parametrize("path", ["/", "/chat/x", "/embed.js"])
def test_without_a_build_the_remedy_is_named(client: Client, settings: Settings, tmp_path: Path, path: str) -> None:
    settings.FRONTEND_DIST = tmp_path / "none"

    answer = client.get(path)

    assert (answer.status_code, b"make setup" in answer.content) == (503, True)
