"""Random workflows with everything in them that a crash could spoil, the same ones for the same seed.

What a node does depends only on what it is given, so that a run has one right end however often it is cut off. Where
timing would decide (which of two failures comes first, which of two answers is said first) no such graph is made.
An effect is sent to a place that is the node's id and its frame's path: so the server knows which lineage it served.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from workflows.testing import document, node

ITEMS = ["a", "b!", "c"]
"""What iterations and batches work through. A model that is shown a `!` refuses."""

MODEL = {"provider": "acme", "name": "fake-chat", "params": {}}
OUTPUT = {
    "template-transform": "output",
    "if-else": "selected_case_id",
    "llm": "text",
    "code": "out",
    "http-request": "body",
    "variable-aggregator": "output",
    "answer": "answer",
    "iteration": "output",
    "loop": "loop_round",
    "wait": "timed_out",
    "human-input": "note",
    "workflow": "out",
    "agent": "text",
}
PLAIN = (
    "template-transform",
    "if-else",
    "llm",
    "llm",
    "code",
    "post",
    "post",
    "flaky",
    "variable-aggregator",
    "assigner",
)
DEEP = ("iteration", "loop", "workflow", "agent")
PAUSING = ("human-input", "event", "pause")
HANDLES = ("fail", "branch", "default")


@dataclass(frozen=True)
class Case:
    """A workflow and what it is asked. `kinds` counts what is in it, its called workflow left out."""

    name: str
    document: dict[str, Any]
    query: str
    kinds: Counter[str]

    @property
    def inputs(self) -> dict[str, Any]:
        return {"items": ITEMS}


@dataclass
class Level:
    """One body while it is being drawn. `place` is the path of its frame, as a template."""

    parent: str | None = None
    place: str = ""
    depth: int = 0
    loops: tuple[str, ...] = ()
    speaks: bool = False
    retried: bool = False
    ends: list[str] = field(default_factory=list)


def called(world: str) -> dict[str, Any]:
    """What `workflow` nodes and agents run: a model, and an effect, in the frame that `at` names."""
    url = f"{world}/effects/post/{{{{#start.at#}}}}?run={{{{#sys.run_id#}}}}"
    variables = [{"name": name, "type": "text"} for name in ("x", "at")]
    outputs = [{"name": "out", "selector": ["llm", "text"]}, {"name": "sent", "selector": ["post", "body"]}]
    return document(
        node("start", config={"variables": variables}),
        node("llm", config={"model": MODEL, "prompt": [{"role": "user", "text": "called {{#start.x#}}"}]}),
        node("post", "http-request", {"method": "POST", "url": url}, {"on_error": "default", "default_outputs": {}}),
        node("end", config={"outputs": outputs}),
        edges=["start>llm>post>end"],
    )


def make_case(seed: int, number: int, world: str, app: str) -> Case:
    """The workflow of that number. `world` is where requests go, `app` is what its nodes call."""
    chance = random.Random(f"{seed}/{number}")
    drawing = _Drawing(chance, "chat" if number % 2 else "workflow", world, app)
    drawn = drawing.whole()
    kinds = Counter(each["kind"] for each in drawn["nodes"])
    kinds["batch"] = sum("batch" in each.get("policy", {}) for each in drawn["nodes"])
    return Case(f"{seed}/{number}", drawn, chance.choice(["yes", "no"]), kinds)


class _Drawing:
    def __init__(self, chance: random.Random, mode: str, world: str, app: str) -> None:
        self.chance, self.mode, self.world, self.app = chance, mode, world, app
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[str] = []

    def whole(self) -> dict[str, Any]:
        """Stages of nodes side by side, each brought together before the next; the last node shows all of it."""
        top = Level(ends=["n0"])
        # Something that takes its time, lest the run be over before anybody can die.
        top.ends = _exits(self.add("slow", top, sources=top.ends))
        for _ in range(self.chance.randint(1, 3)):
            drawn = self.body(top, self.chance.randint(1, 4))
            top.ends = [end for each in drawn for end in _exits(each)]
            kind = "answer" if self.mode == "chat" else "template-transform"
            joint = self.add(kind, top, sources=top.ends)
            top.ends, top.speaks = [joint["id"]], False
        if self.chance.random() < 0.1:
            failing = {"code": "def main():\n    return {'out': 1 // 0}", "outputs": {"out": {"type": "number"}}}
            self.edges.append(f"{top.ends[0]}>fails")
            self.nodes.append(node("fails", "code", failing))
            top.ends = ["fails"]
        shown = [each for each in self.nodes if each["kind"] in OUTPUT and not each.get("parent")]
        self.edges.append(f"{top.ends[0]}>last")
        start = node("n0", "start", {"variables": [{"name": "items", "type": "json"}]})
        variables = {"conversation": [{"name": "n", "type": "number", "value": 0}]}
        nodes = [start, *self.nodes, self.last(shown)]
        return document(*nodes, edges=self.edges, mode=self.mode, variables=variables)

    def last(self, shown: list[dict[str, Any]]) -> dict[str, Any]:
        if self.mode == "chat":
            said = " ".join(f"{{{{#{each['id']}.{OUTPUT[each['kind']]}#}}}}" for each in shown)
            return node("last", "answer", {"answer": f"{said} {{{{#conversation.n#}}}}"})
        rows = [{"name": each["id"], "selector": [each["id"], OUTPUT[each["kind"]]]} for each in shown]
        return node("last", "end", {"outputs": [*rows, {"name": "n", "selector": ["conversation", "n"]}]})

    def body(self, level: Level, size: int) -> list[dict[str, Any]]:
        """Nodes that follow `level.ends` or one another, as chance has it."""
        drawn: list[dict[str, Any]] = []
        for _ in range(size):
            kinds = [*PLAIN, *(DEEP if level.depth < 2 and not level.retried else ())]
            if level.depth == 0:
                kinds += PAUSING
            if self.mode == "chat" and not level.speaks and level.depth:
                kinds.append("answer")
            ends = [*level.ends, *(end for each in drawn for end in _exits(each))]
            sources = self.chance.sample(ends, min(len(ends), self.chance.randint(1, 2)))
            drawn.append(self.add(self.chance.choice(kinds), level, sources=sources))
        return drawn

    def add(self, kind: str, level: Level, *, sources: list[str]) -> dict[str, Any]:
        """One node, with its body if it has one."""
        name = f"n{len(self.nodes) + 1}"
        self.nodes.append({})
        place = len(self.nodes) - 1
        seen = [source.partition(":")[0] for source in sources if ":body" not in source and source != "n0"]
        made = self.make(name, kind, level, seen)
        if level.parent is not None:
            made["parent"] = level.parent
        self.nodes[place] = made
        self.edges += [f"{source}>{name}" for source in sources]
        return made

    def make(self, name: str, kind: str, level: Level, seen: list[str]) -> dict[str, Any]:
        shown = " ".join(f"{{{{#{each}.{self.output_of(each)}#}}}}" for each in seen if self.output_of(each))
        match kind:
            case "template-transform":
                return self.batched(node(name, kind, {"template": f"<{name}>"}))
            case "if-else":
                value = self.chance.choice(["yes", "no"])
                condition = {"selector": ["sys", "query"], "operator": "is", "value": value}
                return node(name, kind, {"cases": [{"id": "true", "conditions": [condition]}]})
            case "slow":
                prompt = [{"role": "user", "text": f"{name} {{{{#sys.query#}}}}"}]
                return node(name, "llm", {"model": MODEL, "prompt": prompt})
            case "llm":
                return self.llm(name, level, shown)
            case "code":
                program = "def main(q):\n    return {'out': sum(i * i for i in range(len(q) + 50))}"
                inputs = [{"name": "q", "selector": ["sys", "query"]}]
                return node(name, kind, {"code": program, "inputs": inputs, "outputs": {"out": {"type": "number"}}})
            case "post":
                handled = self.chance.choice(HANDLES)
                # A container that is tried again does its effects again, rightly; here they are counted.
                method = "GET" if level.retried else "POST"
                config = {"method": method, "url": self.url("effects", name, level)}
                return node(name, "http-request", config, _policy(handled))
            case "flaky":
                policy = {"retry": {"max": 2, "interval_ms": 200}, **_policy("default")}
                return node(name, "http-request", {"method": "GET", "url": self.url("flaky", name, level)}, policy)
            case "variable-aggregator":
                return node(name, kind, {"selectors": [["sys", "query"]]})
            case "assigner":
                target = self.chance.choice([["conversation", "n"], *([loop, "m"] for loop in level.loops)])
                item = {"target": target, "operation": "+=", "source": "constant", "value": 1}
                return node(name, kind, {"items": [item]})
            case "workflow":
                at = f"{_inner(level.place, name, '0')}"
                rows = [("x", f"{name} {shown}"), ("at", at)]
                arguments = [{"name": key, "mode": "template", "value": value} for key, value in rows]
                return node(name, kind, {"app": self.app, "arguments": arguments})
            case "agent":
                return self.agent(name, level)
            case "answer":
                level.speaks = True
                return node(name, kind, {"answer": f"{name}: {shown};"})
            case "iteration":
                return self.iteration(name, level)
            case "loop":
                return self.loop(name, level)
            case "human-input":
                form = {"form": f"{name}?", "fields": [{"name": "note", "type": "text", "required": True}]}
                return node(name, kind, {**form, "actions": [{"id": "yes"}, {"id": "no"}], "timeout": None})
            case "event":
                return node(name, "wait", {"mode": "event", "event": name})
            case _:
                return node(name, "wait", {"mode": "duration", "seconds": self.chance.choice([0.3, 2.1])})

    def llm(self, name: str, level: Level, shown: str) -> dict[str, Any]:
        """A model that answers, or one that refuses, with a way to take that."""
        refused = self.chance.random() < 0.2
        mark = "!" if refused else ""
        text = f"{name}{mark} {{{{#sys.query#}}}} {level.place} {shown}"
        made = node(name, "llm", {"model": MODEL, "prompt": [{"role": "user", "text": text}]})
        if refused:
            retry = {"retry": {"max": 1, "interval_ms": 100}} if self.chance.random() < 0.5 else {}
            return {**made, "policy": {**_policy(self.chance.choice(HANDLES[1:])), **retry}}
        if "#" in shown:
            # What came before may hold the mark of a refusal.
            return {**made, "policy": _policy("default")}
        return self.batched(made)

    def agent(self, name: str, level: Level) -> dict[str, Any]:
        """A model that posts, computes and perhaps runs the other workflow, all at once, and then answers."""
        url = {"name": "url", "mode": "template", "value": self.url("effects", name, level)}
        tools: list[dict[str, Any]] = [
            {"provider": "weft", "tool": "http_request", "arguments": [url]},
            {"provider": "weft", "tool": "run_python", "arguments": []},
        ]
        if self.chance.random() < 0.5:
            rows = [("app", "constant", self.app), ("at", "template", _inner(level.place, name, "3"))]
            arguments = [{"name": key, "mode": mode, "value": value} for key, mode, value in rows]
            tools.append({"provider": "weft", "tool": "run_workflow", "arguments": arguments})
        config = {"model": MODEL, "instruction": "work", "query": f"{name} {level.place}", "tools": tools}
        return node(name, "agent", config)

    def iteration(self, name: str, level: Level) -> dict[str, Any]:
        parallel = self.chance.randint(1, 3)
        mode = self.chance.choice(["stop", "null", "drop"] if parallel == 1 else ["null", "drop"])
        made = node(name, "iteration", {"items": ["n0", "items"], "parallel": parallel, "on_error": mode})
        if mode == "stop":
            made["policy"] = {"on_error": "default", "default_outputs": {"output": []}}
            if self.chance.random() < 0.4:
                made["policy"]["retry"] = {"max": 1, "interval_ms": 100}
        inner = Level(
            name, _inner(level.place, name, f"{{{{#{name}.index#}}}}"), level.depth + 1, level.loops,
            level.speaks, level.retried or "retry" in made.get("policy", {}), [f"{name}:body"],
        )  # fmt: skip
        refuses = self.chance.random() < 0.4
        # How far a frame that fails has spoken would be a matter of time.
        inner.speaks = inner.speaks or refuses
        drawn = self.body(inner, self.chance.randint(1, 3))
        level.speaks = level.speaks or (inner.speaks and not refuses)
        if refuses:
            drawn.append(self.refusing(inner))
        shown = [each for each in drawn if each["kind"] in OUTPUT]
        chosen = self.chance.choice(shown) if shown else None
        made["config"]["output"] = [chosen["id"], OUTPUT[chosen["kind"]]] if chosen else [name, "index"]
        return made

    def refusing(self, level: Level) -> dict[str, Any]:
        """A model, alone at the end of a body, that refuses one of the items; nobody takes that."""
        ends = [end for each in self.nodes if each.get("parent") == level.parent for end in _exits(each)]
        name = f"n{len(self.nodes) + 1}"
        text = f"{name} {{{{#{level.parent}.item#}}}}"
        made = {
            **node(name, "llm", {"model": MODEL, "prompt": [{"role": "user", "text": text}]}),
            "parent": level.parent,
        }
        self.nodes.append(made)
        self.edges += [f"{end}>{name}" for end in ends]
        return made

    def loop(self, name: str, level: Level) -> dict[str, Any]:
        made = node(name, "loop", {"max_rounds": self.chance.randint(1, 3)})
        made["config"]["variables"] = [
            {"name": variable, "type": "number", "source": "constant", "value": 0} for variable in ("n", "m")
        ]
        if self.chance.random() < 0.5:
            condition = {"selector": [name, "n"], "operator": "≥", "value": "2"}
            made["config"]["break"] = {"logical": "and", "conditions": [condition]}
        inner = Level(
            name, _inner(level.place, name, f"{{{{#{name}.n#}}}}"), level.depth + 1, (*level.loops, name),
            level.speaks, level.retried, [f"{name}:body"],
        )  # fmt: skip
        drawn = self.body(inner, self.chance.randint(1, 2))
        level.speaks = level.speaks or inner.speaks
        # The rounds are told apart by the loop's variable, which this node counts up when all else is done.
        count = {"target": [name, "n"], "operation": "+=", "source": "constant", "value": 1}
        last = {**node(f"n{len(self.nodes) + 1}", "assigner", {"items": [count]}), "parent": name}
        self.nodes.append(last)
        self.edges += [f"{end}>{last['id']}" for each in drawn for end in _exits(each)]
        return made

    def batched(self, made: dict[str, Any]) -> dict[str, Any]:
        """Run for each item, now and then."""
        if self.chance.random() >= 0.25:
            return made
        mode, parallel = self.chance.choice(["null", "drop"]), self.chance.randint(1, 2)
        if made["kind"] == "llm":
            made["config"]["prompt"][0]["text"] += f" {{{{#{made['id']}.item#}}}}"
        return {**made, "policy": {"batch": {"items": ["n0", "items"], "parallel": parallel, "on_error": mode}}}

    def output_of(self, name: str) -> str | None:
        return next((OUTPUT.get(each["kind"]) for each in self.nodes if each.get("id") == name), None)

    def url(self, room: str, name: str, level: Level) -> str:
        return f"{self.world}/{room}/{name}/{level.place}?run={{{{#sys.run_id#}}}}"


def _inner(place: str, container: str, index: str) -> str:
    """The path of a container's frame, as the log writes it."""
    return f"{place}/{container}:{index}" if place else f"{container}:{index}"


def _policy(handled: str) -> dict[str, Any]:
    outputs = {"body": "none", "text": "none"} if handled == "default" else {}
    return {} if handled == "fail" else {"on_error": handled, "default_outputs": outputs}


def _exits(source: dict[str, Any]) -> list[str]:
    """What edges may leave by."""
    name = source["id"]
    if source["kind"] == "if-else":
        return [f"{name}:true", f"{name}:false"]
    if source["kind"] == "human-input":
        return [f"{name}:yes", f"{name}:no"]
    return [name, f"{name}:fail-branch"] if source.get("policy", {}).get("on_error") == "branch" else [name]
