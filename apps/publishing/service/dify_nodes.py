"""What Dify's clients are told of nodes and containers. Pure: a fold that remembers only what later events need.

Knows the frames of the log: what happens inside iterations and loops is told with their ids; what happens inside a
sub-workflow, an agent's tool or a batch is theirs alone. Knows nothing of answers and of runs.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Event = Mapping[str, Any]
Payloads = list[dict[str, Any]]

CONTAINERS = ("iteration", "loop")
NONE: Mapping[str, Any] = {}


@dataclass(slots=True)
class Started:
    """A node under way: its kind, its place in the order of starts, and what a container has been through."""

    kind: str
    index: int
    at: str
    inputs: Any = None
    length: int | None = None
    durations: dict[str, float] = field(default_factory=dict)
    last_output: Any = None
    tokens: int = 0


@dataclass(slots=True)
class NodeEvents:
    """Every method takes an event of the log and gives what Dify would send."""

    run_id: str
    titles: Mapping[str, str]
    began_at: str = ""
    steps: int = 0
    exceptions: int = 0
    tokens: int = 0
    started: dict[tuple[str, str], Started] = field(default_factory=dict)

    def node_started(self, event: Event) -> Payloads:
        place = _place(event)
        if place in self.started or not self.is_visible(place[0]):
            return []
        self.steps += 1
        self.started[place] = Started(event["kind"], self.steps, event["at"])
        if event["kind"] in CONTAINERS:
            return []  # told by its own events
        return [{"event": "node_started", "data": self._node(place) | {"inputs": None, "extras": {}}}]

    def node_retrying(self, event: Event) -> Payloads:
        place = _place(event)
        if not self.is_visible(place[0]):
            return []
        outcome = {"retry_index": event["attempt"], "status": "retry", "error": event["error"]["message"]}
        return [{"event": "node_retry", "data": self._ended(event, place) | outcome}]

    def node_finished(self, event: Event) -> Payloads:
        return self._end(event, status="succeeded", error=None)

    def node_failed(self, event: Event) -> Payloads:
        handled = event.get("handled")
        if self.is_visible(event.get("frame") or ""):
            self.exceptions += 1 if handled else 0
        return self._end(event, status="exception" if handled else "failed", error=event["error"]["message"])

    def node_step(self, event: Event) -> Payloads:
        """One thought, model call or tool call of an agent."""
        place = _place(event)
        if not self.is_visible(place[0]):
            return []
        error, usage = event.get("error"), event.get("usage") or NONE
        data = {
            "node_execution_id": self.execution_id(place),
            "id": self._uuid(f"{place[0]}/{place[1]}:{event['attempt']}:{event['index']}"),
            "label": event["name"],
            "parent_id": None,
            "error": error["message"] if error else None,
            "status": "error" if error else "success",
            "data": {"kind": event["kind"], "input": event["input"], "output": event["output"]},
            "metadata": {"elapsed_time": event["elapsed_ms"] / 1000, "total_tokens": usage.get("total_tokens", 0)},
            "node_id": place[1],
        }
        return [{"event": "agent_log", "data": data}]

    def container_started(self, event: Event) -> Payloads:
        place = _place(event)
        started = self._container(place)
        if started is None:
            return []
        started.inputs, started.length = event["inputs"], event.get("length")
        metadata = {f"{started.kind}_length": event.get("length")}
        facts = {"inputs": event["inputs"], "inputs_truncated": False, "metadata": metadata, "extras": {}}
        return [{"event": f"{started.kind}_started", "data": self._container_data(place) | facts}]

    def frame_started(self, event: Event) -> Payloads:
        place = _place(event)
        started = self._container(place)
        if started is None:
            return []
        data = self._container_data(place) | {"index": event["index"], "extras": {}}
        if started.kind == "loop":
            data["pre_loop_output"] = started.last_output
        return [{"event": f"{started.kind}_next", "data": data}]

    def frame_finished(self, event: Event) -> Payloads:
        started = self._container(_place(event))
        if started is not None:
            started.durations[str(event["index"])] = event["elapsed_ms"] / 1000
            started.last_output = event["output"]
        return []

    def is_visible(self, frame: str) -> bool:
        """Whether everything around is an iteration or a loop that was told of."""
        outer = ""
        for container, path in _segments(frame):
            started = self.started.get((outer, container))
            if started is None or started.kind not in CONTAINERS:
                return False
            outer = path
        return True

    def title_of(self, node_id: str) -> str:
        return self.titles.get(node_id, node_id)

    def execution_id(self, place: tuple[str, str]) -> str:
        frame, node_id = place
        return self._uuid(f"{frame}/{node_id}" if frame else node_id)

    def _uuid(self, name: str) -> str:
        return str(uuid.uuid5(uuid.UUID(self.run_id), name))

    def _container(self, place: tuple[str, str]) -> Started | None:
        started = self.started.get(place)
        return started if started is not None and started.kind in CONTAINERS else None

    def _container_data(self, place: tuple[str, str]) -> dict[str, Any]:
        return {**self._node(place), "id": place[1]}

    def _node(self, place: tuple[str, str]) -> dict[str, Any]:
        frame, node_id = place
        started = self.started.get(place) or Started("", self.steps, self.began_at)
        around = {f"{kind}_id": container for kind, container, _ in self._around(frame)}
        return {
            "id": self.execution_id(place),
            "node_id": node_id,
            "node_type": started.kind,
            "title": self.title_of(node_id),
            "index": started.index,
            "predecessor_node_id": None,
            "created_at": seconds(started.at),
            **around,
        }

    def _around(self, frame: str) -> list[tuple[str, str, int]]:
        """Kind, id and index of the containers around, outermost first."""
        around, outer = [], ""
        for container, path in _segments(frame):
            around.append((self.started[outer, container].kind, container, int(path.rpartition(":")[2])))
            outer = path
        return around

    def _end(self, event: Event, *, status: str, error: str | None) -> Payloads:
        place = _place(event)
        if not self.is_visible(place[0]):
            return []
        outcome = {"status": status, "error": error}
        tokens = (event.get("usage") or NONE).get("total_tokens", 0)
        self.tokens += tokens
        for container in self._containers_around(place[0]):
            container.tokens += tokens
        started = self._container(place)
        if started is None:
            return [{"event": "node_finished", "data": self._ended(event, place) | outcome}]
        execution = {f"{started.kind}_duration_map": started.durations, "total_tokens": started.tokens}
        facts = {
            "inputs": started.inputs if started.inputs is not None else event.get("inputs"),
            "outputs": event.get("outputs"),
            "outputs_truncated": False,
            "elapsed_time": (event.get("elapsed_ms") or 0) / 1000,
            "total_tokens": started.tokens,
            "execution_metadata": execution,
            "finished_at": seconds(event["at"]),
            "steps": len(started.durations),
            "extras": {},
        }
        return [{"event": f"{started.kind}_completed", "data": self._container_data(place) | facts | outcome}]

    def _containers_around(self, frame: str) -> list[Started]:
        found, outer = [], ""
        for container, path in _segments(frame):
            found.append(self.started[outer, container])
            outer = path
        return found

    def _ended(self, event: Event, place: tuple[str, str]) -> dict[str, Any]:
        usage = event.get("usage") or NONE
        around: dict[str, Any] = {}
        for kind, container, index in self._around(place[0]):
            around |= {f"{kind}_id": container, f"{kind}_index": index}
        return {
            **self._node(place),
            "inputs": event.get("inputs") or None,
            "process_data": None,
            "outputs": event.get("outputs"),
            "elapsed_time": (event.get("elapsed_ms") or 0) / 1000,
            "execution_metadata": {
                "total_tokens": usage.get("total_tokens", 0),
                "total_price": price(usage),
                "currency": "USD",
                **around,
            },
            "finished_at": seconds(event["at"]),
            "files": [],
        }


def price(usage: Mapping[str, Any]) -> str:
    """A decimal string, as Dify writes prices."""
    return f"{usage.get('cost') or 0:.7f}".rstrip("0").rstrip(".")


def seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp())


def _place(event: Event) -> tuple[str, str]:
    return event.get("frame") or "", event["node_id"]


def _segments(frame: str) -> list[tuple[str, str]]:
    """The container of each segment of a frame's path, and the path up to there."""
    found, path = [], ""
    for segment in frame.split("/") if frame else []:
        path = f"{path}/{segment}" if path else segment
        found.append((segment.rpartition(":")[0], path))
    return found
