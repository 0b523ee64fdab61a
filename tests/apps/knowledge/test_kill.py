"""The promise itself: workers are killed again and again in the middle of ingestion, and nothing shows it afterwards.

Real workers on the test's database take documents of several formats; one is SIGKILLed each time the work as a whole
reaches a random point. In the end every document has exactly the chunks that its file gives, and the auditor finds
nothing. `make test-kill-knowledge` does it with 200 documents and 20 kills, leases and scheduler as in production.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db.models import Count, F, Q

from apps.knowledge import audit, chunking, embedding, parser_process, processing, services, tasks
from apps.knowledge.leases import ACTIVE
from apps.knowledge.models import Chunk, Dataset, Document, DocumentPart, Stage
from apps.knowledge.services import Upload
from tests.apps.runs.kill.crew import Crew, Scheduler
from tests.cast import Cast
from tests.fakes.documents import make_docx, make_pdf
from tests.fakes.openai_server import FakeOpenAI
from tests.waiting import until_sync
from weft.http import storage

SEED = int(os.environ.get("WEFT_KILL_SEED", "7"))
WORDS = "the lease of a worker expires when nobody renews it and then another one goes on with what was left"
CHINESE = "文档被切成段落之后先按词建立索引然后分批计算向量任何一步中断都会从上一次提交的地方继续"


@dataclass(frozen=True)
class Scale:
    documents: int
    kills: int
    lease_s: float
    as_in_production: bool
    limit_s: float


SMALL = Scale(documents=10, kills=2, lease_s=4.0, as_in_production=False, limit_s=150)
FULL = Scale(documents=200, kills=20, lease_s=20.0, as_in_production=True, limit_s=1500)
SCALE = FULL if os.environ.get("WEFT_KILL") == "full" else SMALL


def make_files(chance: random.Random, count: int) -> list[Upload]:
    """Short notes and long documents, in four formats, English and Chinese."""
    files = []
    for number in range(count):
        sections = chance.choice((1, 2, 30, 70))
        paragraphs = [_paragraph(chance, number, section) for section in range(sections)]
        match number % 4:
            case 0:
                text = "\n\n".join(f"# Section {i}\n\n{each}" for i, each in enumerate(paragraphs))
                files.append(Upload(f"{number}.md", [text.encode()]))
            case 1:
                lines = [paragraph[i : i + 60] for paragraph in paragraphs for i in range(0, len(paragraph), 60)]
                pages = [lines[i : i + 20] for i in range(0, len(lines), 20)]
                files.append(Upload(f"{number}.pdf", [make_pdf(pages)]))
            case 2:
                rows = [f"{i},{each}" for i, each in enumerate(paragraphs)]
                files.append(Upload(f"{number}.csv", ["\n".join(["number,text", *rows]).encode()]))
            case _:
                heads = [("Heading 1", f"Section {i}") for i in range(sections)]
                both = [each for pair in zip(heads, (("Normal", p) for p in paragraphs), strict=True) for each in pair]
                files.append(Upload(f"{number}.docx", [make_docx(*both)]))
    return files


def _paragraph(chance: random.Random, number: int, section: int) -> str:
    words = [chance.choice(WORDS.split()) for _ in range(120)]
    tail = "" if number % 4 == 1 else "".join(chance.choice(CHINESE) for _ in range(80)) + "。"
    return f"Of document {number}, section {section}: {' '.join(words)}. {tail}"


def expected(document: Document) -> list[str]:
    """The chunks that the file gives when nobody is killed."""
    parsed = parser_process.parse(storage.locate(document.path), parser_process.extension_of(document.name))
    made = chunking.chunk(parsed.blocks, processing.effective(document.dataset.processing, None))
    return [each.content for each in made.chunks]


def done_so_far() -> int:
    """Steps that were committed: parts that were read, chunks that are found by terms, chunks that have vectors."""
    counts = Chunk.objects.aggregate(all=Count("id"), embedded=Count("id", filter=Q(is_indexed=True)))
    return int(counts["all"] + counts["embedded"]) + DocumentPart.objects.filter(blocks__isnull=False).count()


def sweep_until(condition: object, limit_s: float) -> None:
    """Where no scheduler runs, the test sweeps for it."""
    swept = 0.0

    def holds() -> bool:
        nonlocal swept
        if not SCALE.as_in_production and time.monotonic() - swept > 0.5:
            tasks.sweep()
            swept = time.monotonic()
        return bool(condition())  # type: ignore[operator]

    until_sync(holds, limit_s)


@pytest.mark.timeout(SCALE.limit_s * 2)
def test_killed_workers_lose_nothing_and_double_nothing(
    cast: Cast, dataset: Dataset, server: FakeOpenAI, files: Path, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    settings = {
        "WEFT_INGEST_LEASE_S": str(SCALE.lease_s),
        "WEFT_EGRESS_ALLOW": "127.0.0.1",
        "WEFT_DATA_DIR": str(files.parent),
    }
    server.embed_pause_s = 0.1
    crew = Crew(tmp_path, queues="index,default", **settings)
    scheduler = Scheduler(tmp_path, **settings) if SCALE.as_in_production else None
    crew.start()
    try:
        documents = services.add_documents(cast.editor, dataset.id, make_files(chance, SCALE.documents))
        wanted = {document.id: expected(document) for document in documents}
        total = sum(map(len, wanted.values()))
        points = sorted(chance.sample(range(2, int(2 * total * 0.9)), SCALE.kills))
        began = time.monotonic()
        for point in points:
            sweep_until(lambda point=point: crew.ready and done_so_far() >= point, SCALE.limit_s)
            crew.kill(chance.choice(crew.ready))
        sweep_until(lambda: not Document.objects.filter(stage__in=ACTIVE).exists(), SCALE.limit_s)
        took_s = time.monotonic() - began
    finally:
        crew.end()
        if scheduler is not None:
            scheduler.end()

    embedded = sum(map(len, server.embedded))
    leases = sum(Document.objects.values_list("lease_token", flat=True)) - len(documents)
    print(
        f"\n{len(documents)} documents, {total} chunks, {len(points)} kills at {points}: "
        f"{leases} leases, {embedded} texts embedded, {took_s:.0f} s"
    )
    assert not list(Document.objects.exclude(stage=Stage.READY).values_list("name", "stage", "error_message"))
    chunks = Chunk.objects.filter(dataset=dataset).order_by("position")
    found = {document.id: [each.content for each in chunks.filter(document=document)] for document in documents}
    assert found == wanted
    assert Document.objects.filter(done=F("total"), lease_expires_at=None).count() == len(documents)
    assert not audit.look(dataset)
    assert not DocumentPart.objects.exists()
    # what was committed was not done again: a kill costs at most the batches in hand
    assert embedded <= total + len(points) * 2 * embedding.BATCH
