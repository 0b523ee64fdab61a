"""The JSON of runs: what a client sends, and what it gets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.runs import signals
from apps.runs.files import file_value
from apps.runs.models import Run, Source, UploadedFile, Wait
from apps.runs.privacy import NOT_SHOWN, is_told


class StartRunIn(serializers.Serializer[Any]):
    inputs = serializers.DictField(default=dict)
    query = serializers.CharField(default="", allow_blank=True, max_length=200_000)
    conversation_id = serializers.UUIDField(default=None, allow_null=True)
    files = serializers.ListField(child=serializers.DictField(), default=list, max_length=50)
    target = serializers.ChoiceField(["draft", "live"], default="draft")
    # where the run begins, if not at the start: a trigger's node
    root = serializers.CharField(default="", allow_blank=True, max_length=50)


class RunFilterIn(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        ["queued", "running", "paused", "finished", "failed", "stopped"], required=False, allow_blank=True
    )
    source = serializers.ChoiceField(Source.choices, required=False, allow_blank=True)


class RunNodeIn(serializers.Serializer[Any]):
    inputs = serializers.DictField(default=dict)


class SubmitFormIn(serializers.Serializer[Any]):
    action = serializers.CharField(max_length=100)
    inputs = serializers.DictField(default=dict)


class SignalIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=500)
    data = serializers.JSONField(default=dict)


class LogIn(serializers.Serializer[Any]):
    format = serializers.ChoiceField(["json", "jsonl"], default="json")


def run_out(run: Run, *, hidden: bool = False) -> dict[str, Any]:
    """`hidden`: the reader may not read what its nodes read and wrote (see `apps.runs.privacy`)."""
    told = not hidden or is_told(run)
    return {
        "id": str(run.id),
        "app_id": str(run.app_id),
        "version": run.version.number if run.version is not None else None,
        "target": "live" if run.version_id else "draft",
        "status": run.status,
        "hidden": hidden,
        "inputs": (told and run.inputs.get("inputs")) or {},
        "query": (told and run.inputs.get("query")) or "",
        "files": (told and run.inputs.get("files")) or [],
        "outputs": run.outputs if told else None,
        "answer": run.answer if told else "",
        "error": run.error if told or run.error is None else {**run.error, "message": NOT_SHOWN},
        "usage": run.usage,
        "elapsed_ms": run.elapsed_ms,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "conversation_id": str(run.conversation_id) if run.conversation_id else None,
        "source": run.source,
        "stop_requested": run.stop_requested_at is not None,
        "last_seq": run.last_seq,
        "wake_at": run.wake_at.isoformat() if run.wake_at else None,
        "root": run.inputs.get("root") or "",
        "limits": run.inputs.get("limits"),
    }


def wait_out(wait: Wait, *, answerable: bool, hidden: bool) -> dict[str, Any]:
    """`callback` is the right to signal: it is shown to those who may. An event's name may be made of values."""
    return {
        "key": wait.key,
        "type": wait.type,
        "node_id": wait.node_id,
        "frame": wait.frame,
        "expires_at": wait.expires_at.isoformat() if wait.expires_at else None,
        "event": None if hidden else wait.facts.get("event"),
        "callback": signals.callback_of(wait.token) if wait.type == "event" and answerable else None,
    }


def file_out(row: UploadedFile) -> dict[str, Any]:
    value = file_value(row)
    return {
        "id": str(row.id),
        "name": row.name,
        "size": row.size_bytes,
        "extension": value["extension"],
        "mime_type": row.mime_type,
        "type": value["type"],
        "created_at": row.created_at.isoformat(),
    }
