"""No kind of long work has all threads of the index worker, and what finds no thread is done by those at work."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from apps.knowledge import ingestion, moving, scheduling, slots, tasks
from apps.knowledge.slots import Slots
from tests.waiting import until_sync
from weft.services.celery import INDEX_THREADS

ROOT = Path(__file__).resolve().parents[3]


def test_what_finds_no_slot_is_done_by_the_one_at_work() -> None:
    single, done = Slots(1), list[str]()

    def long() -> None:
        done.append("long")
        # calls that come meanwhile return at once; what is left twice is done once
        single.run("a", lambda: done.append("a"))
        single.run("a", lambda: done.append("a again"))
        single.run("b", lambda: done.append("b"), later=lambda: done.append("b later"))
        assert done == ["long"]

    single.run("long", long)
    assert done == ["long", "a", "b later"]
    single.run("c", lambda: done.append("c"))
    assert done[-1] == "c"


def test_work_that_fails_gives_its_slot_back() -> None:
    single, done = Slots(1), list[str]()
    with pytest.raises(ZeroDivisionError):
        single.run("bad", lambda: 1 // 0)
    single.run("good", lambda: done.append("good"))
    assert done == ["good"]


def test_a_backlog_of_documents_leaves_threads_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thread but one would take documents; only two do, and a move runs beside them."""
    let_go, begun = threading.Event(), threading.Semaphore(0)
    waiting = [uuid4() for _ in range(9)]
    taken: list[object] = []

    def ingest(document_id: object, **_: object) -> bool:
        begun.release()
        assert let_go.wait(20)
        taken.append(document_id)
        return True

    monkeypatch.setattr(scheduling, "next_documents", lambda *_: [waiting.pop()] if waiting else [])
    monkeypatch.setattr(ingestion, "ingest", ingest)
    moved: list[object] = []
    monkeypatch.setattr(moving, "run", lambda dataset_id: moved.append(dataset_id))
    threads = [threading.Thread(target=tasks.ingest_waiting) for _ in range(INDEX_THREADS - 1)]
    for thread in threads:
        thread.start()
    for _ in range(slots.DOCUMENTS.count):
        assert begun.acquire(timeout=20)
    # those at work stay until they are let go; the others end without being told to
    until_sync(lambda: sum(thread.is_alive() for thread in threads) == slots.DOCUMENTS.count)

    dataset_id = uuid4()
    tasks.move_vectors(str(dataset_id))
    let_go.set()
    for thread in threads:
        thread.join(20)

    assert moved == [dataset_id]
    assert len(set(taken)) == 9


def test_the_worker_has_a_thread_for_upkeep() -> None:
    assert sum(each.count for each in slots.ALL) < INDEX_THREADS
    compose = (ROOT / "docker-compose.yml").read_text()
    given = re.search(r'"index", "--pool", "threads", "--concurrency", "(\d+)"', compose)
    assert given is not None
    assert int(given[1]) == INDEX_THREADS
