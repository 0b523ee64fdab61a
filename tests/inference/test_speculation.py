"""Guesses at what comes next: from a node's earlier answers, and only as many as are worth their price."""

from __future__ import annotations

import pytest

from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.cost import CostModel, StepShape
from inference.request import Hints, SamplingParams
from inference.sequence import Sequence
from inference.speculation import Speculation
from inference.suffixes import NodeSuffixes

ROWS_FREE = CostModel.of_rates(
    step_s=0.004, prefill_per_s=1e5, row_s=0.0, kv_per_s=float("inf"), square_per_s=float("inf")
)
ROWS_ALL = CostModel.of_rates(
    step_s=0.0, prefill_per_s=1e5, row_s=1e-4, kv_per_s=float("inf"), square_per_s=float("inf")
)


def saying(*tokens: int, node: str = "n", salt: str = "") -> Sequence:
    params = SamplingParams(salt=salt, hints=Hints(node_key=node))
    return Sequence(
        request_id="s", tokens=[0, 0, *tokens], n_prompt=2, params=params, seed=0, stop_ids=frozenset(), max_len=99,
        table=BlockTable(PagePool(1, 1)),
    )  # fmt: skip


def test_a_nodes_answers_are_found_by_their_beginning_and_their_last_words() -> None:
    book = NodeSuffixes()
    book.learn("t", "n", [5, 6, 7, 8, 9])
    book.learn("t", "n", [5, 6, 1, 2])

    assert book.drafts("t", "n", [], 3) == (5, 6, 1)
    assert book.drafts("t", "n", [4, 4, 6, 7], 9) == (8, 9)
    assert book.drafts("t", "n", [3, 3], 9) == ()
    # another tenant's, and another node's, are not known
    assert (book.drafts("u", "n", [6, 7], 9), book.drafts("t", "m", [6, 7], 9)) == ((), ())


def test_answers_are_forgotten_when_there_are_too_many() -> None:
    book = NodeSuffixes(n_tokens=80)
    for node in range(12):
        book.learn("t", str(node), [node, 1, 2, 3])

    known = [bool(book.drafts("t", str(node), [node, 1], 1)) for node in range(12)]
    assert known == [False, False, *[True] * 10]


@pytest.mark.parametrize(("cost", "n_drafts"), [(ROWS_FREE, 3), (ROWS_ALL, 0)])
def test_guesses_cost_nothing_beside_weights_and_are_not_made_where_each_row_costs_as_much(
    cost: CostModel, n_drafts: int
) -> None:
    speculation = Speculation(cost, 3)
    speculation.ended(saying(5, 6, 7, 8, 9))
    speculation.price(StepShape(0, 8, 8000, 0))

    assert len(speculation.drafts(saying(5), 9)) == n_drafts


def test_who_is_guessed_wrongly_is_guessed_at_less() -> None:
    cost = CostModel.of_rates(
        step_s=0.004, prefill_per_s=1e5, row_s=1e-4, kv_per_s=float("inf"), square_per_s=float("inf")
    )
    speculation, sequence = Speculation(cost, 3, lambda _, most: (1,) * most), saying(5)
    speculation.price(StepShape(0, 8, 0, 0))
    depths = []
    for n_right in (0, 0, 0, 0, 0, 0, 3, 3, 3):
        drafts = speculation.drafts(sequence, 9)
        depths.append(len(drafts))
        speculation.learn(sequence, max(1, len(drafts)), min(n_right, max(1, len(drafts))))

    assert depths[0] == 2
    assert depths[5] < depths[0]
    assert depths[8] > depths[5]
