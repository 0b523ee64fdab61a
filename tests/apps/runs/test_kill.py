"""The promise itself: a worker is killed again and again in the middle of real runs, and nobody can tell from what
they gave.

Fifty runs of three apps, and ten that do something which must not happen twice, while readers follow every one of them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pytest_django import DjangoDbBlocker

from apps.runs import selectors, services
from apps.runs.models import Run
from apps.runs.streams import tail_run
from apps.studio.graphs import document, edge, edges, node
from apps.studio.models import App
from tests.apps.runs.graphs import make_app, queue_run
from tests.apps.runs.worker import Worker
from tests.factories import make_provider, make_workspace
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync

N_RUNS, N_ONCE, N_KILLS, N_INPUTS = 50, 10, 5, 5
TERMINAL = ("run_finished", "run_failed", "run_stopped")


class Letterbox:
    """Counts the letters it gets; each must come at most once."""

    def __init__(self) -> None:
        self.letters: Counter[str] = Counter()
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        letter = await request.text()
        self.letters[letter] += 1
        await asyncio.sleep(0.05)
        return web.json_response({"got": letter})


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    box, loop = Letterbox(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/letters", box.take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        box.url = f"http://127.0.0.1:{runner.addresses[0][1]}/letters"
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    yield box
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def _llm(node_id: str, text: str, at: tuple[int, int]) -> Any:
    model = {"provider": "acme", "name": "fake-chat", "params": {}}
    return node(node_id, "llm", node_id, {"model": model, "prompt": [{"role": "user", "text": text}]}, at=at)


def _chat() -> dict[str, Any]:
    """Two models one after the other, both streamed into the answer."""
    nodes = [
        node("start", "start", "Start", {"variables": []}, at=(0, 0)),
        _llm("first", "first {{#sys.query#}}", (1, 0)),
        _llm("second", "second {{#first.text#}}", (2, 0)),
        node("answer", "answer", "Reply", {"answer": "1: {{#first.text#}} 2: {{#second.text#}}."}, at=(3, 0)),
    ]
    return document("chat", nodes, edges("start", "first", "second", "answer"))


def _parallel() -> dict[str, Any]:
    """Two models side by side, joined by a code node."""
    text = {"name": "text", "type": "text", "required": True}
    rows = [{"name": "a", "selector": ["left", "text"]}, {"name": "b", "selector": ["right", "text"]}]
    code = {
        "code": "def main(a, b):\n    return {'n': len(a) + len(b), 'both': a + '|' + b}",
        "inputs": rows,
        "outputs": {"n": {"type": "number"}, "both": {"type": "string"}},
    }
    outputs = [{"name": "n", "selector": ["join", "n"]}, {"name": "both", "selector": ["join", "both"]}]
    nodes = [
        node("start", "start", "Start", {"variables": [text]}, at=(0, 0)),
        _llm("left", "left {{#start.text#}}", (1, 0)),
        _llm("right", "right {{#start.text#}}", (1, 1)),
        node("join", "code", "Join", code, at=(2, 0)),
        node("end", "end", "End", {"outputs": outputs}, at=(3, 0)),
    ]
    paths = [*edges("start", "left", "join", "end"), *edges("start", "right", "join")]
    return document("workflow", nodes, paths)


def _branching() -> dict[str, Any]:
    """A condition, a model on one way, a template on the other."""
    text = {"name": "text", "type": "text", "required": True}
    asked = {"selector": ["start", "text"], "operator": "contains", "value": "0"}
    nodes = [
        node("start", "start", "Start", {"variables": [text]}, at=(0, 0)),
        _llm("think", "think {{#start.text#}}", (1, 0)),
        node("which", "if-else", "Which", {"cases": [{"id": "true", "conditions": [asked]}]}, at=(2, 0)),
        _llm("yes", "yes {{#think.text#}}", (3, 0)),
        node("no", "template-transform", "No", {"template": "no"}, at=(3, 1)),
        node("one", "variable-aggregator", "One", {"selectors": [["yes", "text"], ["no", "output"]]}, at=(4, 0)),
        node("end", "end", "End", {"outputs": [{"name": "one", "selector": ["one", "output"]}]}, at=(5, 0)),
    ]
    paths = [edge("start", "think"), edge("think", "which"), edge("which", "yes", "true"), edge("which", "no", "false")]
    return document("workflow", nodes, [*paths, edge("yes", "one"), edge("no", "one"), edge("one", "end")])


def _posting(url: str) -> dict[str, Any]:
    """A model, then a letter that must be sent at most once, then a model again."""
    text = {"name": "text", "type": "text", "required": True}
    post = {"method": "POST", "url": url, "body": {"type": "raw-text", "text": "{{#start.text#}}"}}
    nodes = [
        node("start", "start", "Start", {"variables": [text]}, at=(0, 0)),
        _llm("write", "write {{#start.text#}}", (1, 0)),
        node("post", "http-request", "Post", post, at=(2, 0)),
        _llm("after", "after {{#post.body#}}", (3, 0)),
        node("end", "end", "End", {"outputs": [{"name": "after", "selector": ["after", "text"]}]}, at=(4, 0)),
    ]
    return document("workflow", nodes, edges("start", "write", "post", "after", "end"))


def _queue(apps: list[App], i: int) -> Run:
    app, text = apps[i % len(apps)], f"input {i % N_INPUTS}"
    return queue_run(app, query=text) if app.mode == "chat" else queue_run(app, text=text)


def _gave(run: Run) -> tuple[Any, ...]:
    """What a run is to the outside."""
    run.refresh_from_db()
    return run.status, run.outputs, run.answer, run.error


def _wait(runs: list[Run], timeout_s: float = 60) -> None:
    waiting = {run.id for run in runs}

    def ended() -> bool:
        time.sleep(0.25)
        services.sweep()  # as a scheduler does, only more often
        return not Run.objects.filter(id__in=waiting, finished_at=None).exists()

    until_sync(ended, timeout_s)


class Readers:
    """Follow every run from its first event to its last, on a loop of their own, as browsers do."""

    def __init__(self, runs: list[Run]) -> None:
        self.seen: dict[str, list[dict[str, Any]]] = {str(run.id): [] for run in runs}
        self._thread = threading.Thread(target=lambda: asyncio.run(self._follow_all()))
        self._thread.start()

    def join(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive(), "a reader never saw its run's end"

    async def _follow_all(self) -> None:
        await asyncio.gather(*(self._follow(run_id) for run_id in self.seen))

    async def _follow(self, run_id: str) -> None:
        async for event in tail_run(run_id):
            self.seen[run_id].append(event)


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lose_nothing_and_repeat_nothing(
    server: FakeOpenAI, letterbox: Letterbox, clean_redis: str, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    server.mode, server.pause_s = "slow", 0.02
    server.reply = lambda body: [f"{word} " for word in body["messages"][-1]["content"].split()] * 4
    workspace = make_workspace()
    make_provider(workspace, server.base_url)
    apps = [make_app(workspace, graph) for graph in (_chat(), _parallel(), _branching())]
    posting = make_app(workspace, _posting(letterbox.url))
    worker = Worker(tmp_path / "worker.log", WEFT_RUN_LEASE_S="1", WEFT_EGRESS_ALLOW="127.0.0.1")
    worker.start()
    try:
        undisturbed = [_queue(apps, i) for i in range(len(apps) * N_INPUTS)]
        undisturbed_post = queue_run(posting, text="a letter")
        _wait([*undisturbed, undisturbed_post])
        wanted = [_gave(run) for run in undisturbed]
        assert {status for status, *_ in [*wanted, _gave(undisturbed_post)]} == {"finished"}
        server.pause_s = 0.08

        runs = [_queue(apps, i) for i in range(N_RUNS)]
        posts = [queue_run(posting, text=f"letter {i}") for i in range(N_ONCE)]
        readers = Readers([*runs, *posts])
        for _ in range(N_KILLS):
            carried = Run.objects.filter(
                id__in=[run.id for run in runs], status="running", lease_expires_at__isnull=False
            )
            until_sync(lambda carried=carried: carried.filter(events__type="node_finished").count() >= 5, 20)
            worker.kill()
            assert carried.count() >= 5, "the worker was to be killed in the middle of runs"
            worker.start()
        _wait([*runs, *posts])
        readers.join()
    finally:
        worker.kill()

    assert [_gave(run) for run in runs] == [wanted[i % len(wanted)] for i in range(N_RUNS)]
    assert max(run.fence for run in runs) > 1
    for run in [*runs, *posts]:
        log = selectors.log_of(run)
        assert readers.seen[str(run.id)] == log
        assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
        assert [event["type"] for event in log if event["type"] in TERMINAL] == [log[-1]["type"]]
        assert _streamed(log) == log[-1]["answer"]
    _check_letters(posts, undisturbed_post, letterbox)


def _streamed(log: list[dict[str, Any]]) -> str:
    """What a chat window shows at the end."""
    answer = ""
    for event in log:
        if event["type"] == "answer_delta":
            answer += event["text"]
        elif event["type"] == "answer_reset":
            answer = event["text"]
    return answer


def _check_letters(posts: list[Run], undisturbed: Run, letterbox: Letterbox) -> None:
    """A letter whose fate is unknown is never sent again; the run says so.

    Every other one ends like the undisturbed.
    """
    for i, run in enumerate(posts):
        status, outputs, _, error = _gave(run)
        assert letterbox.letters[f"letter {i}"] <= 1
        if status == "failed":
            assert error is not None
            assert error["code"] == "outcome_unknown"
        else:
            assert letterbox.letters[f"letter {i}"] == 1
            assert outputs == {"after": undisturbed.outputs["after"].replace("a letter", f"letter {i}")}
