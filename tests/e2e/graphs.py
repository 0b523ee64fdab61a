"""Small documents for end-to-end tests, as the editor would save them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any


def document(mode: str, nodes: list[dict[str, Any]], *, edges: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    """A graph document; without `edges` the nodes form a chain."""
    links = edges if edges is not None else list(pairwise(node["id"] for node in nodes))
    return {
        "weft": 1,
        "app": {"name": "Test", "mode": mode},
        "nodes": nodes,
        "edges": [{"id": f"{a}-{b}", "source": a, "handle": "source", "target": b} for a, b in links],
    }


def node(node_id: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"id": node_id, "kind": kind, "title": node_id, "config": config}


def chat_with(provider: str, model: str) -> dict[str, Any]:
    llm = node(
        "llm",
        "llm",
        model={"provider": provider, "name": model, "params": {}},
        prompt=[{"role": "user", "text": "{{#sys.query#}}"}],
    )
    return document(
        "chat", [node("start", "start", variables=[]), llm, node("answer", "answer", answer="{{#llm.text#}}")]
    )


def code_workflow(code: str) -> dict[str, Any]:
    run_code = node("code", "code", language="python", code=code, inputs=[], outputs={"result": {"type": "string"}})
    end = node("end", "end", outputs=[{"name": "result", "selector": ["code", "result"]}])
    return document("workflow", [node("start", "start", variables=[]), run_code, end])
