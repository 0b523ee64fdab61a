"""What OpenAI's clients send is read leniently; what an app cannot do is refused with the field's name."""

from __future__ import annotations

from typing import Any

import pytest

from apps.publishing.service.openai_codec import Completion, Reply, Voice, content_of, error_envelope, read_request
from weft.http.errors import WeftError


def read(**body: Any) -> Completion:
    whole = {"model": "help", "messages": [{"role": "user", "content": "Hi"}], **body}
    return read_request(whole, model="help", aliases={"id"})


def test_the_last_user_message_is_the_query_and_the_rest_is_history() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": [{"type": "text", "text": "And"}, {"type": "text", "text": "two?"}]},
    ]

    assert read(
        messages=messages, stream=True, stream_options={"include_usage": True}, user="u", tools=[]
    ) == Completion(
        query="And\ntwo?",
        history=[{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1"}],
        inputs={},
        end_user="u",
        is_streaming=True,
        includes_usage=True,
    )


def test_the_apps_id_is_as_good_as_its_name() -> None:
    assert read(model="id").query == "Hi"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"model": "gpt-4"}, 404, "model_not_found", "model"),
        ({"n": 2}, 400, "invalid_param", "n"),
        ({"messages": []}, 400, "invalid_param", "messages"),
        ({"messages": "Hi"}, 400, "invalid_param", "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, 400, "invalid_param", "messages"),
        ({"response_format": {"type": "json_schema"}}, 400, "invalid_param", "response_format"),
    ],
)
def test_what_an_app_cannot_do_is_refused_by_name(body: dict[str, Any], status: int, code: str, field: str) -> None:
    with pytest.raises(WeftError) as caught:
        read(**body)

    assert (caught.value.status, caught.value.code, caught.value.field) == (status, code, field)


def test_a_chunk_has_every_field_the_sdk_reads() -> None:
    assert Reply("R", "help", 7).chunk({"content": "a"}) == {
        "id": "chatcmpl-R",
        "object": "chat.completion.chunk",
        "created": 7,
        "model": "help",
        "choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": None, "finish_reason": None}],
    }


def test_a_workflows_single_text_output_is_its_content_and_several_are_json() -> None:
    assert content_of({"outputs": {"text": "whole"}}, "workflow") == "whole"
    assert content_of({"outputs": {"a": 1, "b": "二"}}, "workflow") == '{"a": 1, "b": "二"}'


def test_errors_speak_openais_dialect() -> None:
    assert error_envelope(WeftError("unauthorized", "No.", 401)) == {
        "error": {"message": "No.", "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}
    }


def say(*events: tuple[str, str]) -> list[str]:
    voice = Voice()
    return [voice.hear({"type": type, "text": text}) for type, text in events]


def test_an_answer_is_said_as_it_comes() -> None:
    assert say(("node_delta", "hm"), ("answer_delta", "Hel"), ("answer_delta", "lo")) == ["", "Hel", "lo"]


@pytest.mark.parametrize("kind", ["answer_reset", "rewound"])
def test_an_answer_that_is_written_again_is_not_said_twice(kind: str) -> None:
    again = [("answer_delta", "Hello"), (kind, "Hel"), ("answer_delta", "lo"), ("answer_delta", "!")]
    assert say(*again) == ["Hello", "", "", "!"]


@pytest.mark.parametrize("kind", ["answer_reset", "rewound"])
def test_an_answer_that_turns_out_otherwise_is_said_whole(kind: str) -> None:
    assert say(("answer_delta", "Hello"), (kind, "He"), ("answer_delta", "y you")) == ["Hello", "", "\n\nHey you"]


def test_what_was_not_said_of_a_whole_answer_is_said_at_its_end() -> None:
    voice = Voice()

    said = [voice.hear({"type": "answer_delta", "text": "Hel"}), voice.end("Hello"), voice.end("Hello")]

    assert said == ["Hel", "lo", ""]
    assert Voice().end('{"a": 1}') == '{"a": 1}'
