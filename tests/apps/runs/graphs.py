"""Apps and documents for tests of runs."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import Workspace
from apps.runs.models import Run, Source
from apps.runs.services import start_run
from apps.studio.graphs import document, edges, node
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


def queue_run(app: App, *, query: str = "", **inputs: Any) -> Run:
    """A queued run of the app's draft."""
    return start_run(app, document=app.draft.document, inputs={"inputs": inputs, "query": query}, source=Source.EDITOR)
