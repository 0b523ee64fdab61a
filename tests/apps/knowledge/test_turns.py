"""Who is served when: parts shared by workers, short documents before long ones, fair shares, pauses."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from apps.knowledge import index, ingestion, leases, scheduling, services, tasks
from apps.knowledge.ingestion import parsers, reading
from apps.knowledge.models import Chunk, Dataset, Document, DocumentPart, Stage
from apps.knowledge.parser_process import Outline
from apps.knowledge.services import Upload
from apps.knowledge.shapes import document_shape
from tests.cast import Cast
from tests.factories import make_dataset, make_provider
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from workflows.documents.errors import ParseError

BOOK = "\n\n".join(f"# Number {n}\n\nWhat is said under number {n}." for n in range(80)).encode()


def add(cast: Cast, dataset: Dataset, name: str, data: bytes = BOOK) -> Document:
    return services.add_documents(cast.editor, dataset.id, [Upload(name, [data])])[0]


def fresh(document: Document) -> Document:
    return Document.objects.select_related("dataset").get(id=document.id)


@contextmanager
def in_thread(work: Callable[[], object]) -> Iterator[threading.Thread]:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield thread
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def in_four_parts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every file has four parts, which say which part they are. The list has the parts in the order they were read."""
    order: list[int] = []

    def read(document: Document, part: DocumentPart, should_stop: Callable[[], bool]) -> dict[str, object]:
        order.append(part.first)
        blocks = [{"text": f"This is part {part.first} of the file."}]
        return {"blocks": blocks, "warnings": [], "language": "", "title": "", "meta": {}}

    monkeypatch.setattr(parsers, "outline", lambda *_: Outline("page", 4, tuple((n, n) for n in range(1, 5))))
    monkeypatch.setattr(parsers, "read", read)
    return order


