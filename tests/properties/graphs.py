"""Random definitions with branches, joins, containers, waits and failures, and ports that answer the same every time.

What a node does depends only on what it is given, so that a run cut off anywhere has one right end. Where timing
would decide (which of two failures comes first, in which order parallel writes are shown) no such graph is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from workflows import Ports
from workflows.errors import ModelError
from workflows.ports import ChatRequest, HttpRequest, HttpResponse
from workflows.testing import FixedClock, MemoryJournal, ScriptedModels, document, node

ITEMS = ["a", "b!", "c"]
"""What iterations and batches work through. A model that is shown a `!` refuses, in graphs with failures."""

OUTPUT = {
    "template-transform": "output",
    "if-else": "selected_case_id",
    "llm": "text",
    "http-request": "body",
    "variable-aggregator": "output",
    "answer": "answer",
    "iteration": "output",
    "loop": "loop_round",
    "wait": "data",
    "workflow": "out",
}
PLAIN = ("template-transform", "if-else", "llm", "http-request", "variable-aggregator")

CALLED = document(
    node("start", config={"variables": [{"name": "x", "type": "text"}]}),
    node("again", "loop", {"max_rounds": 2}),
    {**node("t", "template-transform", {"template": "inner"}), "parent": "again"},
    node("end", config={"outputs": [{"name": "out", "selector": ["start", "x"]}]}),
    edges=["start>again>end", "again:body>t"],
)
"""What `workflow` nodes call."""


@dataclass
class Level:
    """One body while it is being drawn. `marks` are references that tell its frames apart; `loops` are around it."""

    parent: str | None = None
    depth: int = 0
    marks: list[str] = field(default_factory=list)
    loops: list[str] = field(default_factory=list)
    retried: bool = False


class Drawing:
    """A definition while it is being drawn."""

    def __init__(self, draw: st.DrawFn, *, mode: str, failures: bool, waits: bool) -> None:
        self.draw = draw
        self.mode = mode
        self.failures = failures
        self.waits = waits
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[str] = []
        self.count = 0

    def chance(self, percent: int) -> bool:
        """True about so often; False is the simpler case."""
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def level(self, level: Level, size: int) -> list[dict[str, Any]]:
        """Draw the nodes of one body and the edges between them."""
        drawn: list[dict[str, Any]] = []
        for _ in range(size):
            made = self.node(level)
            ends = [f"{level.parent}:body"] if level.parent is not None else ["n0"]
            ends += [end for one in drawn for end in exits(one)]
            picked = self.draw(st.lists(st.integers(0, len(ends) - 1), min_size=1, max_size=2, unique=True))
            self.edges += [f"{ends[i]}>{made['id']}" for i in picked]
            drawn.append(made)
        return drawn

    def node(self, level: Level) -> dict[str, Any]:
        """Draw one node, with its body if it has one."""
        self.count += 1
        name = f"n{self.count}"
        kinds = [*PLAIN, "assigner", "workflow"]
        if self.mode == "chat" and (level.parent is None or not self.failures):
            kinds.append("answer")
        if level.depth < 2:
            kinds += ["iteration", "loop"]
        if self.waits:
            kinds.append("wait")
        made = self.make(name, self.draw(st.sampled_from(kinds)), level)
        if level.parent is not None:
            made["parent"] = level.parent
        self.nodes.append(made)
        return made

    def make(self, name: str, kind: str, level: Level) -> dict[str, Any]:
        marks = "/".join(level.marks)
        match kind:
            case "template-transform":
                return self.policed(node(name, kind, {"template": f"<{name}>"}))
            case "if-else":
                value = self.draw(st.sampled_from(["yes", "no"]))
                condition = {"selector": ["sys", "query"], "operator": "is", "value": value}
                return node(name, kind, {"cases": [{"id": "true", "conditions": [condition]}]})
            case "llm":
                text = f"{name} {{{{#sys.query#}}}} {marks}"
                made = node(
                    name, kind, {"model": {"provider": "p", "name": "m"}, "prompt": [{"role": "user", "text": text}]}
                )
                return self.policed(made)
            case "http-request":
                # A container that is tried again does its effects again, rightly; here they are counted.
                method = "GET" if level.retried else "POST"
                return self.policed(node(name, kind, {"method": method, "url": f"https://example.org/{marks}/{name}"}))
            case "variable-aggregator":
                return node(name, kind, {"selectors": [["sys", "query"]]})
            case "assigner":
                target = self.draw(st.sampled_from([["conversation", "n"], *([loop, "m"] for loop in level.loops)]))
                item = {"target": target, "operation": "+=", "source": "constant", "value": 1}
                return node(name, kind, {"items": [item]})
            case "workflow":
                argument = {"name": "x", "mode": "template", "value": f"{name} {{{{#sys.query#}}}}"}
                return node(name, kind, {"app": "called", "arguments": [argument]})
            case "wait":
                return node(name, kind, {"mode": "event", "event": f"{name} {marks}"})
            case "answer":
                return node(name, kind, {"answer": f"{name}:{marks};"})
            case "iteration":
                return self.iteration(name, level)
            case _:
                return self.loop(name, level)

    def iteration(self, name: str, level: Level) -> dict[str, Any]:
        parallel = self.draw(st.integers(1, 3))
        modes = ["stop", "null", "drop"] if parallel == 1 or not self.failures else ["null", "drop"]
        made = node(name, "iteration", {"items": ["n0", "items"], "parallel": parallel})
        made["config"]["on_error"] = self.draw(st.sampled_from(modes))
        if self.failures and made["config"]["on_error"] == "stop" and self.chance(50):
            made["policy"] = {"on_error": "default", "default_outputs": {"output": []}}
            if self.chance(50):
                made["policy"]["retry"] = {"max": 1, "interval_ms": 0}
        marks = [*level.marks, f"{{{{#{name}.item#}}}}"]
        retried = level.retried or "retry" in made.get("policy", {})
        inner = Level(name, level.depth + 1, marks, level.loops, retried)
        body = self.level(inner, self.draw(st.integers(1, 3)))
        shown = self.draw(st.sampled_from([one for one in body if one["kind"] in OUTPUT] or [made]))
        made["config"]["output"] = [shown["id"], OUTPUT[shown["kind"]]] if shown is not made else [name, "index"]
        return made

    def loop(self, name: str, level: Level) -> dict[str, Any]:
        made = node(name, "loop", {"max_rounds": self.draw(st.integers(1, 3))})
        made["config"]["variables"] = [
            {"name": name, "type": "number", "source": "constant", "value": 0} for name in ("n", "m")
        ]
        if self.chance(50):
            condition = {"selector": [name, "n"], "operator": "≥", "value": "2"}
            made["config"]["break"] = {"logical": "and", "conditions": [condition]}
        inner = Level(name, level.depth + 1, [*level.marks, f"{{{{#{name}.n#}}}}"], [*level.loops, name], level.retried)
        body = self.level(inner, self.draw(st.integers(1, 2)))
        # The round is told apart by the loop's variable, which this node counts up when all else is done.
        count = {"target": [name, "n"], "operation": "+=", "source": "constant", "value": 1}
        self.count += 1
        last = {**node(f"n{self.count}", "assigner", {"items": [count]}), "parent": name}
        self.nodes.append(last)
        self.edges += [f"{end}>{last['id']}" for one in body for end in exits(one)]
        return made

    def policed(self, made: dict[str, Any]) -> dict[str, Any]:
        """With a batch, a retry or a way to take failures, now and then."""
        policy: dict[str, Any] = {}
        if self.chance(25):
            mode = self.draw(st.sampled_from(["null", "drop"] if self.failures else ["stop", "null"]))
            policy["batch"] = {"items": ["n0", "items"], "parallel": self.draw(st.integers(1, 2)), "on_error": mode}
            if made["kind"] == "llm":
                made["config"]["prompt"][0]["text"] += f" {{{{#{made['id']}.item#}}}}"
            elif made["kind"] == "http-request":
                made["config"]["url"] += f"/{{{{#{made['id']}.item#}}}}"
        elif self.failures and made["kind"] in ("llm", "http-request") and self.chance(60):
            policy["on_error"] = self.draw(st.sampled_from(["default", "branch"]))
            if self.chance(30):
                policy["retry"] = {"max": 1, "interval_ms": 0}
        return {**made, "policy": policy} if policy else made


def exits(source: dict[str, Any]) -> list[str]:
    """What edges may leave by."""
    name = source["id"]
    if source["kind"] == "if-else":
        return [f"{name}:true", f"{name}:false"]
    return [name, f"{name}:fail-branch"] if source.get("policy", {}).get("on_error") == "branch" else [name]


@st.composite
def graphs(draw: st.DrawFn, *, mode: str, failures: bool = False, waits: bool = False) -> dict[str, Any]:
    """A definition in which every node can be reached; its last node shows all that stands at the top."""
    drawing = Drawing(draw, mode=mode, failures=failures, waits=waits)
    top = drawing.level(Level(), draw(st.integers(1, 6)))
    shown = [one for one in top if one["kind"] in OUTPUT]
    if mode == "chat":
        text = " ".join(f"{one['id']}={{{{#{one['id']}.{OUTPUT[one['kind']]}#}}}}" for one in shown)
        last = node("last", "answer", {"answer": text + " {{#conversation.n#}}"})
    else:
        rows = [{"name": one["id"], "selector": [one["id"], OUTPUT[one["kind"]]]} for one in shown]
        last = node("last", "end", {"outputs": [*rows, {"name": "n", "selector": ["conversation", "n"]}]})
    edges = [*drawing.edges, *(f"{end}>last" for one in top for end in exits(one))]
    start = node("n0", "start", {"variables": [{"name": "items", "type": "json"}]})
    variables = {"conversation": [{"name": "n", "type": "number", "value": 0}]}
    return document(start, *drawing.nodes, last, edges=edges, mode=mode, variables=variables)


class Echo:
    """Answers each request with its path, and counts."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    async def request(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            self.urls.append(request.url)
        return HttpResponse(status=200, body=request.url.rsplit("/", 1)[-1].encode())


def ports(http: Echo | None = None, *, failures: bool = False) -> tuple[Ports, MemoryJournal]:
    """Deterministic ports and the journal they write to. Models say the last message back, in two pieces."""

    def reply(request: ChatRequest) -> list[str] | ModelError:
        text = str(request.messages[-1].content)
        if failures and "!" in text:
            return ModelError("model_refused", "It is refused.")
        return [text[: len(text) // 2], text[len(text) // 2 :]]

    journal = MemoryJournal()
    return Ports(models=ScriptedModels(reply), http=http or Echo(), journal=journal, clock=FixedClock()), journal
