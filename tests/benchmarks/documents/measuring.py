"""One measurement, on servers that the environment names: `prepare`, `speed PAGES`, or `memory FORMAT SIZE FILE`.

Ingestion runs in this process, as it does in a worker.
"""

from __future__ import annotations

import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import django

django.setup()

import psutil  # noqa: E402  (Django first)
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from apps.accounts.services import Actor  # noqa: E402
from apps.knowledge import ingestion, parser_process, services, tasks  # noqa: E402
from apps.knowledge.models import Dataset, Document, Stage  # noqa: E402
from tests.benchmarks.documents import files  # noqa: E402
from tests.factories import make_actor, make_dataset  # noqa: E402
from weft.http import storage  # noqa: E402

FORMATS = ("md", "html", "docx", "pdf", "csv")
_MB = 1024 * 1024
# Of a long document's vectors only the first are made: each costs the same.
_EMBED_FOR_S = 10.0


def main(argv: list[str]) -> None:
    # nobody takes messages here
    for task in (tasks.ingest_document, tasks.read_parts):
        task.delay = lambda *_: None
    match argv:
        case ["prepare"]:
            call_command("migrate", verbosity=0)
        case ["speed", pages]:
            print(_speed(int(pages)))
        case ["memory", kind, size, path]:
            print(_memory(kind, int(size), Path(path)))


def _speed(pages: int) -> str:
    actor, dataset = _place()
    lines = ["| format | parsers alone | until found by terms | until ready | share of embedding |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    _ingested(actor, dataset, "warm.md", files.make("md", 1))
    for kind in FORMATS:
        document = _add(actor, dataset, f"book.{kind}", files.make(kind, pages))
        began = time.perf_counter()
        parser_process.parse(storage.locate(document.path), kind)
        alone_s = time.perf_counter() - began
        spent = _stages(_run(document))
        before_s = spent["parsing"] + spent["chunking"]
        share = spent["embedding"] / sum(spent.values())
        rates = [f"{pages / seconds:.0f} pages/s" for seconds in (alone_s, before_s)]
        lines.append(f"| {kind} | {rates[0]} | {rates[1]} | {pages / sum(spent.values()):.1f} pages/s | {share:.0%} |")
    return "\n".join(lines)


def _memory(kind: str, size: int, path: Path) -> str:
    """Of a file that another process has made."""
    actor, dataset = _place()
    upload = services.Upload(f"long.{kind}", services.Parts(lambda: _pieces(path)))
    [document] = services.add_documents(actor, dataset.id, [upload])
    with _watched() as peak:
        stopper = threading.Thread(target=_pause_later, args=(actor, document), daemon=True)
        stopper.start()
        document = _run(document)
    spent = _stages(document)
    before_s = spent["parsing"] + spent["chunking"]
    name = f"{size:,} pages of pdf" if kind == "pdf" else f"{size:,} rows of {kind}"
    return f"| {name} | {before_s:.0f} s | {document.total:,} | {peak['worker']:.0f} MB | {peak['parser']:.0f} MB |"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_MB):
            yield piece


def _pause_later(actor: Actor, document: Document) -> None:
    try:
        while Document.objects.get(id=document.id).stage not in (Stage.EMBEDDING, Stage.FAILED):
            time.sleep(0.2)
        time.sleep(_EMBED_FOR_S)
        services.pause_document(actor, document.id)
    finally:
        connection.close()


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """The most that this process, and what it started, hold at once: its own pages, in MB."""
    peak, done, own = {"worker": 0.0, "parser": 0.0}, threading.Event(), psutil.Process()

    def watch() -> None:
        while not done.wait(0.05):
            children = 0.0
            for child in own.children(recursive=True):
                try:
                    children += child.memory_full_info().uss / _MB
                except psutil.Error:
                    continue
            peak["worker"] = max(peak["worker"], own.memory_full_info().uss / _MB)
            peak["parser"] = max(peak["parser"], children)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield peak
    done.set()
    thread.join()


def _place() -> tuple[Actor, Dataset]:
    actor = make_actor(email=f"{uuid.uuid4()}@example.org")
    return actor, make_dataset(actor.workspace)


def _add(actor: Actor, dataset: Dataset, name: str, data: bytes) -> Document:
    return services.add_documents(actor, dataset.id, [services.Upload(name, [data])])[0]


def _ingested(actor: Actor, dataset: Dataset, name: str, data: bytes) -> Document:
    return _run(_add(actor, dataset, name, data))


def _run(document: Document) -> Document:
    ingestion.ingest(document.id)
    found = Document.objects.get(id=document.id)
    if found.stage not in (Stage.READY, Stage.PAUSED):
        sys.exit(f"{found.name}: {found.error_message}")
    return found


def _stages(document: Document) -> dict[str, float]:
    """Seconds in each stage; the last one of a document that was paused is left out."""
    began = sorted((datetime.fromisoformat(at), name) for name, at in document.times.items())
    return {name: (after - at).total_seconds() for (at, name), (after, _) in pairwise(began)}


if __name__ == "__main__":
    main(sys.argv[1:])
