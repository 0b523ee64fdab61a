"""Random definitions, and ports that answer the same way every time."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from workflows import Ports
from workflows.ports import ChatRequest, HttpRequest, HttpResponse
from workflows.testing import MemoryJournal, ScriptedModels, document, node

KINDS = ("template-transform", "if-else", "llm", "http-request", "variable-aggregator", "answer")


@st.composite
def graphs(draw: st.DrawFn, *, mode: str) -> dict[str, Any]:
    """A definition in which every node can be reached; its last node refers to everything upstream of it."""
    count = draw(st.integers(2, 9))
    kinds = [draw(st.sampled_from(KINDS[: 6 if mode == "chat" else 5])) for _ in range(count)]
    nodes, edges = [node("n0", "start")], []
    upstream: list[set[int]] = [set()]
    for i, kind in enumerate(kinds, 1):
        sources = draw(st.lists(st.integers(0, i - 1), min_size=1, max_size=3, unique=True))
        upstream.append(set(sources).union(*(upstream[s] for s in sources)))
        edges += [_edge(draw, nodes[s], f"n{i}") for s in sources]
        nodes.append(_node(draw, i, kind, sorted(upstream[i])))
    last = len(nodes)
    used = {edge.split(":")[0].split(">")[0] for edge in edges}
    sinks = [f"n{i}" for i in range(last) if f"n{i}" not in used]
    edges += [f"{sink}:{_handles(nodes[int(sink[1:])])[0]}>last" for sink in sinks]
    nodes.append(_last(mode, [n for n in nodes if n["kind"] not in ("start",)]))
    return fill(document(*nodes, edges=edges, mode=mode))


def _handles(source: dict[str, Any]) -> list[str]:
    return ["true", "false"] if source["kind"] == "if-else" else ["source"]


def _edge(draw: st.DrawFn, source: dict[str, Any], target: str) -> str:
    return f"{source['id']}:{draw(st.sampled_from(_handles(source)))}>{target}"


OUTPUT = {
    "template-transform": "output",
    "if-else": "selected_case_id",
    "llm": "text",
    "http-request": "body",
    "variable-aggregator": "output",
    "answer": "answer",
}


def _node(draw: st.DrawFn, index: int, kind: str, upstream: list[int]) -> dict[str, Any]:
    name = f"n{index}"
    sources = [f"n{i}" for i in upstream if i]
    picked = draw(st.lists(st.sampled_from(sources), max_size=2)) if sources else []
    match kind:
        case "template-transform":
            return node(name, kind, {"template": f"<{name}>"})
        case "if-else":
            value = draw(st.sampled_from(["yes", "no"]))
            condition = {"selector": ["sys", "query"], "operator": "is", "value": value}
            return node(name, kind, {"cases": [{"id": "true", "conditions": [condition]}]})
        case "llm":
            prompt = [{"role": "user", "text": f"{name} {{{{#sys.query#}}}}"}]
            return node(name, kind, {"model": {"provider": "p", "name": "m"}, "prompt": prompt})
        case "http-request":
            return node(name, kind, {"method": "POST", "url": f"https://example.org/{name}"})
        case "variable-aggregator":
            return node(name, kind, {"selectors": [["sys", "query"]]})
        case _:
            return node(name, kind, {"answer": f"{name}:" + ",".join(f"{{{{#{p}.x#}}}}" for p in picked) + ";"})


def _last(mode: str, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    if mode == "chat":
        text = " ".join(f"{n['id']}={{{{#{n['id']}.{OUTPUT[n['kind']]}#}}}}" for n in nodes)
        return node("last", "answer", {"answer": text})
    rows = [{"name": n["id"], "selector": [n["id"], OUTPUT[n["kind"]]]} for n in nodes]
    return node("last", "end", {"outputs": rows})


def fill(definition: dict[str, Any]) -> dict[str, Any]:
    """Give the answers' references the outputs their nodes really have."""
    kinds = {n["id"]: n["kind"] for n in definition["nodes"]}
    for n in definition["nodes"]:
        if n["kind"] == "answer":
            text = n["config"]["answer"]
            for name, kind in kinds.items():
                if kind in OUTPUT:
                    text = text.replace(f"#{name}.x#", f"#{name}.{OUTPUT[kind]}#")
            n["config"]["answer"] = text
    return definition


class Echo:
    """Answers each request with its path, and counts."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def request(self, request: HttpRequest) -> HttpResponse:
        self.urls.append(request.url)
        return HttpResponse(status=200, body=request.url.rsplit("/", 1)[-1].encode())


def reply(request: ChatRequest) -> list[str]:
    """Says the last message back, in two pieces."""
    text = str(request.messages[-1].content)
    return [text[: len(text) // 2], text[len(text) // 2 :]]


def ports(http: Echo | None = None) -> tuple[Ports, MemoryJournal]:
    """Deterministic ports and the journal they write to."""
    journal = MemoryJournal()
    return Ports(models=ScriptedModels(reply), http=http or Echo(), journal=journal), journal
