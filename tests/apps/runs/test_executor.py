"""A run from its queue to its end, on a real executor."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.runs import hooks, leases, selectors, services
from apps.runs.executor import Executor, Full
from apps.runs.models import Run, RunEvent
from apps.studio.models import App
from tests.apps.runs.graphs import chat_document, echo_document, make_app, queue_run
from tests.factories import make_workspace
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.events import connection, keys, runlog


def _ended(run: Run) -> Run:
    """The run once nothing is owed to it."""
    until_sync(lambda: Run.objects.get(id=run.id).lease_expires_at is None and Run.objects.get(id=run.id).finished_at)
    return Run.objects.get(id=run.id)


def _types(run: Run) -> list[str]:
    return [event["type"] for event in selectors.log_of(run)]


def test_a_workflow_runs_to_its_end_and_its_log_is_in_both_places(executor: Executor) -> None:
    run = queue_run(make_app(make_workspace(), echo_document()), text="hello")

    assert executor.take(str(run.id))

    ended = _ended(run)
    assert (ended.status, ended.outputs, ended.error, ended.fence) == ("finished", {"result": "HELLO"}, None, 1)
    assert _types(run)[0] == "run_started"
    assert _types(run)[-1] == "run_finished"
    stored = list(RunEvent.objects.filter(run=run).order_by("seq").values_list("seq", "payload"))
    until_sync(lambda: len(runlog.read(str(run.id))) == len(stored))
    assert [(entry.seq, entry.data.decode()) for entry in runlog.read(str(run.id))] == stored
    assert [seq for seq, _ in stored] == list(range(1, ended.last_seq + 1))


def test_a_chat_streams_its_answer(executor: Executor, chat_app: App) -> None:
    run = queue_run(chat_app, query="Hi")

    executor.take(str(run.id))

    ended = _ended(run)
    deltas = [event["text"] for event in selectors.log_of(run) if event["type"] == "answer_delta"]
    assert (ended.status, ended.answer) == ("finished", "Well: Hello, world.")
    assert "".join(deltas) == ended.answer
    assert ended.usage == {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11, "cost": 0.0}


def test_a_doubled_message_goes_away(executor: Executor, chat_app: App, server: FakeOpenAI) -> None:
    server.mode = "slow"
    run = queue_run(chat_app, query="Hi")

    taken = [executor.take(str(run.id)) for _ in range(3)]

    assert taken == [True, False, False]
    assert _ended(run).status == "finished"
    assert executor.take(str(run.id)) is False
    assert len(server.requests) == 1


def test_a_failing_model_fails_the_run_with_its_reason(executor: Executor, chat_app: App, server: FakeOpenAI) -> None:
    server.mode = "unauthorized"
    run = queue_run(chat_app, query="Hi")

    executor.take(str(run.id))

    ended = _ended(run)
    assert (ended.status, ended.error["code"], ended.error["node_id"]) == ("failed", "model_auth_failed", "llm")


def test_a_draft_that_does_not_compile_fails_with_its_faults(executor: Executor) -> None:
    graph = chat_document()
    graph["nodes"][1]["kind"] = "no-such-kind"
    run = queue_run(make_app(make_workspace(), graph))

    executor.take(str(run.id))

    ended = _ended(run)
    assert (ended.status, ended.error["code"]) == ("failed", "definition_invalid")
    assert "no-such-kind" in ended.error["message"]
    assert _types(run) == ["run_failed"]


def test_stop_aborts_a_hanging_model_within_a_second_and_keeps_the_answer_so_far(
    executor: Executor, chat_app: App, server: FakeOpenAI
) -> None:
    server.mode = "hang_mid_stream"
    run = queue_run(chat_app, query="Hi")
    executor.take(str(run.id))
    until_sync(lambda: any(b"Hello" in entry.data for entry in runlog.read(str(run.id))))

    services.stop_run(run.id)

    until_sync(lambda: server.aborted == 1, timeout_s=1)
    until_sync(lambda: Run.objects.get(id=run.id).finished_at, timeout_s=1)
    ended = _ended(run)
    assert (ended.status, ended.answer) == ("stopped", "Well: Hello, ")
    assert _types(run)[-1] == "run_stopped"


@pytest.mark.parametrize("nonsense", [b"{", b"[1]", b'{"op":"stop"}', b'{"run_id":[1]}', b"\xff"])
def test_a_command_that_cannot_be_read_is_passed_over(
    executor: Executor, chat_app: App, server: FakeOpenAI, nonsense: bytes
) -> None:
    server.mode = "hang_mid_stream"
    run = queue_run(chat_app, query="Hi")
    executor.take(str(run.id))
    until_sync(lambda: any(b"Hello" in entry.data for entry in runlog.read(str(run.id))))

    connection.client().xadd(keys.topic("runs"), {"e": nonsense})
    services.stop_run(run.id)

    until_sync(lambda: Run.objects.get(id=run.id).finished_at, timeout_s=1)
    assert _ended(run).status == "stopped"


def test_a_queued_run_stops_without_a_worker(chat_app: App) -> None:
    run = queue_run(chat_app, query="Hi")

    services.stop_run(run.id)
    services.stop_run(run.id)

    stopped = Run.objects.get(id=run.id)
    assert (stopped.status, stopped.lease_expires_at, stopped.last_seq) == ("stopped", None, 1)
    assert _types(run) == ["run_stopped"]
    assert [entry.seq for entry in runlog.read(str(run.id))] == [1]
    assert leases.acquire(str(run.id)) is None


@pytest.mark.parametrize("fault", [RuntimeError("a hook's own fault"), KeyboardInterrupt()])
def test_hooks_that_missed_the_end_of_a_run_without_a_worker_are_called_again(
    executor: Executor, chat_app: App, monkeypatch: pytest.MonkeyPatch, settings: Any, fault: BaseException
) -> None:
    settings.RUN_LEASE_S = 0.3
    calls: list[str] = []

    def hook(run: Run) -> None:
        calls.append(run.status)
        if len(calls) == 1:
            raise fault

    monkeypatch.setattr("apps.runs.outcome.run_ended", [hook])
    run = queue_run(chat_app, query="Hi")
    with contextlib.suppress(KeyboardInterrupt):  # stands for a process that dies after the commit
        services.stop_run(run.id)
    assert (Run.objects.get(id=run.id).status, calls) == ("stopped", ["stopped"])

    until_sync(lambda: leases.sweep(redispatch_s=60) == [str(run.id)])
    executor.take(str(run.id))

    _ended(run)
    assert calls == ["stopped", "stopped"]
    assert _types(run) == ["run_stopped"]


def test_hooks_have_run_before_readers_see_the_end(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, list[int]]] = []

    def hook(run: Run) -> None:
        seen.append(
            (str(run.id), run.status, [entry.seq for entry in runlog.read(str(run.id)) if b"run_fin" in entry.data])
        )

    monkeypatch.setattr(hooks, "run_ended", [hook])
    monkeypatch.setattr("apps.runs.outcome.run_ended", [hook])
    run = queue_run(make_app(make_workspace(), echo_document()), text="a", conversation_id=uuid4())

    executor.take(str(run.id))

    _ended(run)
    assert seen == [(str(run.id), "finished", [])]


def test_a_failing_hook_is_tried_again_by_the_sweep(
    executor: Executor, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.RUN_LEASE_S = 0.3
    calls: list[str] = []

    def hook(run: Run) -> None:
        calls.append(run.status)
        if len(calls) == 1:
            raise RuntimeError("the first time fails")

    monkeypatch.setattr("apps.runs.outcome.run_ended", [hook])
    run = queue_run(make_app(make_workspace(), echo_document()), text="a", conversation_id=uuid4())
    executor.take(str(run.id))
    until_sync(lambda: calls == ["finished"])

    until_sync(lambda: leases.sweep(redispatch_s=0) == [str(run.id)])
    executor.take(str(run.id))

    _ended(run)
    assert calls == ["finished", "finished"]
    assert _types(run).count("run_finished") == 1


def test_a_leaving_worker_hands_its_runs_on_at_once(executor: Executor, chat_app: App, server: FakeOpenAI) -> None:
    server.mode = "hang_mid_stream"
    run = queue_run(chat_app, query="Hi")
    executor.take(str(run.id))
    until_sync(lambda: any(b"Hello" in entry.data for entry in runlog.read(str(run.id))))
    left = executor.stop(grace_s=0)
    server.mode = "stream"

    assert left == [str(run.id)]
    with pytest.raises(Full):
        executor.take(str(run.id))
    assert leases.sweep(redispatch_s=60) == [str(run.id)]
    successor = Executor()
    successor.start()
    successor.take(str(run.id))
    ended = _ended(run)
    successor.stop()

    assert (ended.status, ended.answer, ended.fence) == ("finished", "Well: Hello, world.", 2)
    deltas = [event["text"] for event in selectors.log_of(run) if event["type"] == "answer_delta"]
    assert "".join(deltas) == ended.answer


def test_a_full_process_takes_no_more(
    chat_app: App, server: FakeOpenAI, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUNS_PER_PROCESS = 1
    monkeypatch.setattr("apps.runs.executor.PLACE_WAIT_S", 0.05)
    server.mode = "hang_mid_stream"
    executor = Executor()
    executor.start()
    runs = [queue_run(chat_app, query="Hi") for _ in range(2)]
    executor.take(str(runs[0].id))

    with pytest.raises(Full):
        executor.take(str(runs[1].id))

    assert Run.objects.get(id=runs[1].id).status == "queued"
    services.stop_run(runs[0].id)
    _ended(runs[0])
    until_sync(lambda: executor.n_carried == 0)
    assert executor.take(str(runs[1].id))
    executor.stop(grace_s=0)


def test_a_run_that_is_handed_on_for_ever_is_failed(executor: Executor, chat_app: App, server: FakeOpenAI) -> None:
    server.mode = "hang_mid_stream"
    run = queue_run(chat_app, query="Hi")
    Run.objects.filter(id=run.id).update(fence=leases.MAX_TRIES)

    executor.take(str(run.id))

    ended = _ended(run)
    assert (ended.status, ended.error["code"]) == ("failed", "run_abandoned")
    assert server.requests == []


def test_a_graph_that_cannot_be_made_ready_fails_the_run_at_once(
    executor: Executor, chat_app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RecursionError("maximum recursion depth exceeded")

    monkeypatch.setattr("apps.runs.briefs.plan_for", broken)
    run = queue_run(chat_app, query="Hi")

    executor.take(str(run.id))

    ended = _ended(run)
    reason = "RecursionError: maximum recursion depth exceeded"
    assert (ended.status, ended.fence, ended.error["code"]) == ("failed", 1, "plan_failed")
    assert ended.error["message"] == f"The graph could not be made ready to run. {reason}"
    assert _types(run) == ["run_failed"]


def test_a_run_whose_start_fails_again_and_again_is_failed(
    executor: Executor, chat_app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise OSError("out of files")

    monkeypatch.setattr("apps.runs.carry.load", broken)
    run = queue_run(chat_app, query="Hi")
    executor.take(str(run.id))
    until_sync(lambda: executor.n_carried == 0)
    assert Run.objects.get(id=run.id).finished_at is None

    passed = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(id=run.id).update(fence=leases.MAX_TRIES, lease_expires_at=passed)
    executor.take(str(run.id))

    ended = _ended(run)
    assert (ended.status, ended.error["code"]) == ("failed", "run_abandoned")


def test_a_run_whose_log_cannot_be_read_is_failed_after_its_last_event(executor: Executor, chat_app: App) -> None:
    run = queue_run(chat_app, query="Hi")
    Run.objects.filter(id=run.id).update(fence=leases.MAX_TRIES)
    RunEvent.objects.create(run=run, seq=1, type="run_started", payload='{"type": "of another time"}')

    executor.take(str(run.id))

    ended = _ended(run)
    assert (ended.status, ended.error["code"], ended.last_seq) == ("failed", "run_abandoned", 2)
    assert ended.error["message"].startswith("The run's log cannot be read: ")


def test_an_ended_runs_stream_leaves_redis(executor: Executor, settings: Any) -> None:
    settings.RUN_STREAM_TTL_S = 5
    run = queue_run(make_app(make_workspace(), echo_document()), text="a")

    executor.take(str(run.id))

    _ended(run)
    until_sync(lambda: 0 < connection.client().ttl(keys.run_stream(str(run.id))) <= 5)
