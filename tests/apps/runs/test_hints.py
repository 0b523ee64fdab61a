"""What the built-in server is told of a run's workflow, and that nobody else is told anything."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from apps.providers.catalogue import QUOTES
from apps.runs import timings
from apps.runs.executor import Executor
from apps.runs.hints import MAX_KEY_CHARS, RunFacts, Timings, gang_of, place_of, remaining_ms, workflow_of
from apps.runs.models import Run, Source
from apps.runs.services import start_run
from apps.runs.timings import Done, Entry, timings_in
from apps.studio.graphs import document, edge, edges, node
from apps.studio.publication import publish
from tests.apps.runs.graphs import chat_document, make_app
from tests.factories import make_actor, make_provider
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from workflows import Plan, compile, load
from workflows.ports import ChatRequest, Message

SHOUT = {"template": "x", "inputs": []}


def _plan(nodes: list[Any], paths: list[dict[str, Any]]) -> Plan:
    return compile(load(document("workflow", nodes, paths)))


def _template(node_id: str) -> Any:
    return node(node_id, "template-transform", node_id, SHOUT, at=(0, 0))


def _inside(placed: Any, parent: str) -> Any:
    return placed._replace(node={**placed.node, "parent": parent})


@pytest.fixture(scope="module")
def plan() -> Plan:
    """start, then `left` and `right` at once, then `each` (3 rounds at once of `first`, `then`), then `last`, end."""
    each = {"items": ["start", "rows"], "output": ["then", "output"], "parallel": 3}
    outputs = {"outputs": [{"name": "result", "selector": ["last", "output"]}]}
    nodes = [
        node("start", "start", "Start", {"variables": [{"name": "rows", "type": "json"}]}, at=(0, 0)),
        _template("left"),
        _template("right"),
        node("each", "iteration", "Each", each, at=(0, 0)),
        _inside(_template("first"), "each"),
        _inside(_template("then"), "each"),
        _template("last"),
        node("end", "end", "End", outputs, at=(0, 0)),
    ]
    paths = [edge("start", "left"), edge("start", "right"), edge("left", "each"), edge("right", "each")]
    body = [edge("each", "first", "body"), edge("first", "then")]
    return _plan(nodes, [*paths, *body, *edges("each", "last", "end")])


TOOK = {"left": 10.0, "right": 20.0, "each": 100.0, "each/first": 3.0, "each/then": 7.0, "last": 1.0}


def test_places_are_the_same_in_every_round() -> None:
    assert (place_of("", "llm"), place_of("each:3/again:0", "llm")) == ("llm", "each/again/llm")


def test_what_remains_is_the_longest_way_to_the_end(plan: Plan) -> None:
    asked = [("", "start"), ("", "left"), ("", "each"), ("each:0", "first"), ("each:2", "then"), ("", "end")]

    assert [remaining_ms(plan, frame, node_id, TOOK) for frame, node_id in asked] == [121, 101, 1, 8, 1, 0]
    assert remaining_ms(plan, "", "start", {}) == 0
    assert remaining_ms(plan, "gone:0/deeper:1", "nobody", TOOK) == 0


def test_siblings_of_a_fork_and_rounds_at_once_are_gangs(plan: Plan) -> None:
    asked = [("", "left"), ("", "right"), ("", "each"), ("each:0", "first"), ("each:2", "then"), ("", "last")]

    gangs = [gang_of(plan, frame, node_id) for frame, node_id in asked]

    assert gangs == ["start.source", "start.source", "", "each", "each", ""]


def test_branches_of_a_choice_are_no_gang() -> None:
    rule = {"selector": ["start", "text"], "operator": "is", "value": "a"}
    cases = {"cases": [{"id": "yes", "conditions": [rule]}]}
    nodes = [
        node("start", "start", "Start", {"variables": [{"name": "text", "type": "text"}]}, at=(0, 0)),
        node("choice", "if-else", "Choice", cases, at=(0, 0)),
        _template("one"),
        _template("two"),
        node("end", "end", "End", {"outputs": []}, at=(0, 0)),
    ]
    ways = [edge("choice", "one", "yes"), edge("choice", "two", "false"), edge("one", "end"), edge("two", "end")]
    plan = _plan(nodes, [edge("start", "choice"), *ways])

    assert [gang_of(plan, "", name) for name in ("one", "two")] == ["", ""]


def _ask(frame: str = "", node_id: str = "left") -> ChatRequest:
    message = [Message("user", "Hi")]
    return ChatRequest(provider="weft", model="m", messages=message, node_id=node_id, frame=frame)


def test_a_whole_hint(plan: Plan) -> None:
    facts = RunFacts("run-1", "app:v", in_background=True, wall_s=60.0, plan=plan)

    assert workflow_of(facts, _ask(), Timings(TOOK, {"left": 400.0}), 2.5) == {
        "run_id": "run-1",
        "node_key": "app:v:left",
        "class": "batch",
        "deadline_ms": 57_500.0,
        "run_age_ms": 2500.0,
        "remaining_ms": 101.0,
        "gang": "start.source",
        "hold_ms": 400.0,
    }


def test_a_run_without_a_limit_has_no_deadline_and_no_time_is_below_zero(plan: Plan) -> None:
    unlimited = RunFacts("run-1", "app:v", in_background=False, wall_s=None, plan=plan)
    late = RunFacts("run-1", "app:v", in_background=False, wall_s=1.0, plan=plan)

    first = workflow_of(unlimited, _ask(node_id="last"), Timings(), 1.0)

    assert first == {
        "run_id": "run-1",
        "node_key": "app:v:last",
        "class": "interactive",
        "run_age_ms": 1000.0,
        "remaining_ms": 0.0,
        "gang": "",
        "hold_ms": 0.0,
    }
    assert workflow_of(late, _ask(), Timings(), 9.0)["deadline_ms"] == 0.0


def test_long_names_stay_different_and_within_what_the_server_takes(plan: Plan) -> None:
    facts = RunFacts("run-1", "app:v", in_background=False, wall_s=None, plan=plan)

    keys = [workflow_of(facts, _ask(node_id="n" * 400 + end), Timings(), 0.0)["node_key"] for end in "ab"]

    assert [len(key) for key in keys] == [MAX_KEY_CHARS, MAX_KEY_CHARS]
    assert keys[0] != keys[1]


def test_medians_and_pauses_of_a_history() -> None:
    run_id, other = uuid4(), uuid4()

    def end(run: UUID, node_id: str, took: float, frame: str = "") -> Entry:
        return Entry(run, "node_finished", Done(node_id, took, frame))

    def step(kind: str, took: float) -> Entry:
        return Entry(run_id, "node_step", Done("agent", took, kind=kind))

    talk = [step("model", 9), step("tool", 5), step("tool", 30), step("model", 9), step("tool", 10), step("model", 9)]
    unanswered = [step("tool", 999)]
    entries = [end(run_id, "llm", 1, "each:0"), end(run_id, "llm", 9, "each:1"), end(other, "llm", 2, "each:0")]

    assert timings_in([*entries, *talk, *unanswered]) == Timings({"each/llm": 2.0}, {"agent": 30.0})
    assert timings_in([]) == Timings()


@pytest.fixture
def builtin(server: FakeOpenAI, settings: Settings) -> FakeOpenAI:
    """The scripted server in the built-in one's place."""
    settings.INFERENCE_URL = server.base_url.removesuffix("/v1")
    settings.INFERENCE_TOKEN = "sk-right"
    return server


