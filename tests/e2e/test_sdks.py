"""The published sample app, called by the SDKs that people have: OpenAI's, and Dify's from PyPI."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from dify_client import ChatClient

from tests.e2e.conftest import seed
from tests.processes import wait_for
from tests.running import Up

SENTENCE = "another worker takes the run over within seconds"


@pytest.fixture
def client(sample: dict[str, Any]) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{sample['base_url']}/v1", api_key=sample["app_key"], max_retries=0)


@pytest.fixture
def dify(sample: dict[str, Any]) -> ChatClient:
    client = ChatClient(sample["app_key"])
    client.base_url = f"{sample['base_url']}/v1"
    return client


def ask(sample: dict[str, Any]) -> list[Any]:
    return [{"role": "user", "content": sample["question"]}]


def test_openai_streams_the_answer_and_its_usage(client: openai.OpenAI, sample: dict[str, Any]) -> None:
    chunks = list(
        client.chat.completions.create(
            model=sample["model"], messages=ask(sample), stream=True, stream_options={"include_usage": True}
        )
    )

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert SENTENCE in text
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens > 0


def test_openai_gets_the_whole_answer_at_once(client: openai.OpenAI, sample: dict[str, Any]) -> None:
    answer = client.chat.completions.create(model=sample["model"], messages=ask(sample))

    assert SENTENCE in (answer.choices[0].message.content or "")
    assert [model.id for model in client.models.list()] == [sample["model"]]


def test_openai_understands_our_refusals(client: openai.OpenAI, sample: dict[str, Any]) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4", messages=ask(sample))
    with pytest.raises(openai.AuthenticationError) as refused:
        client.with_options(api_key="app-wrong").chat.completions.create(model=sample["model"], messages=ask(sample))

    assert missing.value.code == "model_not_found"
    assert refused.value.code == "invalid_api_key"


def test_dify_client_streams_as_its_readme_shows(dify: ChatClient, sample: dict[str, Any]) -> None:
    response = dify.create_chat_message(inputs={}, query=sample["question"], user="u1", response_mode="streaming")
    response.raise_for_status()

    events = [json.loads(line[5:]) for line in response.iter_lines(decode_unicode=True) if line.startswith("data:")]

    assert events[0]["event"] == "workflow_started"
    assert events[0]["task_id"]
    assert SENTENCE in "".join(event["answer"] for event in events if event["event"] == "message")
    assert [event["event"] for event in events[-2:]] == ["workflow_finished", "message_end"]
    assert events[-1]["metadata"]["retriever_resources"][0]["document_name"] == "guide.md"


def test_dify_client_keeps_a_conversation(dify: ChatClient, sample: dict[str, Any]) -> None:
    first = dify.create_chat_message({}, sample["question"], "u2", response_mode="blocking").json()
    second = dify.create_chat_message(
        {}, "How do I publish an app?", "u2", response_mode="blocking", conversation_id=first["conversation_id"]
    ).json()

    assert second["conversation_id"] == first["conversation_id"]
    messages = dify.get_conversation_messages("u2", conversation_id=first["conversation_id"]).json()["data"]
    assert [message["query"] for message in messages] == [sample["question"], "How do I publish an app?"]
    assert [message["answer"] for message in messages] == [first["answer"], second["answer"]]
    conversations = dify.get_conversations("u2", pinned=True).json()["data"]
    assert [entry["id"] for entry in conversations] == [first["conversation_id"]]

    renamed = dify.rename_conversation(first["conversation_id"], "Runs", "u2").json()
    assert renamed["name"] == "Runs"
    assert dify.message_feedback(second["message_id"], "like", "u2").json() == {"result": "success"}
    rated = dify.get_conversation_messages("u2", conversation_id=first["conversation_id"]).json()["data"]
    assert [message["feedback"] for message in rated] == [None, {"rating": "like"}]


def test_another_users_conversation_does_not_exist(dify: ChatClient, sample: dict[str, Any]) -> None:
    first = dify.create_chat_message({}, sample["question"], "u3", response_mode="blocking").json()

    stolen = dify.create_chat_message(
        {}, "And?", "u4", response_mode="blocking", conversation_id=first["conversation_id"]
    )

    assert (stolen.status_code, stolen.json()["code"]) == (404, "not_found")
    assert dify.get_conversations("u4").json()["data"] == []
    assert len(dify.get_conversation_messages("u3", conversation_id=first["conversation_id"]).json()["data"]) == 1


def test_parameters_tell_a_client_what_to_show(dify: ChatClient, sample: dict[str, Any]) -> None:
    parameters = dify.get_application_parameters("u1").json()

    assert sample["question"] in parameters["suggested_questions"]
    assert parameters["user_input_form"] == []
    assert parameters["retriever_resource"] == {"enabled": True}


def test_seeding_again_changes_nothing(weft: Up, sample: dict[str, Any]) -> None:
    assert seed(weft.data.path) == sample


def test_the_first_start_makes_the_sample_by_itself(weft: Up, sample: dict[str, Any]) -> None:
    page = f"{sample['base_url']}/chat/{sample['site_code']}"

    wait_for(lambda: f"The sample app answers at {page}" in weft.output, what="the sample of the first start")
