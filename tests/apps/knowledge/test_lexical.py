"""The lexical index against a plain computation of BM25, through adds, deletes, folds and merges."""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.db import transaction

from apps.knowledge import lexical
from apps.knowledge.allowed import Allowed
from apps.knowledge.analysis import terms_of
from apps.knowledge.lexical import Entry, merging, postings, rows, writing
from apps.knowledge.models import Dataset, LexicalPage, LexicalSegment
from tests.factories import make_dataset, make_workspace
from weft.db.aio import release

WORDS = [f"word{n}" for n in range(300)]


@pytest.fixture
def dataset(db: None) -> Dataset:
    return make_dataset(make_workspace())


def some_entries(count: int, seed: int = 1, documents: int = 7) -> list[Entry]:
    """Texts in which few words are in most and most are in few."""
    chance = random.Random(seed)
    owners = [UUID(int=chance.getrandbits(128)) for _ in range(documents)]
    weights = [1 / (rank + 1) for rank in range(len(WORDS))]
    texts = [" ".join(chance.choices(WORDS, weights, k=chance.randint(0, 40))) for _ in range(count)]
    return [Entry(UUID(int=chance.getrandbits(128)), chance.choice(owners), text) for text in texts]


def oracle(entries: Iterable[Entry], query: str, may: Mapping[UUID, bool] | None = None) -> list[tuple[UUID, float]]:
    """BM25 by its formula, one chunk at a time."""
    texts = {each.chunk_id: Counter(terms_of(each.text)) for each in entries}
    average = sum(each.total() for each in texts.values()) / len(texts)
    scores: dict[UUID, float] = {}
    for term, times in Counter(terms_of(query)).items():
        df = sum(term in each for each in texts.values())
        weight = times * math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        for chunk_id, each in texts.items():
            if n := each[term]:
                norm = 1.2 * (0.25 + 0.75 * each.total() / average)
                scores[chunk_id] = scores.get(chunk_id, 0) + weight * n / (n + norm)
    found = ((chunk_id, score) for chunk_id, score in scores.items() if may is None or may[chunk_id])
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def assert_same(found: list[lexical.Scored], expected: list[tuple[UUID, float]]) -> None:
    assert [each.chunk_id for each in found] == [chunk_id for chunk_id, _ in expected]
    assert [each.score for each in found] == pytest.approx([score for _, score in expected])


def assert_true(dataset: Dataset, entries: Iterable[Entry]) -> None:
    entries = list(entries)
    for query in ("word0", "word5 word17 word5 word250", "word299 nothing", "nothing"):
        assert_same(lexical.search([dataset.id], query, 10_000), oracle(entries, query))


def sizes(dataset: Dataset) -> list[tuple[int, int]]:
    return list(LexicalSegment.objects.filter(dataset=dataset).order_by("id").values_list("size", "live"))


def test_scores_are_bm25(dataset: Dataset) -> None:
    entries = some_entries(200)
    lexical.add(dataset.id, entries)

    assert_true(dataset, entries)


