"""Bringing a set's documents into a dataset and waiting until all of them have come to an end.

What is there from an interrupted run is not sent again. Knows the API of datasets and documents.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tests.benchmarks.rag.console import Api

# As many files as one form may hold, with room.
_BATCH = 50
_POLL_S = 2.0
_UNDER_WAY = "queued,parsing,chunking,embedding,indexing,paused"
_TOLD_EVERY_S = 15.0
# Nothing at all moves for so long: somebody should look why.
_STUCK_S = 1800.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fed:
    """`seconds` is what feeding took in this run; None where everything was there already."""

    dataset_id: str
    chunk_count: int
    seconds: float | None
    failed: list[str]


def feed(api: Api, name: str, documents: Mapping[str, Path | str], model: str | None, tell: Tell) -> Fed:
    dataset = _dataset(api, name, model)
    path = f"/datasets/{dataset['id']}/documents"
    there = {each["name"] for each in api.pages(path)}
    missing = {key: source for key, source in documents.items() if key not in there}
    started = time.monotonic()
    sent = len(there)
    for batch in _batches(missing):
        api.upload(path, batch)
        sent += len(batch)
        tell(f"{name}: {sent} of {len(documents)} documents sent")
    _wait(api, name, dataset["id"], len(documents), tell)
    seconds = time.monotonic() - started if missing else None
    failed = [f"{each['name']}: {each['error']['message']}" for each in api.pages(path, stage="failed,cancelled")]
    return Fed(dataset["id"], api.get(f"/datasets/{dataset['id']}")["chunk_count"], seconds, failed)


def _dataset(api: Api, name: str, model: str | None) -> Any:
    for each in api.pages("/datasets"):
        if each["name"] == name:
            return each
    return api.post("/datasets", {"name": name, **({"embedding_model": model} if model else {})})


def _batches(documents: Mapping[str, Path | str]) -> Iterator[list[tuple[str, bytes]]]:
    rest = iter(documents.items())
    while batch := list(islice(rest, _BATCH)):
        yield [(name, _content(source)) for name, source in batch]


def _content(source: Path | str) -> bytes:
    return source.encode() if isinstance(source, str) else source.read_bytes()


def _wait(api: Api, name: str, dataset_id: str, total: int, tell: Tell) -> None:
    told = moved = time.monotonic()
    before = -1
    while api.get(f"/datasets/{dataset_id}/documents", stage=_UNDER_WAY, limit=1)["items"]:
        chunks = api.get(f"/datasets/{dataset_id}")["chunk_count"]
        now = time.monotonic()
        if chunks != before:
            before, moved = chunks, now
        if now - moved > _STUCK_S:
            raise SystemExit(f"{name}: no chunk was indexed for {_STUCK_S:g} s. Look into the index worker's log.")
        if now - told > _TOLD_EVERY_S:
            told = now
            tell(f"{name}: {chunks} chunks of {total} documents indexed")
        time.sleep(_POLL_S)
