"""The API for programs outside: what it answers, what it refuses, and whose things it touches."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import AsyncClient

from apps.publishing.service.sse import last_event_id
from tests.apps.publishing.conftest import Outside
from weft.db.aio import call_db

NOBODY = str(uuid.UUID(int=7))
QUESTION: dict[str, Any] = {"query": "Hi", "inputs": {}, "user": "ann"}
USER_MESSAGE = [{"role": "user", "content": "Hi"}]


async def test_a_question_is_answered_and_kept(outside: Outside) -> None:
    answer = (await outside.post("/v1/chat-messages", QUESTION)).json()

    kept = (await outside.get(f"/v1/messages?user=ann&conversation_id={answer['conversation_id']}")).json()
    assert [(each["id"], each["answer"]) for each in kept["data"]] == [(answer["message_id"], answer["answer"])]
    assert answer["answer"].startswith("Well: ")


async def test_nul_and_half_characters_are_left_out_of_what_is_stored(outside: Outside) -> None:
    body = QUESTION | {"query": "a\0b\ud800c", "user": "an\0n"}
    answer = (await outside.post("/v1/chat-messages", json.dumps(body).encode())).json()

    kept = (await outside.get(f"/v1/messages?user=ann&conversation_id={answer['conversation_id']}")).json()
    assert [each["query"] for each in kept["data"]] == ["ab?c"]


REFUSED: dict[str, Any] = {
    "a user too long": ("chat-messages", QUESTION | {"user": "u" * 300}),
    "no number": ("chat-messages", b'{"query": "Hi", "user": "ann", "inputs": {"x": NaN}}'),
    "bottomless JSON": ("chat-messages", b'{"inputs":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "an unknown rating": (f"messages/{NOBODY}/feedbacks", {"rating": ["like"], "user": "ann"}),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_does_not_fit_is_refused_and_not_a_failure_of_the_server(outside: Outside, case: str) -> None:
    path, body = REFUSED[case]
    answer = await outside.post(f"/v1/{path}", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_param")
    assert (await outside.get("/v1/conversations?user=ann")).json()["data"] == []


@pytest.mark.parametrize(
    "odd", [{"n": [1]}, {"response_format": "text"}, {"stream_options": "x"}, {"inputs": []}, {"inputs": "x"}]
)
async def test_an_odd_completion_is_refused_in_openais_words(outside: Outside, odd: dict[str, Any]) -> None:
    body = {"model": str(outside.app.pk), "messages": USER_MESSAGE, **odd}
    answer = await outside.post("/v1/chat/completions", body)

    expected = 200 if odd == {"inputs": []} else 400
    assert answer.status_code == expected, answer.content
    assert expected == 200 or answer.json()["error"]["type"] == "invalid_request_error"


async def test_a_model_that_is_no_name_does_not_exist(outside: Outside) -> None:
    from apps.runs.models import Run

    answer = await outside.post("/v1/chat/completions", {"model": ["x"], "messages": USER_MESSAGE})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert await call_db(Run.objects.count) == 0


async def test_a_query_string_that_cannot_be_stored_is_refused(outside: Outside) -> None:
    assert (await outside.get("/v1/conversations?user=a%00b")).status_code == 400


@pytest.mark.parametrize(
    ("model", "status", "code"), [({}, 404, "not_found"), ({"top_k": "many"}, 400, "invalid_param")]
)
async def test_a_search_says_what_is_wrong(outside: Outside, model: Any, status: int, code: str) -> None:
    body = {"query": "x", "retrieval_model": model}
    answer = await outside.post(f"/v1/datasets/{NOBODY}/retrieve", body, key=outside.dataset_key)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_keys_do_not_open_each_others_doors(outside: Outside) -> None:
    asked = await outside.post("/v1/chat-messages", QUESTION, key=outside.dataset_key)
    searched = await outside.post(f"/v1/datasets/{NOBODY}/retrieve", {"query": "x"})
    assert [asked.status_code, searched.status_code] == [401, 401]


async def test_only_the_user_who_asked_stops_or_reads_the_answer(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.runs import dispatch
    from apps.runs.models import Run

    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)
    await outside.post("/v1/chat-messages", QUESTION | {"response_mode": "streaming"})
    run = await call_db(Run.objects.get)

    statuses = []
    for user in ("bob", "ann"):
        answer = await outside.post(f"/v1/chat-messages/{run.pk}/stop", {"user": user})
        assert answer.json() == {"result": "success"}
        statuses.append((await call_db(Run.objects.get)).status)
    assert statuses == ["queued", "stopped"]
    other = await outside.get(f"/v1/messages?user=bob&conversation_id={run.conversation_id}")
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


async def test_a_deleted_conversations_messages_are_gone(outside: Outside) -> None:
    answer = (await outside.post("/v1/chat-messages", QUESTION)).json()
    rate = f"/v1/messages/{answer['message_id']}/feedbacks"
    before = await outside.post(rate, {"rating": "like", "user": "ann"})
    headers = {"Authorization": f"Bearer {outside.key}"}
    await AsyncClient().delete(f"/v1/conversations/{answer['conversation_id']}?user=ann", headers=headers)
    after = await outside.post(rate, {"rating": None, "user": "ann"})

    assert [before.status_code, after.status_code] == [200, 404]


@pytest.mark.parametrize("path", ["chat-messages", "chat/completions"])
async def test_a_caller_with_too_many_runs_is_told_to_wait(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, settings: Any, path: str
) -> None:
    from apps.runs import dispatch
    from apps.runs.models import Run

    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)
    settings.APP_MAX_ACTIVE_RUNS = 1
    await outside.post("/v1/chat-messages", QUESTION | {"response_mode": "streaming"})
    refused = await outside.post(f"/v1/{path}", QUESTION | {"model": str(outside.app.pk), "messages": USER_MESSAGE})

    error = refused.json().get("error") or refused.json()
    assert (refused.status_code, refused.headers["Retry-After"], error["code"]) == (429, "5", "too_many_requests")
    assert await call_db(Run.objects.count) == 1
    assert len((await outside.get("/v1/conversations?user=ann")).json()["data"]) == 1


async def test_a_cursor_that_is_no_number_begins_at_the_beginning() -> None:
    assert [last_event_id({"Last-Event-ID": text}, {}) for text in ("7", "²", "9" * 5000, "x", "")] == [7, 0, 0, 0, 0]


async def payloads(answer: Any) -> list[dict[str, Any]]:
    raw = b"".join([part async for part in answer.streaming_content])
    return [json.loads(line[6:]) for line in raw.split(b"\n") if line.startswith(b"data: ")]


async def test_a_lost_stream_goes_on_from_the_last_payload_that_arrived(outside: Outside) -> None:
    whole = await payloads(await outside.post("/v1/chat-messages", QUESTION | {"response_mode": "streaming"}))
    run_id, seen = whole[0]["task_id"], whole[3]

    path = f"/v1/workflow/{run_id}/events?user=ann"
    rest = await payloads(await outside.get(f"{path}&after={seen['seq']}"))
    end = await payloads(await outside.get(path))
    again = await payloads(await outside.get(f"{path}&include_state_snapshot=true"))
    stranger = await outside.get(f"/v1/workflow/{run_id}/events?user=bob")

    assert rest == [each for each in whole if each["seq"] > seen["seq"]]
    assert [each["event"] for each in end] == ["workflow_finished", "message_end"]
    assert again == whole
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")


async def test_a_reader_that_has_seen_what_did_not_happen_is_taken_back(outside: Outside) -> None:
    whole = await payloads(await outside.post("/v1/chat-messages", QUESTION | {"response_mode": "streaming"}))

    again = await payloads(await outside.get(f"/v1/workflow/{whole[0]['task_id']}/events?user=ann&after=9999"))

    answer = "".join(each["answer"] for each in whole if each["event"] == "message")
    assert (again[0]["event"], again[0]["answer"], again[0]["seq"]) == ("message_replace", answer, whole[-1]["seq"] - 1)
    assert again[1:] == whole[-2:]


async def test_a_blocking_call_ends_when_no_worker_answers(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.publishing.service import chat
    from apps.runs import dispatch
    from apps.runs.models import Run

    monkeypatch.setattr(dispatch, "execute", lambda run_ids: None)
    monkeypatch.setattr(chat, "BLOCKING_LIMIT_S", 0.1)
    answer = await outside.post("/v1/chat-messages", QUESTION)

    run = await call_db(Run.objects.get)
    assert (answer.status_code, answer.json()["code"], run.status) == (504, "run_timeout", "queued")
    assert str(run.pk) in answer.json()["message"]
