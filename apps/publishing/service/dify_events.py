"""Run events as Dify's stream events. Pure: a fold that remembers only what later events need.

Source: the wire format of Dify's service API. Knows runs and answers; nodes and waits have modules of their own. Knows
nothing of HTTP, of rows, or of who listens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.conversations.citations import CitationFold
from apps.publishing.service.dify_nodes import Event, NodeEvents, price, seconds
from apps.publishing.service.dify_waits import WaitEvents

STATUS = {"run_finished": "succeeded", "run_failed": "failed", "run_stopped": "stopped", "run_paused": "paused"}
PAUSED = "run_paused"
# What ends a stream: the run's end, or its pause.
TERMINAL = frozenset(STATUS)


@dataclass(frozen=True, slots=True)
class Header:
    """What every data event of one stream carries. `message_id` is empty for workflow apps."""

    run_id: str
    version_id: str
    created_at: int
    titles: Mapping[str, str]
    message_id: str = ""
    conversation_id: str = ""
    shows_sources: bool = True

    def envelope(self) -> dict[str, Any]:
        base: dict[str, Any] = {"task_id": self.run_id, "workflow_run_id": self.run_id}
        if self.message_id:
            base |= {
                "message_id": self.message_id,
                "conversation_id": self.conversation_id,
                "created_at": self.created_at,
            }
        return base


@dataclass(slots=True)
class DifyStream:
    """`translate` every event of a run, in order; the concatenated results are the stream Dify would send."""

    header: Header
    cited: CitationFold = field(default_factory=CitationFold)
    answer: str = ""
    nodes: NodeEvents = field(init=False)
    waits: WaitEvents = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = NodeEvents(self.header.run_id, self.header.titles)
        self.waits = WaitEvents(self.nodes)

    def translate(self, event: Event) -> list[dict[str, Any]]:
        self.cited.feed(event)
        self.nodes.began_at = self.nodes.began_at or event.get("at", "")
        name = event["type"]
        handler = getattr(self, f"_{name}", None) or getattr(self.nodes, name, None)
        payloads = handler(event) if handler else []
        return [{"event": payload.pop("event"), **self.header.envelope(), **payload} for payload in payloads]

    def _run_started(self, event: Event) -> list[dict[str, Any]]:
        system = {f"sys.{name}": value for name, value in event["sys"].items()}
        return [self._workflow_started(event, {**event["inputs"], **system}, "initial")]

    def _workflow_started(self, event: Event, inputs: dict[str, Any], reason: str) -> dict[str, Any]:
        data = {
            "id": self.header.run_id,
            "workflow_id": self.header.version_id,
            "sequence_number": 1,
            "inputs": inputs,
            "created_at": seconds(event["at"]),
            "reason": reason,
        }
        return {"event": "workflow_started", "data": data}

    def _node_waiting(self, event: Event) -> list[dict[str, Any]]:
        return self.waits.node_waiting(event)

    def _node_resumed(self, event: Event) -> list[dict[str, Any]]:
        again = [self._workflow_started(event, {}, "resumption")] if self.waits.is_paused else []
        return [*again, *self.waits.node_resumed(event)]

    def _run_paused(self, event: Event) -> list[dict[str, Any]]:
        self.waits.is_paused = True
        return [{"event": "workflow_paused", "data": paused_data(event, self)}]

    def _answer_delta(self, event: Event) -> list[dict[str, Any]]:
        # Only a text that nothing else holds grows in place.
        answer, self.answer = self.answer, ""
        answer += event["text"]
        self.answer = answer
        selector = [event.get("node_id") or "answer", "answer"]
        if not self.header.message_id:
            data = {"text": event["text"], "from_variable_selector": selector}
            return [{"event": "text_chunk", "data": data}]
        return [
            {
                "event": "message",
                "id": self.header.message_id,
                "answer": event["text"],
                "from_variable_selector": selector,
            }
        ]

    def _answer_reset(self, event: Event) -> list[dict[str, Any]]:
        self.answer = event["text"]
        if not self.header.message_id:
            return [{"event": "text_replace", "data": {"text": event["text"]}}]
        return [{"event": "message_replace", "answer": event["text"], "reason": "recovered"}]

    def _rewound(self, event: Event) -> list[dict[str, Any]]:
        """What was shown after `seq` did not happen; it happens again, in another way perhaps."""
        return self._answer_reset(event)

    def _run_finished(self, event: Event) -> list[dict[str, Any]]:
        return self._run_end(event, error=None)

    def _run_stopped(self, event: Event) -> list[dict[str, Any]]:
        return self._run_end(event, error=None)

    def _run_failed(self, event: Event) -> list[dict[str, Any]]:
        error = event["error"]
        ended = self._run_end(event, error=error["message"])
        if not self.header.message_id:
            return ended
        code, status = mid_stream_code(error["code"])
        failed = {"event": "error", "status": status, "code": code, "message": error["message"]}
        return [ended[0], failed]

    def _run_end(self, event: Event, *, error: str | None) -> list[dict[str, Any]]:
        finished = {"event": "workflow_finished", "data": run_data(event, self, error=error)}
        if not self.header.message_id:
            return [finished]
        end = {
            "event": "message_end",
            "id": self.header.message_id,
            "metadata": metadata(event, self, event.get("answer") or self.answer),
            "files": [],
        }
        return [finished, end]


def paused_data(event: Event, stream: DifyStream) -> dict[str, Any]:
    """The `data` of `workflow_paused` and of blocking answers: the forms that are waited for, with their tokens."""
    return {
        **stream.waits.pause(event),
        "total_tokens": stream.nodes.tokens,
        "total_steps": stream.nodes.steps,
    }


def run_data(event: Event, stream: DifyStream, *, error: str | None) -> dict[str, Any]:
    """The `data` of `workflow_finished` and of the blocking workflow answer."""
    status = STATUS[event["type"]]
    if status == "succeeded" and stream.nodes.exceptions:
        status = "partial-succeeded"
    usage = event.get("usage") or {}
    return {
        "id": stream.header.run_id,
        "workflow_id": stream.header.version_id,
        "status": status,
        "outputs": event.get("outputs") or {},
        "error": error,
        "elapsed_time": (event.get("elapsed_ms") or 0) / 1000,
        "total_tokens": usage.get("total_tokens", 0),
        "total_steps": stream.nodes.steps,
        "created_by": {},
        "created_at": stream.header.created_at,
        "finished_at": seconds(event["at"]),
        "exceptions_count": stream.nodes.exceptions,
        "files": [],
    }


def metadata(event: Event, stream: DifyStream, answer: str) -> dict[str, Any]:
    """`metadata` of `message_end` and of the blocking chat answer. Prices are decimal strings."""
    usage = event.get("usage") or {}
    return {
        "usage": {
            "prompt_tokens": usage.get("prompt_tokens", 0),
            "prompt_unit_price": "0",
            "prompt_price_unit": "0",
            "prompt_price": "0",
            "completion_tokens": usage.get("completion_tokens", 0),
            "completion_unit_price": "0",
            "completion_price_unit": "0",
            "completion_price": "0",
            "total_tokens": usage.get("total_tokens", 0),
            "total_price": price(usage),
            "currency": "USD",
            "latency": (event.get("elapsed_ms") or 0) / 1000,
        },
        "retriever_resources": stream.cited.citations(answer) if stream.header.shows_sources else [],
    }


def mid_stream_code(code: str) -> tuple[str, int]:
    """Dify's code and status for an error that ends a stream."""
    if code == "model_rate_limited":
        return "rate_limit_error", 429
    if code == "model_auth_failed":
        return "provider_not_initialize", 400
    if code.startswith("model_"):
        return "completion_request_error", 400
    return "invalid_param", 400
