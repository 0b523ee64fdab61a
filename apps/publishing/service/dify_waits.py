"""What Dify's clients are told while a run waits for people. Pure: it remembers the open waits of one run.

Knows the wire format of forms; who may fill them in, and what becomes of it, is `apps.runs.forms`' business.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.publishing.service.dify_nodes import Event, NodeEvents, Payloads, seconds
from apps.runs.forms import is_for_web
from apps.runs.waits import token_of
from workflows.forms import fill_in

# Dify has no other texts to be filled in.
FIELD_TYPES = {"select": "select", "file": "file", "file-list": "file-list"}


@dataclass(slots=True)
class WaitEvents:
    """Forms as events, and a pause with the forms that are its reasons."""

    nodes: NodeEvents
    open: dict[str, Event] = field(default_factory=dict)
    is_paused: bool = False

    def node_waiting(self, event: Event) -> Payloads:
        self.open[event["wait"]["key"]] = event
        if event["wait"]["type"] != "form":
            return []
        return [{"event": "human_input_required", "data": self._form(event["node_id"], event["wait"])}]

    def node_resumed(self, event: Event) -> Payloads:
        """The first one after a pause says that the run goes on."""
        signal = event["signal"]
        waiting = self.open.pop(signal["key"], None)
        self.is_paused = False
        if waiting is None or waiting["wait"]["type"] != "form":
            return []
        data = {"node_id": event["node_id"], "node_title": self.nodes.title_of(event["node_id"])}
        wait = waiting["wait"]
        if signal["type"] == "timeout":
            return [{"event": "human_input_form_timeout", "data": data | {"expiration_time": _second(wait)}}]
        action, values = signal["data"]["action"], signal["data"].get("values") or {}
        filled = {
            "rendered_content": fill_in(wait["content"], values),
            "action_id": action,
            "action_text": next((row["title"] for row in wait["actions"] if row["id"] == action), action),
            "submitted_data": values,
        }
        return [{"event": "human_input_form_filled", "data": data | filled}]

    def pause(self, event: Event) -> dict[str, Any]:
        """What a pause of the run waits for."""
        return {
            "workflow_run_id": self.nodes.run_id,
            "paused_nodes": [reason["node_id"] for reason in event["reasons"]],
            "outputs": {},
            "reasons": [self._reason(reason) for reason in event["reasons"]],
            "status": "paused",
            "created_at": seconds(self.nodes.began_at or event["at"]),
            "elapsed_time": seconds(event["at"]) - seconds(self.nodes.began_at or event["at"]),
        }

    def _reason(self, reason: Mapping[str, Any]) -> dict[str, Any]:
        if reason["type"] == "form":
            return {"TYPE": "human_input_required", **self._form(reason["node_id"], reason)}
        return {
            "TYPE": "scheduled_pause",
            "node_id": reason["node_id"],
            "node_title": self.nodes.title_of(reason["node_id"]),
            "expiration_time": _second(reason),
            "event": reason.get("event"),
        }

    def _form(self, node_id: str, wait: Mapping[str, Any]) -> dict[str, Any]:
        is_shown = is_for_web(wait)
        return {
            "form_id": str(uuid.uuid5(uuid.UUID(self.nodes.run_id), wait["key"])),
            "node_id": node_id,
            "node_title": self.nodes.title_of(node_id),
            **form_body(wait),
            "display_in_ui": is_shown,
            "form_token": token_of(self.nodes.run_id, wait["key"]) if is_shown else None,
        }


def form_body(wait: Mapping[str, Any]) -> dict[str, Any]:
    """A form as Dify describes it, in an event or by its token."""
    return {
        "form_content": wait["content"],
        "inputs": [_input(row) for row in wait["fields"]],
        "actions": [{"id": row["id"], "title": row["title"], "button_style": row["style"]} for row in wait["actions"]],
        "resolved_default_values": {
            row["name"]: row["default"] for row in wait["fields"] if row.get("default") is not None
        },
        "expiration_time": _second(wait),
    }


def _input(row: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": FIELD_TYPES.get(row["type"], "paragraph"),
        "output_variable_name": row["name"],
        "label": row.get("label") or row["name"],
        "required": bool(row.get("required")),
        "default": {"type": "constant", "selector": [], "value": row.get("default")},
    }
    if row["type"] == "select":
        shown["option_source"] = {"type": "constant", "selector": [], "value": row.get("options") or []}
    if row.get("file_types"):
        shown["allowed_file_types"] = row["file_types"]
    if row.get("max_files"):
        shown["number_limits"] = row["max_files"]
    return shown


def _second(wait: Mapping[str, Any]) -> int | None:
    expires_at = wait.get("expires_at")
    return int(expires_at) if expires_at is not None else None
