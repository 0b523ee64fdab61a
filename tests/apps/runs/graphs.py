"""Apps and documents for tests of runs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.accounts.models import Workspace
from apps.runs.models import Run, Source
from apps.runs.services import start_run
from apps.studio.graphs import document, edge, edges, node
from apps.studio.models import App, Draft


def chat_document(model: str = "fake-chat") -> dict[str, Any]:
    """start, llm, answer."""
    prompt = [{"role": "user", "text": "{{#sys.query#}}"}]
    llm = {"model": {"provider": "acme", "name": model, "params": {}}, "prompt": prompt}
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("llm", "llm", "Model", llm, at=(1, 0)),
        node("answer", "answer", "Reply", {"answer": "Well: {{#llm.text#}}"}, at=(2, 0)),
    ]
    return document("chat", nodes, edges("start", "llm", "answer"))


def echo_document() -> dict[str, Any]:
    """start, template, end: no port is needed."""
    text = {"name": "text", "type": "text", "required": True, "max_length": 20}
    shout = {"template": "{{ text | upper }}", "inputs": [{"name": "text", "selector": ["start", "text"]}]}
    outputs = {"outputs": [{"name": "result", "selector": ["shout", "output"]}]}
    nodes = [
        node("start", "start", "Start", {"variables": [text]}, at=(0, 0)),
        node("shout", "template-transform", "Shout", shout, at=(1, 0)),
        node("end", "end", "End", outputs, at=(2, 0)),
    ]
    return document("workflow", nodes, edges("start", "shout", "end"))


def make_app(workspace: Workspace, graph: dict[str, Any], **over: Any) -> App:
    app = App.objects.create(**{"workspace": workspace, "name": "An app", "mode": graph["app"]["mode"], **over})
    Draft.objects.create(app=app, document=graph)
    return app


def queue_run(app: App, *, query: str = "", conversation_id: UUID | None = None, **inputs: Any) -> Run:
    """A queued run of the app's draft."""
    given = {"inputs": inputs, "query": query}
    return start_run(
        app, document=app.draft.document, inputs=given, source=Source.EDITOR, conversation_id=conversation_id
    )


def asking_document(*, timeout: dict[str, Any] | None = None) -> dict[str, Any]:
    """start, a form with two buttons, and an end that tells what was answered."""
    form = {
        "form": "Approve **{{#start.text#}}**? {{#$output.note#}}",
        "fields": [
            {"name": "note", "type": "paragraph", "label": "Note", "required": True},
            {"name": "paper", "type": "file"},
        ],
        "actions": [{"id": "yes", "title": "Approve", "style": "primary"}, {"id": "no", "title": "Refuse"}],
        "timeout": timeout,
    }
    outputs = [{"name": name, "selector": ["ask", name]} for name in ("note", "__action_id")]
    nodes = [
        node("start", "start", "Start", {"variables": [{"name": "text", "type": "text"}]}, at=(0, 0)),
        node("ask", "human-input", "Ask", form, at=(1, 0)),
        node("end", "end", "End", {"outputs": outputs}, at=(2, 0)),
    ]
    ways = ["yes", "no", *(["__timeout__"] if timeout else [])]
    paths = [edge("start", "ask"), *(edge("ask", "end", way) for way in ways)]
    return document("workflow", nodes, paths)


def waiting_document(config: dict[str, Any]) -> dict[str, Any]:
    """start, a wait, and an end that tells how it ended."""
    outputs = [{"name": name, "selector": ["wait", name]} for name in ("timed_out", "data")]
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("wait", "wait", "Wait", config, at=(1, 0)),
        node("end", "end", "End", {"outputs": outputs}, at=(2, 0)),
    ]
    paths = edges("start", "wait", "end")
    if config.get("timeout_s"):
        paths = [*paths, edge("wait", "end", "__timeout__")]
    return document("workflow", nodes, paths)
