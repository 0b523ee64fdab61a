"""Run events as Dify's stream events. Pure: a fold that remembers only what later events need.

Source: the wire format of Dify's service API. Knows nothing of HTTP, of rows, or of who listens.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.conversations.citations import CitationFold

Event = Mapping[str, Any]
STATUS = {"run_finished": "succeeded", "run_failed": "failed", "run_stopped": "stopped"}
TERMINAL = frozenset(STATUS) | {"run_paused"}


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
    streamed_nodes: frozenset[str] = frozenset()

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
    began_at: str = ""
    started: dict[str, Event] = field(default_factory=dict)
    node_inputs: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    exceptions: int = 0
    answer: str = ""

    def translate(self, event: Event) -> list[dict[str, Any]]:
        self.cited.feed(event)
        self.began_at = self.began_at or event.get("at", "")
        handler = getattr(self, f"_{event['type']}", None)
        payloads = handler(event) if handler else []
        return [{"event": payload.pop("event"), **self.header.envelope(), **payload} for payload in payloads]

    def _run_started(self, event: Event) -> list[dict[str, Any]]:
        data = {
            "id": self.header.run_id,
            "workflow_id": self.header.version_id,
            "sequence_number": 1,
            "inputs": event["inputs"],
            "created_at": seconds(event["at"]),
        }
        return [{"event": "workflow_started", "data": data}]

    def _node_started(self, event: Event) -> list[dict[str, Any]]:
        if event["node_id"] in self.started:
            return []
        self.steps += 1
        self.started[event["node_id"]] = {**event, "index": self.steps}
        return [{"event": "node_started", "data": self._node(event["node_id"]) | {"inputs": None, "extras": {}}}]

    def _node_retrying(self, event: Event) -> list[dict[str, Any]]:
        outcome = {"status": "retry", "error": event["error"]["message"], "retry_index": event["attempt"]}
        return [{"event": "node_retry", "data": self._node(event["node_id"]) | outcome}]

    def _node_finished(self, event: Event) -> list[dict[str, Any]]:
        return [self._node_end(event, status="succeeded", error=None)]

    def _node_failed(self, event: Event) -> list[dict[str, Any]]:
        handled = event.get("handled")
        self.exceptions += 1 if handled else 0
        status = "exception" if handled else "failed"
        return [self._node_end(event, status=status, error=event["error"]["message"])]

    def _node_delta(self, event: Event) -> list[dict[str, Any]]:
        if self.header.message_id or event["output"] != "text" or event["node_id"] not in self.header.streamed_nodes:
            return []
        data = {"text": event["text"], "from_variable_selector": [event["node_id"], "text"]}
        return [{"event": "text_chunk", "data": data}]

    def _answer_delta(self, event: Event) -> list[dict[str, Any]]:
        self.answer += event["text"]
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

    def _run_paused(self, event: Event) -> list[dict[str, Any]]:
        data = {"workflow_run_id": self.header.run_id, "reasons": event["reasons"], "status": "paused", "outputs": {}}
        return [{"event": "workflow_paused", "data": data}]

    def _node(self, node_id: str) -> dict[str, Any]:
        started = self.started.get(node_id) or {"kind": "", "index": self.steps, "at": self.began_at}
        return {
            "id": str(uuid.uuid5(uuid.UUID(self.header.run_id), node_id)),
            "node_id": node_id,
            "node_type": started["kind"],
            "title": self.header.titles.get(node_id, node_id),
            "index": started["index"],
            "predecessor_node_id": None,
            "created_at": seconds(started["at"]),
        }

    def _node_end(self, event: Event, *, status: str, error: str | None) -> dict[str, Any]:
        usage = event.get("usage") or {}
        outcome = {
            "inputs": event.get("inputs") or None,
            "process_data": None,
            "outputs": event.get("outputs"),
            "status": status,
            "error": error,
            "elapsed_time": (event.get("elapsed_ms") or 0) / 1000,
            "execution_metadata": {
                "total_tokens": usage.get("total_tokens", 0),
                "total_price": "0",
                "currency": "USD",
            },
            "finished_at": seconds(event["at"]),
            "files": [],
        }
        return {"event": "node_finished", "data": self._node(event["node_id"]) | outcome}

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


def run_data(event: Event, stream: DifyStream, *, error: str | None) -> dict[str, Any]:
    """The `data` of `workflow_finished` and of the blocking workflow answer."""
    status = STATUS[event["type"]]
    if status == "succeeded" and stream.exceptions:
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
        "total_steps": stream.steps,
        "created_by": {},
        "created_at": stream.header.created_at,
        "finished_at": seconds(event["at"]),
        "exceptions_count": stream.exceptions,
        "files": [],
    }


def metadata(event: Event, stream: DifyStream, answer: str) -> dict[str, Any]:
    """`metadata` of `message_end` and of the blocking chat answer. Prices are decimal strings; Weft has none yet."""
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
            "total_price": "0",
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


def seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp())
