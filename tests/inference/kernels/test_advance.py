from __future__ import annotations

import pytest
import torch
from torch import Tensor

from inference.drafting import ngram_drafts
from inference.kernels import reference
from inference.kernels.reference.advance import FULL, RUNNING, STOPPED, WINDOW
from inference.kernels.triton.advance import advance_rows
from tests.inference.kernels.setup import DEVICE


def ints(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.int32, device=DEVICE)


def test_rows_end_where_the_twin_ends_them() -> None:
    """Rows: pads; goes on; stops; a stop token too early; full; full and stopping at once; nothing new."""
    new = ints([[0, 0, 0], [5, 6, 7], [5, 9, 7], [8, 5, 5], [5, 6, 7], [5, 9, 1], [9, 9, 9]])
    n_new = ints([0, 3, 3, 2, 3, 2, 0])
    least, limits = ints([0, 0, 0, 3, 0, 0, 0]), ints([20, 20, 20, 20, 4, 4, 20])
    stops = ints([[9, -1]] * 3 + [[9, 8]] + [[9, -1]] * 3)
    histories = [torch.full((7, 20), 3, dtype=torch.int32, device=DEVICE) for _ in range(2)]
    lengths = [ints([0, 2, 2, 2, 2, 2, 7]) for _ in range(2)]

    got = advance_rows(histories[0], lengths[0], new, n_new, least, limits, stops, 2)

    wanted = reference.advance_rows(histories[1], lengths[1], new, n_new, least, limits, stops, 2)
    assert [each.tolist() for each in got] == [each.tolist() for each in wanted]
    assert histories[0].tolist() == histories[1].tolist()
    assert lengths[0].tolist() == lengths[1].tolist() == [0, 5, 4, 4, 4, 4, 7]
    assert got[0].tolist() == [0, 3, 2, 2, 2, 2, 0]
    assert got[1].tolist() == [RUNNING, RUNNING, STOPPED, RUNNING, FULL, STOPPED, RUNNING]
    assert histories[0][2].tolist() == [3, 3, 5, 9] + [3] * 16


@pytest.mark.parametrize(("length", "words"), [(1, 2), (3, 1), (40, 3), (300, 6), (2050, 30), (WINDOW + 300, 40)])
def test_drafts_are_those_of_the_engines_proposer(length: int, words: int) -> None:
    history = torch.randint(0, words, (3, length + 1), dtype=torch.int32, device=DEVICE)
    if length > WINDOW:
        history[0, 2:6] = history[0, length - 3 : length + 1] = ints([91, 92, 93, 94])
    last = history[:, -1:].clone()
    lengths, held = ints([length] * 3), ints([0] * 3)
    given = (last, ints([1] * 3), held, ints([9999] * 3), ints([[-1]] * 3), 3)

    _, _, drafts = advance_rows(history.clone(), lengths.clone(), *given)

    expected = [ngram_drafts(row, 3) for row in history.tolist()]
    assert drafts.tolist() == [[*row, *[-1] * (3 - len(row))] for row in expected]
    assert drafts.tolist() == reference.advance_rows(history, lengths, *given)[2].tolist()


def test_without_drafts_none_are_proposed() -> None:
    history, lengths = ints([[4, 5, 4, 0]]), ints([3])

    kept, state, drafts = advance_rows(history, lengths, ints([[5]]), ints([1]), ints([0]), ints([9]), ints([[]]), 0)

    assert (kept.tolist(), state.tolist(), drafts.shape) == ([1], [RUNNING], (1, 0))
    assert history.tolist() == [[4, 5, 4, 5]]
