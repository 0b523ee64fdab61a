"""How pieces of an answer are dressed for OpenAI's two generation endpoints, whole and chunk by chunk.

Knows their JSON; nothing of HTTP or of how the text comes about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from inference.request import Piece, ScoredToken, TokenLogprob, ToolCallDelta


@dataclass(slots=True)
class Said:
    """One answer as far as it has come."""

    text: str = ""
    reasoning: str = ""
    calls: dict[int, dict[str, str]] = field(default_factory=dict)
    logprobs: list[TokenLogprob] = field(default_factory=list)
    last: Piece = field(default_factory=lambda: Piece(""))

    def add(self, piece: Piece) -> None:
        self.text += piece.text
        self.reasoning += piece.reasoning
        self.logprobs += piece.logprobs
        self.last = piece
        for delta in piece.tool_calls:
            call = self.calls.setdefault(delta.index, {"id": delta.call_id, "name": delta.name, "arguments": ""})
            call["arguments"] += delta.arguments


class Shape(Protocol):
    """How one endpoint dresses choices. `index` counts answers over all prompts of the request."""

    prefix: str
    whole: str
    chunk: str

    def first(self, index: int) -> dict[str, Any] | None:
        """The choice of the opening chunk, if the endpoint has one."""
        ...

    def delta(self, piece: Piece) -> dict[str, Any] | None:
        """What a piece adds; None when it shows nothing."""
        ...

    def last(self) -> dict[str, Any]: ...

    def complete(self, index: int, said: Said) -> dict[str, Any]: ...


class ChatShape:
    prefix, whole, chunk = "chatcmpl", "chat.completion", "chat.completion.chunk"

    def __init__(self, *, with_reasoning: bool = True) -> None:
        self._with_reasoning = with_reasoning

    def first(self, index: int) -> dict[str, Any] | None:
        return {"delta": {"role": "assistant", "content": ""}, "logprobs": None}

    def delta(self, piece: Piece) -> dict[str, Any] | None:
        delta: dict[str, Any] = {}
        if piece.reasoning and self._with_reasoning:
            delta["reasoning_content"] = piece.reasoning
        if piece.text:
            delta["content"] = piece.text
        if piece.tool_calls:
            delta["tool_calls"] = [_call_delta(each) for each in _joined(piece.tool_calls)]
        if not delta and not piece.logprobs:
            return None
        return {"delta": delta or {"content": ""}, "logprobs": _chat_logprobs(piece.logprobs)}

    def last(self) -> dict[str, Any]:
        return {"delta": {}, "logprobs": None}

    def complete(self, index: int, said: Said) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
        if said.reasoning and self._with_reasoning:
            message["reasoning_content"] = said.reasoning
        if said.calls:
            message["content"] = said.text or None
            message["tool_calls"] = [_call(said.calls[at]) for at in sorted(said.calls)]
        return {"message": message, "logprobs": _chat_logprobs(said.logprobs)}


class CompletionShape:
    prefix, whole, chunk = "cmpl", "text_completion", "text_completion"

    def __init__(self, echoes: list[str] | None = None, *, n: int = 1) -> None:
        """`echoes` are the prompts, where the answers begin with them; each has `n` answers."""
        self._echoes = echoes
        self._n = n
        self._shown: dict[int, int] = {}

    def first(self, index: int) -> dict[str, Any] | None:
        return {"text": self._echo(index), "logprobs": None} if self._echoes is not None else None

    def delta(self, piece: Piece) -> dict[str, Any] | None:
        if not (piece.text or piece.logprobs):
            return None
        offset = self._shown.get(piece.index, 0)
        self._shown[piece.index] = offset + sum(len(each.token) for each in piece.logprobs)
        return {"text": piece.text, "logprobs": _completion_logprobs(piece.logprobs, offset)}

    def last(self) -> dict[str, Any]:
        return {"text": "", "logprobs": None}

    def complete(self, index: int, said: Said) -> dict[str, Any]:
        return {"text": self._echo(index) + said.text, "logprobs": _completion_logprobs(said.logprobs, 0)}

    def _echo(self, index: int) -> str:
        return self._echoes[index // self._n] if self._echoes is not None else ""


def ending(piece: Piece) -> dict[str, Any]:
    """The fields that say how an answer ended. `stop_reason` is vLLM's; `weft` has the scores of a choice's options."""
    fields: dict[str, Any] = {"finish_reason": piece.finish_reason, "stop_reason": piece.stop_reason}
    if piece.options:
        fields["weft"] = {
            "options": [{"option": each.option, "probability": each.probability} for each in piece.options]
        }
    return fields


def _joined(deltas: Sequence[ToolCallDelta]) -> list[ToolCallDelta]:
    """One entry a call: many clients read the first of each chunk alone."""
    joined: list[ToolCallDelta] = []
    for delta in deltas:
        if joined and joined[-1].index == delta.index:
            joined[-1] = replace(joined[-1], arguments=joined[-1].arguments + delta.arguments)
        else:
            joined.append(delta)
    return joined


def _call_delta(delta: ToolCallDelta) -> dict[str, Any]:
    if not delta.name:
        return {"index": delta.index, "function": {"arguments": delta.arguments}}
    function = {"name": delta.name, "arguments": delta.arguments}
    return {"index": delta.index, "id": delta.call_id, "type": "function", "function": function}


def _call(call: dict[str, str]) -> dict[str, Any]:
    function = {"name": call["name"], "arguments": call["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}


def _chat_logprobs(tokens: list[TokenLogprob] | tuple[TokenLogprob, ...]) -> dict[str, Any] | None:
    if not tokens:
        return None
    return {
        "content": [{**_scored(each), "top_logprobs": [_scored(other) for other in each.top]} for each in tokens],
        "refusal": None,
    }


def _scored(token: ScoredToken) -> dict[str, Any]:
    return {"token": token.token, "logprob": token.logprob, "bytes": list(token.bytes)}


def _completion_logprobs(tokens: list[TokenLogprob] | tuple[TokenLogprob, ...], offset: int) -> dict[str, Any] | None:
    """The legacy shape: lists side by side. Offsets count characters of the answer."""
    if not tokens:
        return None
    offsets = []
    for each in tokens:
        offsets.append(offset)
        offset += len(each.token)
    return {
        "tokens": [each.token for each in tokens],
        "token_logprobs": [each.logprob for each in tokens],
        "top_logprobs": [{other.token: other.logprob for other in each.top} for each in tokens],
        "text_offset": offsets,
    }
