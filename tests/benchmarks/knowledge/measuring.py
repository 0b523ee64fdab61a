"""What `knowledge_scale` measures, in a process whose environment names the servers. Prints Markdown.

The vectors are made: in clusters, as those of texts are, for an index finds random ones badly. Questions are
embedded by the built-in model as always, so that a search is timed whole, and none is asked twice.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import django

django.setup()

import numpy as np  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from apps.knowledge import index, lexical, moving, vectors  # noqa: E402
from apps.knowledge.models import Chunk, Dataset, Document  # noqa: E402
from apps.knowledge.search import Request, search_async  # noqa: E402
from apps.knowledge.vectors import hnsw  # noqa: E402
from apps.providers import services as providers  # noqa: E402
from scripts.measure_memory import family, pss_kib  # noqa: E402
from tests.benchmarks.knowledge.texts import Texts  # noqa: E402
from tests.factories import make_dataset, make_workspace  # noqa: E402
from weft.db.aio import release  # noqa: E402
from weft.http import egress  # noqa: E402

_LENGTH, _CLUSTERS, _PER_DOCUMENT, _BATCH = 384, 1000, 20, 500


class Bench:
    """One dataset, and the rows of the table as they are measured."""

    def __init__(self) -> None:
        self.dataset: Dataset = make_dataset(make_workspace(), name="Scale")
        self.chance = np.random.default_rng(1)
        self.centres = self.chance.normal(size=(_CLUSTERS, _LENGTH))
        self.texts = Texts()
        self.rows: list[tuple[str, str]] = []

    def questions(self, count: int) -> tuple[list[str], list[str]]:
        return [self.texts.english(30) for _ in range(count)], [self.texts.chinese(40) for _ in range(count)]

    def note(self, what: str, value: str) -> None:
        print(f"{what}: {value}", file=sys.stderr, flush=True)
        self.rows.append((what, value))

    def chunks(self, texts: Iterator[str]) -> Iterator[list[Chunk]]:
        """Stored, in batches, twenty to a document."""
        while batch := list(islice(texts, _BATCH)):
            documents = [
                Document(dataset=self.dataset, name="made", size_bytes=0, mime_type="text/plain", path="", sha256="")
                for _ in range(-(-len(batch) // _PER_DOCUMENT))
            ]
            Document.objects.bulk_create(documents)
            chunks = [
                Chunk(
                    dataset=self.dataset,
                    document=documents[number // _PER_DOCUMENT],
                    position=number % _PER_DOCUMENT,
                    content=text,
                    is_indexed=True,
                )
                for number, text in enumerate(batch)
            ]
            Chunk.objects.bulk_create(chunks)
            yield chunks

    def fill(self, texts: Iterator[str], count: int) -> None:
        put = merged = stored = 0.0
        for batch in self.chunks(texts):
            put += timed(lambda batch=batch: index.put(self.dataset.id, batch))  # type: ignore[misc]
            merged += timed(lambda: lexical.merge(self.dataset.id))
            stored += timed(lambda batch=batch: self.store(batch))  # type: ignore[misc]
        self.note("terms indexed, merges not counted", f"{count / put:,.0f} chunks/s")
        self.note("terms indexed, with all merges", f"{count / (put + merged):,.0f} chunks/s")
        self.note("vectors stored in Chroma", f"{count / stored:,.0f}/s")

    def store(self, batch: Sequence[Chunk]) -> None:
        cluster = self.chance.integers(0, _CLUSTERS, len(batch))
        made = self.centres[cluster] + 0.6 * self.chance.normal(size=(len(batch), _LENGTH))
        place, collection = vectors.store_of(self.dataset), vectors.collection_of(self.dataset)

        async def work() -> None:
            for start in range(0, len(batch), _PER_DOCUMENT):
                some = slice(start, start + _PER_DOCUMENT)
                ids = [chunk.id for chunk in batch[some]]
                await place.upsert(collection, batch[start].document_id, ids, made[some].tolist())

        egress.run_sync(work)

    def ask(self, title: str, count: int) -> None:
        """A question at a time, over both languages: each leg, and the whole search."""
        english, chinese = self.questions(count)
        place, collection = vectors.store_of(self.dataset), vectors.collection_of(self.dataset)
        made = self.centres[self.chance.integers(0, _CLUSTERS, len(english))]

        async def nearest(number: int) -> None:
            await place.query(collection, made[number].tolist(), 100)

        async def whole(query: str) -> None:
            request = Request(query=query, dataset_ids=[str(self.dataset.id)])
            assert (await search_async(self.dataset.workspace_id, request)).hits

        async def embedded(query: str) -> None:
            await providers.embed(self.dataset.workspace_id, "weft", "all-MiniLM-L6-v2", [query])

        async def work() -> list[tuple[str, list[float]]]:
            return [
                ("vector leg", await each_timed(nearest, range(len(english)))),
                ("embedding an English question", await each_timed(embedded, english)),
                ("hybrid search, English claim of 30 words", await each_timed(whole, english)),
                ("hybrid search, Chinese question of 40 characters", await each_timed(whole, chinese)),
            ]

        for name, taken in egress.run_sync(work):
            self.note(f"{name}, {title}", p50_p95(taken))

    def warm_up(self) -> None:
        """The first search of a dataset also tries what its model can read."""
        request = Request(query="warm up", dataset_ids=[str(self.dataset.id)])
        egress.run_sync(lambda: search_async(self.dataset.workspace_id, request))

    def ask_terms(self, count: int) -> None:
        english, chinese = self.questions(count)
        for name, queries in (("English claim of 30 words", english), ("Chinese question of 40 characters", chinese)):
            taken = [timed(lambda query=query: lexical.search([self.dataset.id], query, 100)) for query in queries]
            self.note(f"lexical leg, {name}", p50_p95(taken))

    def memory(self, title: str) -> None:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found = [f"this process at most {own:,.0f} MiB"]
        for pair in os.environ["WEFT_BENCH_PROCESSES"].split():
            name, pid = pair.split("=")
            found.append(f"{name} {sum(map(pss_kib, family(int(pid)))) / 1024:,.0f} MiB")
        self.note(f"memory {title}", ", ".join(found))

    def space(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE knowledge_lexicalpage")
            cursor.execute("SELECT count(*), sum(octet_length(postings)) FROM knowledge_lexicalpage")
            pages, size = cursor.fetchone()
            cursor.execute("SELECT size FROM knowledge_lexicalsegment ORDER BY size DESC")
            sizes = [f"{size:,}" for (size,) in cursor.fetchall()]
        self.note("lexical index", f"{size / 1e6:,.0f} MB in {pages:,} pages; segments of {', '.join(sizes)} chunks")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


async def each_timed(work: Callable[[Any], Awaitable[None]], given: Iterable[Any]) -> list[float]:
    taken = []
    for each in given:
        began = time.perf_counter()
        await work(each)
        taken.append(time.perf_counter() - began)
    return taken


def p50_p95(taken: Sequence[float]) -> str:
    ranked = sorted(each * 1000 for each in taken)
    return f"p50 {ranked[len(ranked) // 2]:.0f} ms, p95 {ranked[int(len(ranked) * 0.95)]:.0f} ms"


def main(count: int, questions: int) -> None:
    call_command("migrate", verbosity=0)
    bench = Bench()
    bench.fill(bench.texts.passages(count), count)
    bench.space()
    bench.warm_up()
    bench.ask_terms(questions)
    bench.ask("Chroma", questions)
    bench.memory("with Chroma")

    done = threading.Event()
    written = [0]

    def write() -> None:
        try:
            for batch in bench.chunks(Texts(2).passages(1_000_000)):
                if done.is_set():
                    return
                index.put(bench.dataset.id, batch)
                lexical.merge(bench.dataset.id)
                bench.store(batch)
                written[0] += len(batch)
        finally:
            release()

    writer = threading.Thread(target=write)
    writer.start()
    took = timed(lambda: bench.ask("Chroma, while another thread fills the dataset", questions))
    done.set()
    writer.join()
    bench.note("filled meanwhile", f"{written[0] / took:,.0f} chunks/s")

    moving.start(bench.dataset.id, store="pgvector")
    total = Chunk.objects.filter(dataset=bench.dataset).count()
    bench.note("moved to pgvector", f"{total / timed(lambda: moving.run(bench.dataset.id)):,.0f} vectors/s")
    bench.dataset.refresh_from_db()
    bench.ask("pgvector one by one", max(1, questions // 10))
    built = timed(lambda: hnsw.tend(vectors.collection_of(bench.dataset)))
    bench.note("pgvector's index built in", f"{built:.0f} s")
    bench.ask("pgvector", questions)
    bench.memory("with pgvector")

    print(f"{count:,} chunks, half English, half Chinese.\n\n| | |\n| --- | --- |")
    print("\n".join(f"| {what} | {value} |" for what, value in bench.rows))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
