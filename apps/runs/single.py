"""One node of a draft, run by itself on what the last run had where the node reads.

The node becomes a graph of its own: what it reads from others comes in through the start. So it runs like any run, with
its log, its events and its limits. Knows documents and recorded runs; what the node does is the engine's business.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from apps.accounts.services import Actor
from apps.runs import blobs, services
from apps.runs.errors import NodeInputsMissing, NodeNotRunnable, not_found
from apps.runs.models import Run, Source
from apps.runs.privacy import is_hidden_from
from apps.runs.selectors import ENDED, state_of
from apps.studio.models import App
from apps.studio.resources import refuse_hidden

START, END = "__start", "__end"
ALONE = frozenset(
    {"start", "end", "answer", "note", "iteration", "loop", "loop-end", "trigger-webhook", "trigger-schedule"}
)
REFERENCE = re.compile(r"\{\{#\s*([A-Za-z0-9_-]+)\.([A-Za-z0-9_]+)((?:\.[^#{}\s]+)?)\s*#\}\}")


class Read(NamedTuple):
    """An output of another node that the node reads, and its value in the recorded run."""

    node_id: str
    output: str
    value: Any
    known: bool

    @property
    def selector(self) -> str:
        return f"{self.node_id}.{self.output}"


class Reads(NamedTuple):
    reads: list[Read]
    run: Run | None

    @property
    def run_id(self) -> UUID | None:
        return self.run.id if self.run is not None else None


def reads_of(actor: Actor, app: App, node_id: str) -> Reads:
    """What the node of the draft reads, and what it was when the app last ran, if the actor may read that run."""
    document = app.draft.document
    walk = _Walk(document)
    walk.config(_node(document, node_id)["config"])
    rows = Run.objects.filter(app=app, source=Source.EDITOR, status__in=ENDED)
    # a run of a single node knows nothing of the others
    run = rows.exclude(document__nodes__0__id=START).order_by("-created_at").first()
    if run is not None and is_hidden_from(actor, run):
        run = None
    nodes = state_of(run)["nodes"] if run is not None else {}
    return Reads([_read(run, nodes, *place) for place in walk.names], run)


def run_node(actor: Actor, app: App, node_id: str, inputs: Mapping[str, Any]) -> Run:
    """Run the node on recorded values, those in `inputs` (by selector) in their place.

    Raises 404, NodeNotRunnable, NodeInputsMissing, GraphInvalid for a knowledge base that the actor does not see, and
    what starting a run raises.
    """
    document = app.draft.document
    node = _node(document, node_id)
    if node["kind"] in ALONE:
        raise NodeNotRunnable(node["kind"])
    found = reads_of(actor, app, node_id)
    reads = [
        read._replace(value=inputs[read.selector], known=True) if read.selector in inputs else read
        for read in found.reads
    ]
    if missing := [read.selector for read in reads if not read.known]:
        raise NodeInputsMissing(missing)
    walk = _Walk(document)
    config = walk.config(node["config"])
    values = {walk.names[read.node_id, read.output]: read.value for read in reads}
    graph = _graph(document, {**node, "config": config, "parent": None}, values)
    refuse_hidden(actor, graph)
    given = {"inputs": {name: value for name, value in values.items() if value is not None}}
    tried_by = actor.user.pk if actor.user is not None else None
    rest: dict[str, Any] = {"source": Source.EDITOR, "end_user": str(tried_by or ""), "tried_by": tried_by}
    return services.start_run(app, document=graph, inputs=given, goes_on_from=[found.run] if found.run else [], **rest)


def _node(document: Mapping[str, Any], node_id: str) -> dict[str, Any]:
    for node in document.get("nodes") or []:
        if isinstance(node, dict) and node.get("id") == node_id and isinstance(node.get("config"), dict):
            return node
    raise not_found("node")


def _read(run: Run | None, nodes: Mapping[str, Any], node_id: str, output: str) -> Read:
    outputs = (nodes.get(node_id) or {}).get("outputs") or {}
    known = run is not None and output in outputs
    value = blobs.restored(run.id, outputs[output]) if run is not None and known else None
    return Read(node_id, output, value, known)


def _graph(document: Mapping[str, Any], node: dict[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """start, the node, and an end beside it: whatever way the node takes, the run comes to its end."""
    last = {"kind": "answer", "config": {"answer": " "}}
    if document["app"]["mode"] == "workflow":
        last = {"kind": "end", "config": {"outputs": []}}
    variables = [{"name": name, "type": _type(value)} for name, value in values.items()]
    nodes = [{"id": START, "kind": "start", "config": {"variables": variables}}, node, {"id": END, **last}]
    edges = [
        {"id": f"{START}-{target}", "source": START, "handle": "source", "target": target}
        for target in (node["id"], END)
    ]
    kept = {key: value for key, value in document.items() if key in ("weft", "dialect", "app", "variables", "limits")}
    return {**copy.deepcopy(kept), "nodes": nodes, "edges": edges, "features": {}, "layout": {}}


def _type(value: Any) -> str:
    match value:
        case bool():
            return "checkbox"
        case int() | float():
            return "number"
        case str():
            return "paragraph"
        case _:
            return "json"


class _Walk:
    """Rewrites a config so that what it reads from other nodes comes from the start. `names` says what was read."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        nodes = document.get("nodes") or []
        self._ids = {node["id"] for node in nodes if isinstance(node, dict) and isinstance(node.get("id"), str)}
        self.names: dict[tuple[str, str], str] = {}

    def config(self, value: Any) -> Any:
        match value:
            case [str() as head, str() as output, *path] if head in self._ids and all(isinstance(p, str) for p in path):
                return [START, self._name(head, output), *path]
            case list():
                return [self.config(item) for item in value]
            case dict():
                return {key: self.config(item) for key, item in value.items()}
            case str():
                return REFERENCE.sub(self._text, value)
            case _:
                return value

    def _text(self, match: re.Match[str]) -> str:
        head, output, path = match.groups()
        return f"{{{{#{START}.{self._name(head, output)}{path}#}}}}" if head in self._ids else match[0]

    def _name(self, head: str, output: str) -> str:
        return self.names.setdefault((head, output), f"v{len(self.names)}")