def _chat(provider: str) -> dict[str, Any]:
    graph = chat_document()
    for each in graph["nodes"]:
        if each["kind"] == "llm":
            each["config"]["model"]["provider"] = provider
    return graph


def _carry(executor: Executor, run: Run) -> None:
    executor.take(str(run.id))
    until_sync(lambda: Run.objects.filter(id=run.id, finished_at__isnull=False, lease_expires_at=None).exists())
    run.refresh_from_db()
    assert run.status == "finished", run.error


def test_a_run_tells_the_built_in_server(executor: Executor, builtin: FakeOpenAI) -> None:
    actor = make_actor()
    app = make_app(actor.workspace, _chat("weft"), limits={"wall_s": 60})
    version = publish(actor, app)

    for source in (Source.TRIGGER, Source.CHAT):
        _carry(executor, start_run(app, version=version, inputs={"query": "Hi"}, source=source))
    runs = list(Run.objects.order_by("created_at"))
    bodies = builtin.requests
    ages = [body["workflow"].pop("run_age_ms") for body in bodies]
    left = [body["workflow"].pop("deadline_ms") for body in bodies]

    common = {"node_key": f"{app.id}:{version.id}:llm", "remaining_ms": 0.0, "gang": "", "hold_ms": 0.0}
    assert [body["workflow"] for body in bodies] == [
        {"run_id": str(runs[0].id), "class": "batch", **common},
        {"run_id": str(runs[1].id), "class": "interactive", **common},
    ]
    assert [body["cache_salt"] for body in bodies] == [str(app.workspace_id)] * 2
    assert all(0 <= age < 60_000 for age in ages)
    assert left == [60_000 - age for age in ages]


