"""The query log and the hit counters."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.knowledge import tasks
from apps.knowledge.models import Chunk, Dataset, Document, Query
from apps.knowledge.search import asked
from tests.apps.knowledge.search.handbook import Ask


def test_searches_are_logged_and_hits_counted_in_batches(ask: Ask, handbook: Dataset) -> None:
    first = ask("How much vacation do I get?", top_k=1, origin="test")
    ask("How much vacation do I get?", top_k=1, origin="app")
    ask("How much vacation do I get?", top_k=1)
    assert not Query.objects.exists()

    assert [tasks.flush_asked(), tasks.flush_asked()] == [2, 0]

    rows = Query.objects.order_by("origin").values_list("dataset_id", "text", "origin", "hit_count", "top_score")
    score = first.hits[0].score
    text = "How much vacation do I get?"
    assert list(rows) == [(handbook.id, text, "app", 1, score), (handbook.id, text, "test", 1, score)]
    [hit] = first.hits
    assert list(Chunk.objects.filter(hit_count__gt=0).values_list("id", "hit_count")) == [(hit.chunk_id, 2)]
    assert list(Document.objects.filter(hit_count__gt=0).values_list("id", "hit_count")) == [(hit.document_id, 2)]
    assert ask("How much vacation do I get?").hits[0].hit_count == 2


def test_a_log_of_what_is_gone_is_dropped(ask: Ask, handbook: Dataset) -> None:
    ask("How much vacation do I get?", origin="test")
    handbook.delete()
    assert tasks.flush_asked() == 1
    assert not Query.objects.exists()


def test_old_questions_are_forgotten(handbook: Dataset) -> None:
    for text in ("old", "new"):
        Query.objects.create(dataset=handbook, text=text, origin="test")
    Query.objects.filter(text="old").update(created_at=timezone.now() - timedelta(days=100))
    assert asked.forget() == 1
    assert list(Query.objects.values_list("text", flat=True)) == ["new"]
