"""Turns the fields of a request into sampling parameters, or says which field cannot be honoured.

Knows nothing of models.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inference.errors import BadRequest
from inference.request import SamplingParams, Turn
from inference.server.protocol import ChatRequest, CompletionRequest, Generation, Message

MAX_STOPS = 16
MAX_STOP_CHARS = 1024

_RANGES: tuple[tuple[str, float, float], ...] = (
    ("temperature", 0.0, 100.0),
    ("top_p", 0.0, 1.0),
    ("top_k", -1, 1_000_000),
    ("min_p", 0.0, 1.0),
    ("presence_penalty", -2.0, 2.0),
    ("frequency_penalty", -2.0, 2.0),
    ("repetition_penalty", 0.01, 10.0),
)


def sampling_params(request: Generation, defaults: SamplingParams) -> SamplingParams:
    """`defaults` with everything the request says.

    Raises BadRequest for a value out of range or a feature not supported.
    """
    _refuse_unsupported(request)
    chosen: dict[str, Any] = {}
    for name, low, high in _RANGES:
        value = getattr(request, name)
        if value is None:
            continue
        if not low <= value <= high:
            raise BadRequest(
                "value_out_of_range", f"{name} is {value}; it must be between {low:g} and {high:g}.", param=name
            )
        chosen[name] = value
    chosen["top_k"] = max(0, chosen.get("top_k", defaults.top_k))
    return replace(
        defaults,
        **chosen,
        max_tokens=_max_tokens(request, defaults),
        seed=request.seed if request.seed is not None else defaults.seed,
        stop=_stops(request.stop),
        stop_token_ids=tuple(request.stop_token_ids or ()),
        ignore_eos=request.ignore_eos,
    )


def turns(messages: list[Message]) -> list[Turn]:
    """Messages with their content parts joined to text; raises BadRequest for parts that are no text."""
    if not messages:
        raise BadRequest("messages_empty", "messages is empty; at least one message is needed.", param="messages")
    return [Turn(message.role, _text(message, at)) for at, message in enumerate(messages)]


def _text(message: Message, at: int) -> str:
    if message.content is None:
        return ""
    if isinstance(message.content, str):
        return message.content
    texts = []
    for part in message.content:
        if part.get("type") != "text" or not isinstance(part.get("text"), str):
            raise BadRequest(
                "content_unsupported",
                f"messages[{at}] has a content part of type {part.get('type')!r}; "
                "the models of this server read text only.",
                param="messages",
            )
        texts.append(part["text"])
    return "\n".join(texts)


def _max_tokens(request: Generation, defaults: SamplingParams) -> int | None:
    limit = request.max_tokens
    name = "max_tokens"
    if isinstance(request, ChatRequest) and request.max_completion_tokens is not None:
        limit, name = request.max_completion_tokens, "max_completion_tokens"
    if limit is not None and limit < 1:
        raise BadRequest("value_out_of_range", f"{name} is {limit}; it must be at least 1.", param=name)
    return limit if limit is not None else defaults.max_tokens


def _stops(stop: str | list[str] | None) -> tuple[str, ...]:
    stops = [stop] if isinstance(stop, str) else stop or []
    if len(stops) > MAX_STOPS:
        raise BadRequest(
            "too_many_stops", f"stop has {len(stops)} strings; at most {MAX_STOPS} are allowed.", param="stop"
        )
    if any(len(each) > MAX_STOP_CHARS for each in stops):
        raise BadRequest("stop_too_long", f"A stop string is over {MAX_STOP_CHARS} characters.", param="stop")
    return tuple(each for each in stops if each)


def _refuse_unsupported(request: Generation) -> None:
    """Silence would be worse: a caller who asks for two answers and gets one cannot tell."""
    refused: list[tuple[str, bool]] = [
        ("n", request.n not in (None, 1)),
        ("logprobs", request.logprobs not in (None, False)),
        ("logit_bias", bool(request.logit_bias)),
    ]
    if isinstance(request, ChatRequest):
        structured = request.response_format is not None and request.response_format.get("type", "text") != "text"
        refused += [
            ("top_logprobs", bool(request.top_logprobs)),
            ("response_format", structured),
            ("tools", bool(request.tools)),
            ("functions", bool(request.functions)),
        ]
    if isinstance(request, CompletionRequest):
        refused += [
            ("echo", request.echo),
            ("suffix", bool(request.suffix)),
            ("best_of", request.best_of not in (None, 1)),
        ]
    for name, asked in refused:
        if asked:
            raise BadRequest(
                "unsupported_parameter", f"{name} is not supported by this server as given; leave it out.", param=name
            )
