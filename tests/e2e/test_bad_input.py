"""What goes wrong for people: each ends in a clear error that names the thing, and nothing else is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.console import Console
from tests.e2e.graphs import chat_with, code_workflow, document, node
from tests.fakes.openai_server import FakeOpenAI, openai_server
from tests.processes import wait_for
from tests.running import Up


@pytest.fixture(scope="module")
def vendor() -> Iterator[FakeOpenAI]:
    with openai_server() as server:
        yield server


@pytest.fixture(scope="module")
def provider(console: Console, vendor: FakeOpenAI) -> str:
    """A provider whose models `mode:…` misbehave as their name says."""
    body = {"name": "Vendor", "base_url": vendor.base_url, "api_key": vendor.key, "models": []}
    slug: str = console.post("/providers", body)["slug"]
    return slug


def make_app(console: Console, graph: dict[str, Any], *, name: str) -> str:
    """An app with this draft; returns its id."""
    template = "blank-chat" if graph["app"]["mode"] == "chat" else "blank-workflow"
    app = console.post("/apps", {"name": name, "template": template})
    draft = console.get(f"/apps/{app['id']}/draft")
    console.put(f"/apps/{app['id']}/draft", {"document": graph, "revision": draft["revision"]})
    app_id: str = app["id"]
    return app_id


def run_draft(console: Console, app_id: str, *, query: str = "") -> str:
    run_id: str = console.post(f"/apps/{app_id}/runs", {"inputs": {}, "query": query, "target": "draft"})["id"]
    return run_id


def test_a_corrupt_pdf_says_why_and_its_neighbour_is_indexed(console: Console) -> None:
    dataset = console.post("/datasets", {"name": "Mixed"})
    broken = console.upload(dataset["id"], "broken.pdf", b"%PDF-1.7\nthis is no PDF at all")
    good = console.upload(dataset["id"], "good.md", b"# Looms\n\nA loom holds the warp under tension.")

    failed, ready = console.indexed(broken["id"]), console.indexed(good["id"])

    assert (failed["stage"], failed["error"]["code"]) == ("failed", "parse_failed")
    assert "broken.pdf" in failed["error"]["message"]
    assert (ready["stage"], ready["error"], ready["chunk_count"]) == ("ready", None, 1)


def test_an_upload_over_the_limit_is_refused_before_anything_is_stored(console: Console) -> None:
    dataset = console.post("/datasets", {"name": "Too large"})

    refused = console.call(
        "POST", f"/datasets/{dataset['id']}/documents", files={"file": ("big.txt", b"x" * 6 * 1024 * 1024)}
    )

    assert (refused.status_code, refused.json()["code"]) == (413, "upload_too_large")
    assert "5 MB" in refused.json()["message"]
    assert console.get(f"/datasets/{dataset['id']}/documents")["items"] == []


def test_a_cycle_is_saved_as_a_draft_but_never_published(console: Console) -> None:
    nodes = [
        node("start", "start", variables=[]),
        node("a", "template-transform", template="x", inputs=[]),
        node("b", "template-transform", template="y", inputs=[]),
        node("end", "end", outputs=[]),
    ]
    graph = document("workflow", nodes, edges=[("start", "a"), ("a", "b"), ("b", "a"), ("b", "end")])
    app_id = make_app(console, graph, name="Cycle")

    refused = console.call("POST", f"/apps/{app_id}/versions", json={"note": ""})

    assert (refused.status_code, refused.json()["code"]) == (422, "graph_invalid")
    assert [fault["code"] for fault in refused.json()["details"]["faults"] if fault["severity"] == "error"] == [
        "graph_cycle"
    ]
    assert console.get(f"/apps/{app_id}/versions")["items"] == []


def test_an_endless_loop_in_a_code_node_ends_with_its_name(console: Console) -> None:
    app_id = make_app(console, code_workflow("def main():\n    while True:\n        pass\n"), name="Endless")

    run = console.ended(run_draft(console, app_id), timeout_s=60)

    assert (run["status"], run["error"]["code"], run["error"]["node_id"]) == ("failed", "code_timeout", "code")


@pytest.mark.parametrize(
    ("model", "code"),
    [
        ("mode:error_500", "model_unavailable"),
        ("mode:unauthorized", "model_auth_failed"),
        ("mode:bad_request", "model_bad_request"),
        ("mode:not_json", "model_reply_invalid"),
    ],
)
def test_a_vendor_that_fails_is_named_in_the_runs_error(console: Console, provider: str, model: str, code: str) -> None:
    app_id = make_app(console, chat_with(provider, model), name=model)

    run = console.ended(run_draft(console, app_id, query="Hi"))

    assert (run["status"], run["error"]["code"], run["error"]["node_id"]) == ("failed", code, "llm")
    assert "Vendor" in run["error"]["message"]


def test_a_vendor_that_hangs_is_stopped_within_a_second_and_keeps_what_it_said(
    console: Console, provider: str, vendor: FakeOpenAI
) -> None:
    app_id = make_app(console, chat_with(provider, "mode:hang_mid_stream"), name="Hanging")
    run_id = run_draft(console, app_id, query="Hi")
    wait_for(lambda: console.get(f"/runs/{run_id}")["state"]["answer"] == "Hello, ", what="the first words")
    aborted = vendor.aborted

    console.post(f"/runs/{run_id}/stop")
    asked_at = time.monotonic()
    wait_for(lambda: vendor.aborted == aborted + 1, what="the end of the vendor's call")

    assert time.monotonic() - asked_at < 1.0
    run = console.ended(run_id)
    assert (run["status"], run["answer"], run["error"]) == ("stopped", "Hello, ", None)


def test_a_wrong_key_opens_nothing(weft: Up) -> None:
    with httpx.Client(base_url=weft.url) as stranger:
        published = stranger.post(
            "/v1/chat-messages",
            headers={"Authorization": "Bearer app-wrong"},
            json={"query": "Hi", "inputs": {}, "user": "u"},
        )
        console_api = stranger.get("/api/v1/apps")

    assert (published.status_code, published.json()["code"]) == (401, "unauthorized")
    assert (console_api.status_code, console_api.json()["code"]) == (401, "not_authenticated")


def test_a_reader_that_leaves_in_the_middle_finds_the_whole_answer_later(
    console: Console, provider: str, vendor: FakeOpenAI, weft: Up
) -> None:
    vendor.pause_s = 0.3
    app_id = make_app(console, chat_with(provider, "mode:slow"), name="Slow")
    console.post(f"/apps/{app_id}/versions", {"note": ""})
    key = console.post(f"/apps/{app_id}/keys")["key"]
    headers = {"Authorization": f"Bearer {key}"}
    body = {"query": "Hi", "inputs": {}, "user": "u", "response_mode": "streaming"}

    with httpx.stream("POST", f"{weft.url}/v1/chat-messages", headers=headers, json=body, timeout=30) as stream:
        conversation_id = next(
            json.loads(line[5:])["conversation_id"] for line in stream.iter_lines() if '"event":"message"' in line
        )

    def answer() -> str:
        params = {"user": "u", "conversation_id": conversation_id}
        found = httpx.get(f"{weft.url}/v1/messages", headers=headers, params=params).json()["data"]
        return str(found[0]["answer"])

    wait_for(lambda: answer() == "Hello, world.", what="the whole answer")
