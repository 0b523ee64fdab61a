"""The public page's API: what a visitor may see, and what stays with the app's owner."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from apps.publishing.api.public import web_safe
from tests.apps.publishing.conftest import Outside
from tests.fakes.openai_server import FakeOpenAI
from weft.db.aio import call_db


async def ask(outside: Outside, visitor: dict[str, str], **body: Any) -> list[dict[str, Any]]:
    """The events of one question."""
    answer = await AsyncClient().post(
        f"/api/public/sites/{outside.code}/messages", json.dumps(body), content_type="application/json", headers=visitor
    )
    return await frames(answer)


async def frames(answer: Any) -> list[dict[str, Any]]:
    raw = b"".join([part async for part in answer.streaming_content])
    return [json.loads(line.removeprefix(b"data: ")) for line in raw.split(b"\n") if line.startswith(b"data: ")]


async def test_a_visitor_asks_and_finds_the_answer_again(outside: Outside) -> None:
    visitor = await outside.visitor()
    events = await ask(outside, visitor, query="Hi")

    path = f"/api/public/sites/{outside.code}/messages?conversation_id={events[0]['conversation_id']}"
    mine, theirs = await outside.get(path, **visitor), await outside.get(path, **await outside.visitor())
    assert [each["answer"] for each in mine.json()["items"]] == [events[-2]["answer"]]
    assert theirs.status_code == 404


async def test_a_failure_does_not_tell_a_visitor_of_the_owners_servers(outside: Outside, server: FakeOpenAI) -> None:
    from apps.providers.models import Provider

    await call_db(lambda: Provider.objects.update(base_url="http://10.1.2.3/v1"))
    visitor = await outside.visitor()
    events = await ask(outside, visitor, query="Hi")

    path = f"/api/public/sites/{outside.code}/messages?conversation_id={events[0]['conversation_id']}"
    kept = (await outside.get(path, **visitor)).json()["items"]
    [failed] = [event for event in events if event["type"] == "run_failed"]
    assert failed["error"]["code"] == kept[0]["error"]["code"] == "model_address_refused"
    assert "10.1.2.3" not in json.dumps([events, kept])
    assert "Acme" not in json.dumps([events, kept])


async def test_sources_stay_private_when_the_app_does_not_show_them(outside: Outside) -> None:
    from apps.conversations.models import Message
    from apps.studio.models import Version

    visitor = await outside.visitor()
    conversation_id = (await ask(outside, visitor, query="Hi"))[0]["conversation_id"]
    await call_db(lambda: Message.objects.update(citations=[{"position": 1, "content": "secret"}]))
    path = f"/api/public/sites/{outside.code}/messages?conversation_id={conversation_id}"
    shown = [(await outside.get(path, **visitor)).json()["items"][0]["citations"]]

    version = await call_db(Version.objects.get)
    version.document["features"]["citations"] = False
    await call_db(version.save)
    shown.append((await outside.get(path, **visitor)).json()["items"][0]["citations"])

    assert shown == [[{"position": 1, "content": "secret"}], []]


@pytest.mark.parametrize("path", ["messages?conversation_id=zz", "messages?conversation_id=%00"])
async def test_a_malformed_conversation_is_refused(outside: Outside, path: str) -> None:
    answer = await outside.get(f"/api/public/sites/{outside.code}/{path}", **await outside.visitor())
    assert answer.status_code == 400


async def test_a_page_needs_a_token_that_we_signed(outside: Outside) -> None:
    path = f"/api/public/sites/{outside.code}/runs/{uuid.UUID(int=7)}/events"
    answers = [await outside.get(path), await outside.get(path, **{"X-Weft-Visitor": "ImFubiI:forged"})]
    assert [answer.status_code for answer in answers] == [401, 401]


async def test_an_app_without_file_inputs_takes_no_files(outside: Outside) -> None:
    from apps.runs.models import UploadedFile

    path = f"/api/public/sites/{outside.code}/files"
    refused = await AsyncClient().post(
        path, {"file": SimpleUploadedFile("x.txt", b"y")}, headers=await outside.visitor()
    )

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_param")
    assert await call_db(UploadedFile.objects.count) == 0


def add_file_input() -> None:
    from apps.studio.models import Version

    version = Version.objects.get()
    start = next(node for node in version.document["nodes"] if node["kind"] == "start")
    start["config"]["variables"] = [{"name": "paper", "type": "file"}]
    version.save()


async def test_a_visitors_file_is_nobody_elses(outside: Outside) -> None:
    await call_db(add_file_input)
    visitor, other = await outside.visitor(), await outside.visitor()
    path = f"/api/public/sites/{outside.code}/files"
    paper = SimpleUploadedFile("paper.txt", b"words")

    uploaded = (await AsyncClient().post(path, {"file": paper}, headers=visitor)).json()
    refused = await AsyncClient().post(path, {"file": SimpleUploadedFile("x.txt", b"y")})

    body = {"query": "Hi", "inputs": {"paper": {"upload_file_id": uploaded["id"]}}}
    theirs = await AsyncClient().post(
        f"/api/public/sites/{outside.code}/messages", json.dumps(body), content_type="application/json", headers=other
    )
    assert (uploaded["name"], uploaded["size"], refused.status_code) == ("paper.txt", 5, 401)
    assert (theirs.status_code, theirs.json()["code"]) == (422, "invalid_input")
    assert (await ask(outside, visitor, **body))[-1]["type"] == "message_end"


async def test_a_page_that_has_seen_what_did_not_happen_is_taken_back(outside: Outside) -> None:
    visitor = await outside.visitor()
    whole = await ask(outside, visitor, query="Hi")
    path = f"/api/public/sites/{outside.code}/runs/{whole[0]['run_id']}/events?after=9999"

    again = await frames(await outside.get(path, **visitor))

    end, last = whole[-2:]
    assert again == [{"type": "rewound", "seq": end["seq"] - 1, "text": end["answer"]}, end, last]


def test_a_visitor_is_told_numbers_of_a_node_and_nothing_else() -> None:
    facts = {"status_code": 200, "passages": 2, "documents": ["salaries.pdf"], "url": "http://10.0.0.1/?key=k"}
    facts |= {"printed": "debug", "reply": "internal"}
    event = {
        "type": "node_finished",
        "seq": 3,
        "node_id": "rq",
        "facts": facts,
        "inputs": {"a": 1},
        "outputs": {"b": 2},
    }

    assert web_safe(event, "run", {}) == {
        "type": "node_finished", "seq": 3, "node_id": "rq", "facts": {"passages": 2, "status_code": 200},
    }  # fmt: skip
