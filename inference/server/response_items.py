"""The output of OpenAI's responses endpoint: items that grow piece by piece, and the event for every growth.

Knows that JSON; nothing of HTTP or of how the text comes about.
"""

from __future__ import annotations

import uuid
from typing import Any

from inference.request import Piece, ToolCallDelta

Event = dict[str, Any]


class ResponseOutput:
    """Items open one after the other: thinking, text, calls. `add` and `close` return the events to send, in order."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self._kind = ""
        self._call = -1

    def add(self, piece: Piece) -> list[Event]:
        events: list[Event] = []
        if piece.reasoning:
            events += self._say("reasoning", piece.reasoning)
        if piece.text:
            events += self._say("message", piece.text)
        for delta in piece.tool_calls:
            events += self._call_on(delta)
        return events

    def close(self) -> list[Event]:
        """Complete the item that is open, if one is."""
        if not self._kind:
            return []
        item, at = self.items[-1], len(self.items) - 1
        kind, self._kind = self._kind, ""
        item["status"] = "completed"
        place = {"item_id": item["id"], "output_index": at}
        done = {"type": "response.output_item.done", "output_index": at, "item": item}
        if kind == "function_call":
            arguments = {"name": item["name"], "arguments": item["arguments"]}
            return [{"type": "response.function_call_arguments.done", **place, **arguments}, done]
        part = item["content"][0]
        spoken = {"type": f"response.{part['type']}.done", **place, "content_index": 0, "text": part["text"]}
        return [
            {**spoken, "logprobs": []} if kind == "message" else spoken,
            {"type": "response.content_part.done", **place, "content_index": 0, "part": part},
            done,
        ]

    def _say(self, kind: str, text: str) -> list[Event]:
        events = self._open_text(kind) if self._kind != kind else []
        item = self.items[-1]
        part: dict[str, Any] = item["content"][0]
        part["text"] += text
        delta: Event = {
            "type": f"response.{part['type']}.delta",
            "item_id": item["id"],
            "output_index": len(self.items) - 1,
            "content_index": 0,
            "delta": text,
        }
        return [*events, {**delta, "logprobs": []} if kind == "message" else delta]

    def _open_text(self, kind: str) -> list[Event]:
        if kind == "message":
            item: dict[str, Any] = {
                "id": _id("msg"),
                "type": kind,
                "status": "in_progress",
                "role": "assistant",
                "content": [],
            }
            part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
        else:
            item = {"id": _id("rs"), "type": kind, "status": "in_progress", "summary": [], "content": []}
            part = {"type": "reasoning_text", "text": ""}
        events = self._open(item)
        added = {
            "type": "response.content_part.added",
            "item_id": item["id"],
            "output_index": len(self.items) - 1,
            "content_index": 0,
            "part": dict(part),
        }
        item["content"] = [part]
        return [*events, added]

    def _call_on(self, delta: ToolCallDelta) -> list[Event]:
        events: list[Event] = []
        if self._kind != "function_call" or delta.index != self._call:
            self._call = delta.index
            call = {"call_id": delta.call_id, "name": delta.name, "arguments": ""}
            events = self._open({"id": _id("fc"), "type": "function_call", "status": "in_progress", **call})
        item = self.items[-1]
        item["arguments"] += delta.arguments
        if delta.arguments:
            place = {"item_id": item["id"], "output_index": len(self.items) - 1}
            events.append({"type": "response.function_call_arguments.delta", **place, "delta": delta.arguments})
        return events

    def _open(self, item: dict[str, Any]) -> list[Event]:
        events = self.close()
        self._kind = item["type"]
        self.items.append(item)
        added = {"type": "response.output_item.added", "output_index": len(self.items) - 1, "item": dict(item)}
        return [*events, added]


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"
