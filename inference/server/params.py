"""Turns the fields of a request into sampling parameters, or says which field cannot be honoured.

Knows nothing of models.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inference.errors import BadRequest
from inference.request import Effort, SamplingParams
from inference.server.protocol import ChatRequest, CompletionRequest, Generation
from inference.server.structured import grammar, tools
from inference.server.workflow import hints

MAX_STOPS = 16
MAX_STOP_CHARS = 1024
MAX_STOP_TOKENS = 256
MAX_BIASES = 1024
MAX_LOGPROBS = 20
MAX_ANSWERS = 16
MAX_SALT_CHARS = 256
MAX_TOKEN_DIGITS = 9
GREEDY_BELOW = 1e-5
"""Temperatures below are 0, as in vLLM: logits divided by them are no numbers any more."""

_RANGES: tuple[tuple[str, float, float], ...] = (
    ("temperature", 0.0, 100.0),
    ("top_p", 0.0, 1.0),
    ("top_k", -1, 1_000_000),
    ("min_p", 0.0, 1.0),
    ("presence_penalty", -2.0, 2.0),
    ("frequency_penalty", -2.0, 2.0),
    ("repetition_penalty", 0.01, 10.0),
    ("min_tokens", 0, 1_000_000),
    ("n", 1, MAX_ANSWERS),
)
_EFFORTS: dict[str, Effort | None] = {
    "none": None, "minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high",
}  # fmt: skip


def sampling_params(request: Generation, defaults: SamplingParams, deadline_ms: float | None = None) -> SamplingParams:
    """`defaults` with everything the request says; it gives up when it has not begun after `deadline_ms`.

    Raises BadRequest for a value out of range or a feature not supported.
    """
    chosen = _in_range(request)
    chosen["top_k"] = max(0, chosen.get("top_k", defaults.top_k))
    if isinstance(request, ChatRequest):
        chosen |= _of_chat(request)
    elif isinstance(request, CompletionRequest):
        chosen |= _of_completion(request)
    if chosen.get("temperature", 1.0) < GREEDY_BELOW:
        chosen["temperature"] = 0.0
    check_salt(request.cache_salt)
    return replace(
        defaults,
        **chosen,
        max_tokens=_max_tokens(request, defaults),
        seed=request.seed if request.seed is not None else defaults.seed,
        stop=_stops(request.stop),
        stop_token_ids=_stop_tokens(request.stop_token_ids or []),
        ignore_eos=request.ignore_eos,
        logit_bias=_biases(request.logit_bias or {}),
        grammar=grammar(request),
        deterministic=request.deterministic,
        salt=request.cache_salt,
        drop_after_ms=deadline_ms,
        hints=hints(request, deadline_ms),
    )


def check_salt(salt: str) -> None:
    """Raise BadRequest for a cache salt that is too long to be kept for every prompt."""
    if len(salt) > MAX_SALT_CHARS:
        raise BadRequest("value_out_of_range", f"cache_salt is over {MAX_SALT_CHARS} characters.", param="cache_salt")


def _in_range(request: Generation) -> dict[str, Any]:
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
    return chosen


def _of_chat(request: ChatRequest) -> dict[str, Any]:
    known, choice = tools(request)
    if request.top_logprobs is not None and not request.logprobs:
        raise BadRequest("invalid_field", "top_logprobs needs logprobs to be true.", param="top_logprobs")
    chosen: dict[str, Any] = {
        "tools": known,
        "tool_choice": choice,
        "parallel_tool_calls": request.parallel_tool_calls is not False,
        "logprobs": _logprobs(request.top_logprobs or 0, "top_logprobs") if request.logprobs else None,
    }
    if request.reasoning_effort is not None:
        if request.reasoning_effort not in _EFFORTS:
            raise BadRequest(
                "value_out_of_range",
                f"reasoning_effort is {request.reasoning_effort!r}; one of {', '.join(_EFFORTS)} is expected.",
                param="reasoning_effort",
            )
        effort = _EFFORTS[request.reasoning_effort]
        chosen |= {"reasoning": effort is not None, "reasoning_effort": effort}
    return chosen


def _of_completion(request: CompletionRequest) -> dict[str, Any]:
    for name, asked in (
        ("suffix", bool(request.suffix)),
        ("best_of", request.best_of not in (None, request.n or 1)),
        ("echo", request.echo and request.logprobs is not None),
    ):
        if asked:
            raise BadRequest(
                "unsupported_parameter", f"{name} is not supported by this server as given; leave it out.", param=name
            )
    return {"logprobs": None if request.logprobs is None else _logprobs(request.logprobs, "logprobs")}


def _logprobs(count: int, name: str) -> int:
    if not 0 <= count <= MAX_LOGPROBS:
        raise BadRequest(
            "value_out_of_range", f"{name} is {count}; it must be between 0 and {MAX_LOGPROBS}.", param=name
        )
    return count


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


def _stop_tokens(tokens: list[int]) -> tuple[int, ...]:
    if len(tokens) > MAX_STOP_TOKENS:
        raise BadRequest(
            "too_many_stops", f"stop_token_ids has {len(tokens)}; at most {MAX_STOP_TOKENS}.", param="stop_token_ids"
        )
    return tuple(tokens)


def _biases(given: dict[str, float]) -> tuple[tuple[int, float], ...]:
    if len(given) > MAX_BIASES:
        raise BadRequest(
            "value_out_of_range", f"logit_bias has {len(given)} entries; at most {MAX_BIASES}.", param="logit_bias"
        )
    wrong = next((key for key, bias in given.items() if not (_is_token(key) and -100 <= bias <= 100)), None)
    if wrong is not None:
        raise BadRequest(
            "value_out_of_range",
            f"logit_bias[{wrong[:20]!r}] is {given[wrong]}; token ids with numbers from -100 to 100 are expected.",
            param="logit_bias",
        )
    return tuple((int(key), bias) for key, bias in given.items())


def _is_token(key: str) -> bool:
    return key.isdecimal() and len(key) <= MAX_TOKEN_DIGITS
