"""From an order to a list: one result for what is one, threshold, cap, top k, budget; and why each other was lost."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.knowledge.search import order
from apps.knowledge.search.diversity import diversified
from apps.knowledge.search.order import Group, Loss
from apps.knowledge.search.rows import Candidate


def uid(number: int) -> UUID:
    return UUID(int=number)


def candidate(number: int, *, parent: int | None = None, document: int = 1, text: str = "") -> Candidate:
    hashed = f"parent {parent}" if parent is not None else None
    parent_id = uid(parent) if parent is not None else None
    return Candidate(uid(number), uid(document), uid(9), "passage", parent_id, number, text or str(number), hashed)


def test_children_of_one_parent_are_one_result_at_the_best_ones_rank() -> None:
    found = {each.chunk_id: each for each in (candidate(1, parent=10), candidate(2), candidate(3, parent=10))}
    lost: dict[UUID, Loss] = {}
    groups = order.grouped(list(found), found, parents=True, lost=lost)
    assert groups == [Group(uid(10), uid(1), [uid(1), uid(3)]), Group(uid(2), uid(2))]
    assert lost == {uid(3): Loss("parent", to=uid(1))}
    apart = order.grouped(list(found), found, parents=False, lost={})
    assert [group.key for group in apart] == [uid(1), uid(2), uid(3)]


def test_the_same_text_of_two_documents_is_one_result_with_two_places() -> None:
    found = {each.chunk_id: each for each in (candidate(1, text="x"), candidate(2), candidate(3, document=2, text="x"))}
    lost: dict[UUID, Loss] = {}
    groups = order.grouped(list(found), found, parents=True, lost=lost)
    assert groups == [Group(uid(1), uid(1), also=[uid(3)]), Group(uid(2), uid(2))]
    assert lost == {uid(3): Loss("duplicate", to=uid(1))}


def test_threshold_cap_top_k_and_budget_tell_what_they_took() -> None:
    groups = [Group(uid(n), uid(n)) for n in range(1, 7)]
    scores = {uid(n): 1 - n / 10 for n in range(1, 7)}
    lost: dict[UUID, Loss] = {}

    groups = order.above(groups, scores, 0.5, lost)
    groups = order.capped(groups, lambda group: uid(1 if group.key.int < 4 else 2), 2, lost)
    groups = order.cut(groups, 3, scores, lost)
    groups = order.packed(groups, {group.key: 10 for group in groups}, 25, lost)

    assert [group.key for group in groups] == [uid(1), uid(2)]
    assert lost == {
        uid(6): Loss("threshold", scores[uid(6)], 0.5),
        uid(3): Loss("per_document", cutoff=2, rank=3),
        uid(5): Loss("top_k", 0.5, 0.6, 4),
        uid(4): Loss("budget", cutoff=25, rank=3),
    }


def test_the_first_passage_is_given_whatever_the_budget() -> None:
    groups = [Group(uid(1), uid(1)), Group(uid(2), uid(2))]
    assert order.packed(groups, {uid(1): 900, uid(2): 1}, 50, {}) == groups[:1]


def test_what_is_shown_as_a_neighbour_is_not_shown_again() -> None:
    groups = [Group(uid(n), uid(n)) for n in (5, 6, 8)]
    around = {uid(n): [uid(n - 1), uid(n), uid(n + 1)] for n in (5, 6, 8)}
    lost: dict[UUID, Loss] = {}
    assert [group.key for group in order.uncovered(groups, around, lost)] == [uid(5), uid(8)]
    assert lost == {uid(6): Loss("neighbour", to=uid(5))}


def test_diversity_moves_what_repeats() -> None:
    texts = {"a": "trains are booked early", "b": "trains are booked early indeed", "c": "meals cost forty euro"}
    scores = {"a": 1.0, "b": 0.9, "c": 0.6}
    assert diversified(list(texts), scores, texts, 0.0) == ["a", "b", "c"]
    assert diversified(list(texts), scores, texts, 0.6) == ["a", "c", "b"]
    assert diversified([], {}, {}, 0.5) == []


NUMBERS = st.lists(st.integers(1, 40), unique=True, max_size=25)


@given(NUMBERS, st.integers(1, 10), st.integers(1, 10), st.integers(1, 3), st.integers(20, 200))
def test_a_shorter_list_begins_the_longer_one(ids: list[int], top_n: int, more: int, cap: int, budget: int) -> None:
    """Whatever stages take part: what is found for top n is where top m begins."""
    found = {uid(n): candidate(n, parent=100 + n % 7 if n % 3 else None, document=n % 4, text=str(n % 30)) for n in ids}
    scores = {uid(n): n / 40 for n in ids}
    fused = sorted(found, key=lambda key: (-scores[key], str(key)))
    texts = {key: f"w{key.int % 5} w{key.int % 3} w{key.int}" for key in found}

    def listed(top_k: int) -> list[UUID]:
        groups = order.grouped(fused, found, parents=True, lost={})
        groups = order.above(groups, scores, 0.2, {})
        by_best = {group.best: group for group in groups}
        groups = [by_best[key] for key in diversified(list(by_best), scores, texts, 0.4)]
        groups = order.capped(groups, lambda group: found[group.best].document_id, cap, {})
        groups = order.cut(groups, top_k, scores, {})
        return [group.key for group in order.packed(groups, {each.key: 15 for each in groups}, budget, {})]

    short, long = listed(top_n), listed(top_n + more)
    assert len(long) <= top_n + more
    assert long[: len(short)] == short
    assert len(short) == min(top_n, len(long))
