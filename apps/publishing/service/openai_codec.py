"""The OpenAI chat-completions wire format for a published app. Pure.

Source: OpenAI's API reference, and what the official SDK, LangChain and Open WebUI were seen to send and to need.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.publishing.errors import InvalidParam
from apps.runs.forms import is_for_web, link_of
from apps.runs.waits import token_of
from weft.http.errors import WeftError

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Completion:
    """A request, read. `history` is everything before the last user message, as role and text.

    `end_user` is empty when none is named, which is usual.
    """

    query: str
    history: list[dict[str, str]]
    inputs: dict[str, Any]
    end_user: str
    is_streaming: bool
    includes_usage: bool


def read_request(body: Mapping[str, Any], *, model: str, aliases: set[str]) -> Completion:
    """Read a request body. Unknown fields are ignored; raises InvalidParam, or WeftError model_not_found."""
    asked = body.get("model")
    if asked != model and asked not in list(aliases):
        message = f"The model {asked!r} does not exist. This key serves the model {model!r}."
        raise WeftError(code="model_not_found", message=message, status=404, field="model")
    if body.get("n") not in (None, 1):
        raise InvalidParam("n must be 1: an app gives one answer.", field="n")
    if _object(body, "response_format").get("type") == "json_schema":
        raise InvalidParam(
            "response_format json_schema is not supported: an app decides its own format.", field="response_format"
        )
    messages = _messages(body.get("messages"))
    users = [index for index, message in enumerate(messages) if message["role"] == "user"]
    if not users:
        raise InvalidParam("messages must contain a message with role user.", field="messages")
    last = users[-1]
    return Completion(
        query=messages[last]["content"],
        history=[message for message in messages[:last] if message["role"] in {"user", "assistant"}],
        inputs=_object(body, "inputs"),
        end_user=str(body.get("user") or body.get("safety_identifier") or ""),
        is_streaming=bool(body.get("stream")),
        includes_usage=bool(_object(body, "stream_options").get("include_usage")),
    )


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise InvalidParam(f"{name} must be an object.", field=name)
    return value


def _messages(value: object) -> list[dict[str, str]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InvalidParam("messages must be an array of objects.", field="messages")
    return [{"role": str(item.get("role")), "content": _text(item.get("content"))} for item in value]


def _text(content: object) -> str:
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict)]
        unknown = {str(part.get("type")) for part in parts} - {"text", "input_text"}
        if unknown:
            kinds = ", ".join(sorted(unknown))
            raise InvalidParam(f"messages: this app reads text only, not {kinds}.", field="messages")
        return "\n".join(str(part.get("text") or "") for part in parts)
    return str(content or "")


@dataclass(frozen=True, slots=True)
class Reply:
    """What every chunk and every whole answer of one request carries."""

    run_id: str
    model: str
    created: int

    def chunk(self, delta: dict[str, Any], *, finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._base("chat.completion.chunk") | {"choices": [choice]}

    def usage_chunk(self, usage: Mapping[str, Any]) -> dict[str, Any]:
        return self._base("chat.completion.chunk") | {"choices": [], "usage": usage_of(usage)}

    def whole(self, content: str, usage: Mapping[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": content, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return self._base("chat.completion") | {"choices": [choice], "usage": usage_of(usage)}

    def _base(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.run_id}", "object": kind, "created": self.created, "model": self.model}


class Voice:
    """What of an answer is still to be said. A chunk cannot be taken back: an answer that turns out otherwise than it
    was said so far is said again, as a new paragraph.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._said: str | None = None
        """What was said, while that is not the answer so far."""

    @property
    def answer(self) -> str:
        return "".join(self._pieces)

    def hear(self, event: Event) -> str:
        """The text to send for the next event of the run; often none."""
        match event["type"]:
            case "answer_delta":
                self._pieces.append(event["text"])
                return str(event["text"]) if self._said is None else self._catch_up(self._said)
            case "answer_reset" | "rewound":
                return self.end(event["text"])
        return ""

    def end(self, answer: str) -> str:
        """The text to send when the answer is known whole."""
        said = self.answer if self._said is None else self._said
        self._pieces = [answer]
        return self._catch_up(said)

    def _catch_up(self, said: str) -> str:
        answer = self.answer
        if said.startswith(answer):
            self._said = said if len(said) > len(answer) else None
            return ""
        self._said = None
        return answer.removeprefix(said) if answer.startswith(said) else f"\n\n{answer}"


def usage_of(usage: Mapping[str, Any]) -> dict[str, int]:
    return {key: int(usage.get(key) or 0) for key in ("prompt_tokens", "completion_tokens", "total_tokens")}


def error_envelope(error: WeftError) -> dict[str, Any]:
    kinds = {401: "invalid_request_error", 404: "invalid_request_error", 429: "rate_limit_error"}
    kind = kinds.get(error.status, "invalid_request_error" if error.status < 500 else "server_error")
    code = "invalid_api_key" if error.status == 401 else error.code
    return {"error": {"message": error.message, "type": kind, "param": error.field, "code": code}}


def content_of(event: Event, mode: str) -> str:
    """The text of a finished run: the answer, or for a workflow its one text output, else its outputs as JSON."""
    if mode == "chat":
        return str(event.get("answer") or "")
    outputs = event.get("outputs") or {}
    values = list(outputs.values())
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return json.dumps(outputs, ensure_ascii=False)


def links_of(event: Event, run_id: str, titles: Mapping[str, str]) -> str:
    """What a run that waits for people says to a client that knows no forms: where each can be filled in."""
    forms = [reason for reason in event["reasons"] if reason["type"] == "form" and is_for_web(reason)]
    links = [f"[{titles.get(form['node_id'], 'Form')}]({link_of(token_of(run_id, form['key']))})" for form in forms]
    return "".join(f"\n\n{link}" for link in links)
