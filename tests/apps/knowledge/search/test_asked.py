"""The query log and the hit counters."""

from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone

from apps.knowledge import tasks
from apps.knowledge.models import Chunk, Dataset, Document, Query
from apps.knowledge.search import asked
from tests.apps.knowledge.search.handbook import Ask
from weft.events import connection


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


def test_a_question_with_half_a_character_is_searched_and_logged_without_it(ask: Ask, handbook: Dataset) -> None:
    half = chr(0xD83D)
    history = [{"role": "user", "content": f"Hello {half}"}]

    found = ask(f"days of leave {half}\0", origin="app", history=history, top_k=1)

    assert len(found.hits) == 1
    assert tasks.flush_asked() == 1
    assert Query.objects.get().text == "days of leave ?"


def test_a_note_that_no_table_takes_does_not_hold_up_the_others(ask: Ask, handbook: Dataset) -> None:
    ask("first", origin="app")
    broken = json.dumps({"datasets": [str(handbook.id)], "text": "\ud83d", "origin": "app", "hits": [], "ms": 1})
    connection.client().rpush("knowledge:asked", broken)
    ask("second", origin="app")

    assert [tasks.flush_asked(), tasks.flush_asked()] == [2, 0]

    assert sorted(Query.objects.values_list("text", flat=True)) == ["first", "second"]
    assert connection.client().llen("knowledge:asked") == 0