@pytest.mark.parametrize(
    ("provider", "model", "bound"), [("weft", "tiny", True), ("weft", QUOTES, False), ("acme", "tiny", False)]
)
def test_a_classifier_binds_the_built_in_server_to_its_classes(
    executor: Executor, builtin: FakeOpenAI, provider: str, model: str, *, bound: bool
) -> None:
    rows = ['{"category_id": "1", "category_name": "Returns"}', '{"category_id": "2", "category_name": "Returns"}']
    classes = [{"id": each, "name": "Returns"} for each in ("1", "2")]
    chosen = {"provider": provider, "name": model, "params": {}}
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        node("sort", "question-classifier", "Sort", {"model": chosen, "classes": classes}, at=(1, 0)),
        node("answer", "answer", "Reply", {"answer": "{{#sort.class_id#}}"}, at=(2, 0)),
    ]
    graph = document("chat", nodes, [edge("start", "sort"), edge("sort", "answer", "2")])
    actor = make_actor()
    make_provider(actor.workspace, builtin.base_url)
    app = make_app(actor.workspace, graph)
    builtin.reply = lambda body: [rows[1]]

    run = start_run(app, document=graph, inputs={"query": "Hi"}, source=Source.CHAT)
    _carry(executor, run)

    (body,) = builtin.requests
    assert body.get("structured_outputs") == ({"choice": rows} if bound else None)
    assert "options" not in body
    assert run.answer == "2"


def test_another_vendor_is_told_nothing(executor: Executor, server: FakeOpenAI) -> None:
    actor = make_actor()
    make_provider(actor.workspace, server.base_url)
    app = make_app(actor.workspace, _chat("acme"))

    _carry(executor, start_run(app, document=app.draft.document, inputs={"query": "Hi"}, source=Source.API))

    assert server.requests == [
        {
            "model": "fake-chat",
            "messages": [{"role": "user", "content": "Hi"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


def test_history_is_read_from_logs_and_kept(executor: Executor, builtin: FakeOpenAI) -> None:
    app = make_app(make_actor().workspace, _chat("weft"))
    graph = (app.id, None)
    for _ in range(2):
        _carry(executor, start_run(app, document=app.draft.document, inputs={"query": "Hi"}, source=Source.API))

    before = timings.kept(graph)
    read = timings.read(graph)

    assert before == Timings()  # what the first run asked for, when there was no history
    assert (sorted(read.node_ms), read.pause_ms) == (["answer", "llm", "start"], {})
    assert timings.kept(graph) == read


def test_without_a_history_the_model_is_asked_all_the_same(
    executor: Executor, builtin: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(graph: timings.Graph) -> Timings:
        raise ValueError("no log can be read")

    monkeypatch.setattr(timings, "read", fail)
    app = make_app(make_actor().workspace, _chat("weft"))
    run = start_run(app, document=app.draft.document, inputs={"query": "Hi"}, source=Source.API)

    _carry(executor, run)

    assert run.answer == "Well: Hello, world."
    assert run.usage == {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11, "cost": 0.0}
    assert builtin.requests[0]["workflow"]["remaining_ms"] == 0.0
