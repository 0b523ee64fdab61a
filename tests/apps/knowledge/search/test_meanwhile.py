"""What changes while a search is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import pytest

from apps.knowledge import moving, vectors
from apps.knowledge.metadata import Filter
from apps.knowledge.models import Chunk, Dataset, Document
from apps.knowledge.search import rows, weighing
from apps.knowledge.search.rows import Candidate
from tests.apps.knowledge.search.handbook import Ask


@pytest.mark.parametrize("name", ["english.md", "chinese.md", ""])
@pytest.mark.parametrize("asked", [{"method": "lexical"}, {"method": "hybrid", "expand": {"neighbours": 1}}])
def test_what_is_deleted_once_it_was_found_is_left_out(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, name: str, asked: dict[str, Any]
) -> None:
    real = rows.live

    def live(
        dataset_ids: Sequence[UUID], chunk_ids: Iterable[UUID], filters: Sequence[Filter]
    ) -> dict[UUID, Candidate]:
        found = real(dataset_ids, chunk_ids, filters)
        Document.objects.filter(name__contains=name).delete()
        return found

    monkeypatch.setattr(rows, "live", live)

    found = ask("Everyone has thirty days of leave a year 年假", top_k=2, **asked)

    left = {"english.md": "chinese.md", "chinese.md": "english.md"}
    assert {hit.document_name for hit in found.hits} == ({left[name]} if name else set())


def test_others_come_up_in_the_place_of_what_was_deleted(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    best = ask("booked receipts leave", method="lexical", top_k=3).hits
    real = rows.live

    def live(*args: Any) -> dict[UUID, Candidate]:
        found = real(*args)
        Chunk.objects.filter(id=best[1].chunk_id).delete()
        return found

    monkeypatch.setattr(rows, "live", live)

    found = ask("booked receipts leave", method="lexical", top_k=2)

    assert [hit.chunk_id for hit in found.hits] == [best[0].chunk_id, best[2].chunk_id]


def test_vectors_that_move_meanwhile_are_found_where_they_went(
    ask: Ask, handbook: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [hit.chunk_id for hit in ask("thirty days of leave", method="vector", cache=False).hits]
    moving.start(handbook.id, anew=True)
    real = weighing.with_readings
    moved: list[int] = []

    async def meanwhile(*args: Any) -> Any:
        readings = await real(*args)
        if not moved:
            moved.append(1)
            await asyncio.to_thread(moving.run, handbook.id)
        return readings

    monkeypatch.setattr(weighing, "with_readings", meanwhile)

    found = ask("thirty days of leave", method="vector", cache=False)

    assert vectors.collection_of(Dataset.objects.get(id=handbook.id)) != vectors.collection_of(handbook)
    assert [hit.chunk_id for hit in found.hits] == before
    assert [step.name for step in found.funnel.steps].count("vector") == 1