def test_batches_are_one_index(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FOLDED", 50)
    entries = some_entries(300)
    for start in range(0, 300, 20):
        lexical.add(dataset.id, entries[start : start + 20])

    assert sizes(dataset) == [(60, 60)] * 5
    assert_true(dataset, entries)


def test_a_chunk_added_again_is_replaced(dataset: Dataset) -> None:
    entries = some_entries(40)
    lexical.add(dataset.id, entries)
    changed = Entry(entries[3].chunk_id, entries[3].document_id, "word250 word250")

    lexical.add(dataset.id, [changed, changed])

    assert_true(dataset, [*entries[:3], changed, *entries[4:]])
    [segment] = LexicalSegment.objects.filter(dataset=dataset)
    assert (segment.size, segment.live, segment.deleted) == (40, 40, None)


def test_what_is_removed_counts_for_nothing(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FOLDED", 0)
    entries = some_entries(100)
    for start in (0, 30, 60):
        lexical.add(dataset.id, entries[start : start + 40])
    gone = {each.chunk_id for each in entries[20:90]}

    lexical.remove(dataset.id, [*gone, uuid4()])

    left = [each for each in entries if each.chunk_id not in gone]
    assert_true(dataset, left)
    owner = left[0].document_id
    lexical.remove_documents(dataset.id, [owner])
    assert_true(dataset, [each for each in left if each.document_id != owner])
    lexical.remove(dataset.id, [each.chunk_id for each in left])
    assert (sizes(dataset), LexicalPage.objects.count()) == ([], 0)
    assert lexical.search([dataset.id], "word0", 10) == []


def test_merging_changes_no_score(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FOLDED", 10)
    monkeypatch.setattr(merging, "_SMALLEST", 10)
    monkeypatch.setattr(merging, "_RANGE_BYTES", 4096)
    monkeypatch.setattr(postings, "PAGE_BYTES", 256)
    entries = some_entries(400)
    for start in range(0, 400, 40):
        lexical.add(dataset.id, entries[start : start + 40])
    lexical.remove(dataset.id, [each.chunk_id for each in entries[:30]])
    before = len(sizes(dataset))

    assert lexical.merge(dataset.id) > 0

    assert before == 10
    assert len(sizes(dataset)) < 4
    assert sum(live for _, live in sizes(dataset)) == 370
    assert_true(dataset, entries[30:])
    assert lexical.merge(dataset.id) == 0
    held = set(LexicalPage.objects.values_list("segment_id", flat=True))
    assert held == set(LexicalSegment.objects.values_list("id", flat=True))


def test_a_segment_of_which_much_is_deleted_is_written_anew(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_SMALLEST", 10)
    entries = some_entries(100)
    lexical.add(dataset.id, entries)
    lexical.remove(dataset.id, [each.chunk_id for each in entries[:40]])
    assert sizes(dataset) == [(100, 60)]

    assert lexical.merge(dataset.id) == 1

    assert sizes(dataset) == [(60, 60)]
    assert_true(dataset, entries[40:])


def test_filters_are_applied_before_the_depth(dataset: Dataset) -> None:
    entries = some_entries(200)
    lexical.add(dataset.id, entries)
    owners = sorted({each.document_id for each in entries})
    out = frozenset(each.chunk_id for each in entries[:50])
    filters = [
        Allowed(documents=frozenset(owners[:2])),
        Allowed(documents=frozenset()),
        Allowed(documents=frozenset([uuid4()])),
        Allowed(without_documents=frozenset(owners[:5])),
        Allowed(without_chunks=out),
        Allowed(documents=frozenset(owners[:4]), without_documents=frozenset(owners[3:]), without_chunks=out),
    ]
    for allowed in filters:
        may = {
            each.chunk_id: (allowed.documents is None or each.document_id in allowed.documents)
            and each.document_id not in allowed.without_documents
            and each.chunk_id not in allowed.without_chunks
            for each in entries
        }
        expected = oracle(entries, "word1 word30", may)
        assert_same(lexical.search([dataset.id], "word1 word30", 5, allowed), expected[:5])


def test_several_datasets_are_one_collection(dataset: Dataset) -> None:
    other = make_dataset(dataset.workspace, name="Other")
    mine, theirs = some_entries(50), some_entries(80, seed=2)
    lexical.add(dataset.id, mine)
    lexical.add(other.id, theirs)

    assert_same(lexical.search([dataset.id, other.id], "word3 word40", 500), oracle([*mine, *theirs], "word3 word40"))
    assert_true(dataset, mine)
    lexical.clear(other.id)
    assert lexical.search([other.id], "word3", 5) == []
    assert_true(dataset, mine)


def test_a_longer_list_begins_with_the_shorter_and_ties_go_by_id(dataset: Dataset) -> None:
    entries = [Entry(uuid4(), uuid4(), "the same text") for _ in range(100)]
    lexical.add(dataset.id, entries[:50])
    lexical.add(dataset.id, entries[50:])

    ids = sorted(each.chunk_id for each in entries)
    for depth in (1, 7, 50, 99, 100, 500):
        assert [each.chunk_id for each in lexical.search([dataset.id], "text", depth)] == ids[:depth]


def test_where_a_chunk_stands(dataset: Dataset) -> None:
    entries = [*some_entries(100), Entry(uuid4(), uuid4(), "word9"), Entry(uuid4(), uuid4(), "word9")]
    lexical.add(dataset.id, entries)
    ranked = oracle(entries, "word9 word2")
    without = next(each.chunk_id for each in entries if each.chunk_id not in dict(ranked))

    ids = [*(chunk_id for chunk_id, _ in ranked), without]
    places = lexical.placed([dataset.id], "word9 word2", ids)

    assert [(each.chunk_id, each.rank) for each in places] == [
        *((chunk_id, rank) for rank, (chunk_id, _) in enumerate(ranked, start=1)),
        (without, None),
    ]
    assert [each.score for each in places] == pytest.approx([*(score for _, score in ranked), 0.0])


def test_a_very_long_question_is_answered(dataset: Dataset) -> None:
    lexical.add(dataset.id, [Entry(uuid4(), uuid4(), "火车票需要提前两周预订"), Entry(uuid4(), uuid4(), "别的内容")])
    question = "".join(map(chr, range(0x4E00, 0x4E00 + 5000))) + "火车票" * 3000

    assert len(lexical.search([dataset.id], question, 5)) <= 2
    assert [each.score > 0 for each in lexical.search([dataset.id], "火车票" * 3000, 5)] == [True]


def test_frequencies_are_kept_however_high(dataset: Dataset) -> None:
    entries = [Entry(uuid4(), uuid4(), "often " * n) for n in (1, 300, 70_000)]
    lexical.add(dataset.id, entries)

    assert_same(lexical.search([dataset.id], "often", 5), oracle(entries, "often"))


def test_an_aborted_transaction_leaves_nothing(dataset: Dataset) -> None:
    entries = some_entries(30)
    lexical.add(dataset.id, entries[:20])
    before = sizes(dataset)

    with transaction.atomic():
        lexical.add(dataset.id, entries[20:])
        transaction.set_rollback(True)

    assert sizes(dataset) == before
    assert_true(dataset, entries[:20])


@pytest.mark.parametrize("dropped", [0, 3])
def test_pages_hold_what_they_were_given(dropped: int) -> None:
    texts = [terms_of(each.text) for each in some_entries(300)]
    made = postings.invert(texts)
    read = postings.joined([postings.unpacked(page) for _, page in postings.pages(made, 5)])
    for one, other in zip((made.terms, made.ends, made.chunks), (read.terms, read.ends, read.chunks), strict=True):
        assert np.array_equal(one, other)
    assert np.array_equal(made.counts, read.counts)

    numbers = np.arange(300) - dropped
    merged = postings.merge([(made, numbers)])

    expected = postings.invert(texts[dropped:])
    assert np.array_equal(merged.terms, expected.terms)
    assert np.array_equal(merged.chunks, expected.chunks)
    assert np.array_equal(merged.counts, expected.counts)


@pytest.mark.django_db(transaction=True)
def test_merging_takes_over_what_is_deleted_meanwhile(monkeypatch: pytest.MonkeyPatch, clean_redis: str) -> None:
    monkeypatch.setattr(writing, "FOLDED", 0)
    monkeypatch.setattr(merging, "_SMALLEST", 1)
    dataset = make_dataset(make_workspace())
    entries = some_entries(100)
    for start in range(0, 100, 20):
        lexical.add(dataset.id, entries[start : start + 20])
    n_bytes = rows.n_bytes

    def delete_meanwhile(ids: list[int]) -> int:
        # on another connection, as another process would: one of each segment, and one whole segment
        gone = [entries[0], entries[21], entries[42], *entries[80:]]
        thread = threading.Thread(target=in_thread, args=(dataset.id, [each.chunk_id for each in gone]))
        thread.start()
        thread.join()
        return n_bytes(ids)

    monkeypatch.setattr(rows, "n_bytes", delete_meanwhile)
    assert lexical.merge(dataset.id) == 1

    assert sizes(dataset) == [(100, 77)]
    left = [each for number, each in enumerate(entries[:80]) if number not in (0, 21, 42)]
    assert_true(dataset, left)


@pytest.mark.django_db(transaction=True)
def test_many_write_at_once(clean_redis: str) -> None:
    dataset = make_dataset(make_workspace())
    entries = some_entries(240)
    writers = [
        threading.Thread(target=in_thread, args=(dataset.id, (), entries[start : start + 60]))
        for start in range(0, 240, 60)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        # what is found meanwhile is whole batches
        assert len(lexical.search([dataset.id], " ".join(WORDS), 1000)) <= 240
    for writer in writers:
        writer.join()

    assert sizes(dataset) == [(240, 240)]
    assert_true(dataset, entries)


def in_thread(dataset_id: UUID, gone: Iterable[UUID] = (), new: Iterable[Entry] = ()) -> None:
    try:
        new = list(new)
        for start in range(0, len(new), 20):
            lexical.add(dataset_id, new[start : start + 20])
        lexical.remove(dataset_id, list(gone))
    finally:
        release()