def test_parts_are_read_once_and_joined_in_order(
    cast: Cast, dataset: Dataset, in_four_parts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(reading, "send", lambda task, document_id: sent.append(document_id))
    document = add(cast, dataset, "a.pdf", b"x")

    ingestion.ingest(document.id)

    after = fresh(document)
    assert (after.stage, after.page_count, in_four_parts) == (Stage.READY, 4, [1, 2, 3, 4])
    assert after.parsed.text == "\n\n".join(f"This is part {n} of the file." for n in range(1, 5))
    assert sent == [str(document.id)] * reading.MAX_HELPERS
    assert not DocumentPart.objects.exists()


def test_others_help_to_read(cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper reads what the first worker has not begun; the first worker waits for what the helper has in hand."""
    readers: dict[int, str] = {}
    begun, go_on = threading.Event(), threading.Event()

    def read(document: Document, part: DocumentPart, should_stop: Callable[[], bool]) -> dict[str, object]:
        readers[part.first] = threading.current_thread().name
        if part.first == 1:
            begun.set()
            go_on.wait(10)
        return {"blocks": [{"text": f"Part {part.first}."}], "warnings": [], "language": ""}

    monkeypatch.setattr(parsers, "outline", lambda *_: Outline("page", 3, ((1, 1), (2, 2), (3, 3))))
    monkeypatch.setattr(parsers, "read", read)
    document = add(cast, dataset, "a.pdf", b"x")

    with in_thread(lambda: ingestion.ingest(document.id)) as first:
        assert begun.wait(10)
        tasks.read_parts(str(document.id))
        shape = document_shape(fresh(document))
        assert (shape["stage"], shape["done"], shape["total"], shape["stalled"]) == ("parsing", 2, 3, False)
        go_on.set()

    assert readers == {1: first.name, 2: "MainThread", 3: "MainThread"}
    assert (fresh(document).stage, fresh(document).parsed.text) == (Stage.READY, "Part 1.\n\nPart 2.\n\nPart 3.")


@pytest.mark.parametrize(
    ("stage", "fingerprint", "shown"),
    [
        (Stage.PARSING, "", (2, 2, "parts")),
        (Stage.CHUNKING, "", (0, 0, "parts")),
        (Stage.EMBEDDING, "f", (2, 2, "chunks")),
        (Stage.PAUSED, "", (2, 2, "parts")),
    ],
)
def test_counts_are_those_of_the_stage(
    cast: Cast, dataset: Dataset, stage: Stage, fingerprint: str, shown: tuple[int, int, str]
) -> None:
    document = add(cast, dataset, "a.pdf", b"x")
    document.stage, document.fingerprint, document.done, document.total = stage, fingerprint, 2, 2

    shape = document_shape(document)

    assert (shape["done"], shape["total"], shape["counts"]) == shown


def test_a_part_whose_reader_died_is_read_again(cast: Cast, dataset: Dataset, in_four_parts: list[int]) -> None:
    document = add(cast, dataset, "a.pdf", b"x")
    ghost = leases.acquire(document.id)
    assert ghost is not None
    rows = [DocumentPart(document=document, position=n - 1, first=n, last=n) for n in range(1, 5)]
    DocumentPart.objects.bulk_create(rows)
    taken = leases.acquire_part(fresh(document))
    assert taken is not None
    for model in (Document, DocumentPart):
        model.objects.exclude(lease_expires_at=None).update(lease_expires_at=timezone.now() - timedelta(seconds=1))

    ingestion.ingest(document.id)

    assert (fresh(document).stage, in_four_parts) == (Stage.READY, [1, 2, 3, 4])


def test_a_part_that_cannot_be_read_is_a_warning(cast: Cast, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(document: Document, part: DocumentPart, should_stop: Callable[[], bool]) -> dict[str, object]:
        if part.first == 2:
            raise ParseError("parse_failed", "The page is damaged. Save the file anew.")
        return {"blocks": [{"text": f"Part {part.first}."}], "warnings": [], "language": ""}

    monkeypatch.setattr(parsers, "outline", lambda *_: Outline("page", 2, ((1, 1), (2, 2))))
    monkeypatch.setattr(parsers, "read", read)
    document = add(cast, dataset, "a.pdf", b"x")

    ingestion.ingest(document.id)

    message = "Page 2 could not be read. The page is damaged. Save the file anew."
    warning = {"code": "parse_failed", "message": message, "page": 2}
    assert (fresh(document).stage, fresh(document).warnings) == (Stage.READY, [warning])


def test_a_paused_document_waits_and_goes_on(cast: Cast, dataset: Dataset, server: FakeOpenAI) -> None:
    server.mode, server.free_batches = "hang_embeddings", 1
    document = add(cast, dataset, "book.md")

    with in_thread(lambda: ingestion.ingest(document.id)) as thread:
        until_sync(lambda: len(server.embedded) == 2)
        began = time.monotonic()
        asked = services.pause_document(cast.editor, document.id)
        assert document_shape(asked)["stopping"] == "paused"
        thread.join(10)
        took_s = time.monotonic() - began
    paused = fresh(document)
    assert (paused.stage, paused.done, paused.pause_requested, paused.lease_expires_at) == (
        Stage.PAUSED,
        32,
        False,
        None,
    )
    assert took_s < 5
    tasks.ingest_document(str(document.id))
    assert fresh(document).stage == Stage.PAUSED

    server.mode = "stream"
    services.resume_document(cast.editor, document.id)
    tasks.ingest_document(str(document.id))

    assert (fresh(document).stage, [len(batch) for batch in server.embedded]) == (Stage.READY, [32, 32, 32, 16])


def test_who_waits_is_paused_and_cancelled_at_once(cast: Cast, dataset: Dataset) -> None:
    document = add(cast, dataset, "book.md")
    assert services.pause_document(cast.editor, document.id).stage == Stage.PAUSED
    assert services.retry_document(cast.editor, document.id).stage == Stage.PAUSED
    assert services.cancel_document(cast.editor, document.id).stage == Stage.CANCELLED
    assert services.pause_document(cast.editor, document.id).stage == Stage.CANCELLED
    assert services.resume_document(cast.editor, document.id).stage == Stage.QUEUED


def test_a_dead_worker_s_document_is_shown_as_stalled_until_it_is_handed_on(cast: Cast, dataset: Dataset) -> None:
    document = add(cast, dataset, "book.md")
    ago = timezone.now() - timedelta(seconds=1)
    Document.objects.filter(id=document.id).update(stage=Stage.EMBEDDING, lease_expires_at=ago)
    assert document_shape(fresh(document))["stalled"]

    tasks.sweep()

    shape = document_shape(fresh(document))
    assert (shape["stage"], shape["stalled"]) == ("queued", False)


def test_a_long_document_gives_way_to_a_short_one(
    cast: Cast, dataset: Dataset, server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker, in the middle of a long document, when a note comes: the note is ready first."""
    begun, go_on = threading.Event(), threading.Event()
    embed = index.embed

    async def slowly(dataset: Dataset, chunks: Sequence[Chunk]) -> None:
        begun.set()
        await asyncio.to_thread(go_on.wait, 10)
        await embed(dataset, chunks)

    monkeypatch.setattr(index, "embed", slowly)
    monkeypatch.setattr(scheduling, "TURN_S", 0.0)
    book = add(cast, dataset, "book.md")
    Document.objects.filter(id=book.id).update(rank=3)

    with in_thread(lambda: tasks.ingest_document(str(book.id))):
        assert begun.wait(10)
        note = add(cast, dataset, "note.md", b"A note.")
        go_on.set()

    note, book = fresh(note), fresh(book)
    assert (note.stage, book.stage) == (Stage.READY, Stage.READY)
    assert note.times["ready"] < book.times["ready"]
    assert [len(batch) for batch in server.embedded] == [32, 1, 32, 16]


@pytest.fixture
def elsewhere(cast: Cast, server: FakeOpenAI) -> Dataset:
    make_provider(cast.stranger.workspace, server.base_url)
    return make_dataset(cast.stranger.workspace, embedding_provider="acme", embedding_model="fake-embedding")


def order(preferred: Document) -> list[str]:
    ids = scheduling.next_documents(preferred.id)
    names = dict(Document.objects.values_list("id", "name"))
    return [names[each] for each in ids]


def test_small_ones_go_first_and_nobody_waits_for_ever(cast: Cast, dataset: Dataset) -> None:
    big, small = add(cast, dataset, "big.md"), add(cast, dataset, "small.md")
    Document.objects.filter(id=big.id).update(rank=3)
    assert order(big) == ["small.md"]

    Document.objects.filter(id=big.id).update(queued_at=timezone.now() - timedelta(minutes=5))
    assert order(small) == ["big.md"]


def test_who_had_less_goes_first(cast: Cast, dataset: Dataset, elsewhere: Dataset) -> None:
    mine = add(cast, dataset, "mine.md")
    [other] = services.add_documents(cast.stranger, elsewhere.id, [Upload("other.md", [b"x"])])

    scheduling.spent(dataset.workspace_id, dataset.id, 3.0)
    assert order(mine) == ["other.md"]
    scheduling.spent(elsewhere.workspace_id, elsewhere.id, 5.0)
    assert order(other) == ["mine.md"]


def test_a_dataset_with_its_workers_stands_back(
    cast: Cast, dataset: Dataset, elsewhere: Dataset, settings: Settings
) -> None:
    settings.INGEST_PER_DATASET = 1
    scheduling.spent(elsewhere.workspace_id, elsewhere.id, 100.0)
    busy, mine = add(cast, dataset, "busy.md"), add(cast, dataset, "mine.md")
    services.add_documents(cast.stranger, elsewhere.id, [Upload("other.md", [b"x"])])
    assert order(mine) == ["mine.md", "busy.md"]

    leases.acquire(busy.id)
    assert order(mine) == ["other.md"]


def test_equals_are_done_one_after_the_other(cast: Cast, dataset: Dataset) -> None:
    first, second = add(cast, dataset, "first.md"), add(cast, dataset, "second.md")
    Document.objects.filter(id=second.id).update(queued_at=timezone.now() - timedelta(hours=1))
    leases.acquire(first.id)

    assert not scheduling.should_yield(fresh(first))
    assert order(second) == ["second.md"]
