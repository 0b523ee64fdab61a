from __future__ import annotations

import pytest
import torch
from torch import Tensor

from inference.kernels import reference
from inference.kernels.drawing import DrawRows, Edits
from inference.kernels.triton.sampler import sample_rows, verify_draft
from tests.inference.kernels.setup import DEVICE, DTYPES, random

VOCAB = 4500
GREEDY, PLAIN = (0.0, 1.0, 0.0, 1.0, 0.0, 0.0), (0.8, 1.0, 0.0, 1.0, 0.0, 0.0)


def rows(numbers: list[tuple[float, ...]], *, top_k: tuple[int, ...] = (), masks: tuple[int, ...] = ()) -> DrawRows:
    n = len(numbers)
    integers = [
        [(row + 1) * 0x123456789A, 10 + row, k, mask]
        for row, k, mask in zip(range(n), top_k or (0,) * n, masks or (-1,) * n, strict=True)
    ]
    filtered = any(top_k) or any(row[1] < 1 or row[2] > 0 for row in numbers)
    return DrawRows(torch.tensor(numbers, device=DEVICE), torch.tensor(integers, device=DEVICE), filtered)


def agree(logits: Tensor, asked: DrawRows, **config: int) -> list[int]:
    got = sample_rows(logits.clone(), asked, **config).tolist()
    assert got == reference.sample_rows(logits.clone(), asked).tolist()
    return got


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("vocab", "programs"), [(VOCAB, 1), (9001, 12), (31, 4)])
def test_greedy_and_plain_rows_are_drawn_as_by_the_twin(dtype: torch.dtype, vocab: int, programs: int) -> None:
    logits = random(3, vocab, dtype=dtype)

    got = agree(logits, rows([GREEDY, PLAIN, PLAIN]), programs=programs)

    assert got[0] == int(logits[0].argmax())


@pytest.mark.parametrize("dtype", DTYPES)
def test_filters_keep_what_the_twin_keeps(dtype: torch.dtype) -> None:
    logits = random(6, VOCAB, dtype=dtype) * 3
    numbers = [PLAIN, (1.0, 0.5, 0.0, 1, 0, 0), (1.5, 1.0, 0.2, 1, 0, 0), (2.0, 0.9, 0.05, 1, 0, 0), GREEDY, PLAIN]

    agree(logits, rows(numbers, top_k=(3, 0, 0, 40, 7, 0)), programs=12)


def test_a_flat_row_is_searched_whole() -> None:
    logits = random(2, 9000, dtype=torch.float32) * 0.01
    logits[1, 5000:] = 0.05

    agree(logits, rows([(1.0, 0.9, 0.0, 1, 0, 0)] * 2, top_k=(0, 10)))


def test_ties_with_the_last_kept_are_kept() -> None:
    logits = torch.full((12, 40), -5.0, dtype=torch.float16, device=DEVICE)
    logits[:, 10:13] = 2.0

    drawn = agree(logits, rows([(1.0, 1.0, 0.0, 1, 0, 0)] * 12, top_k=(2,) * 12))

    assert set(drawn) == {10, 11, 12}


@pytest.mark.parametrize("dtype", DTYPES)
def test_penalties_biases_and_masks_are_the_twins(dtype: torch.dtype) -> None:
    logits = random(4, 70, dtype=dtype)
    expected = logits.clone()
    numbers = [(0.0, 1.0, 0.0, 1.3, 0.5, 0.25), GREEDY, PLAIN, GREEDY]
    asked = rows(numbers, masks=(-1, 1, 0, 2))
    edits = Edits(
        *(
            torch.tensor(values, dtype=torch.int32, device=DEVICE)
            for values in ([0, 3, 3, 4, 4], [5, 69, 0, 7], [2, 0, -1, 1])
        ),
        torch.tensor([0.0, 0.0, 9.0, -3.0], device=DEVICE),
    )
    bitmask = torch.tensor([[-1, 7, 63], [1 << 31, 0, 0], [0, 0, 0]], dtype=torch.int64).to(torch.int32).to(DEVICE)
    asked = DrawRows(asked.numbers, asked.integers, False, edits, bitmask)

    got = sample_rows(logits, asked).tolist()

    assert got == reference.sample_rows(expected, asked).tolist()
    torch.testing.assert_close(logits, expected)
    assert (got[0], got[1], got[3]) == (0, 31, 0)
    assert logits[2].isinf().nonzero()[:, 0].tolist() == list(range(35, 64))


def test_a_draw_does_not_depend_on_the_batch() -> None:
    logits = random(4, VOCAB, dtype=torch.float32)
    asked = rows([PLAIN] * 4)

    together = sample_rows(logits.clone(), asked).tolist()

    for row in range(4):
        one = DrawRows(asked.numbers[row : row + 1], asked.integers[row : row + 1], False)
        assert sample_rows(logits[row : row + 1].clone(), one, programs=1).tolist() == [together[row]]


def test_without_rows_nothing_is_drawn() -> None:
    assert sample_rows(random(0, 10, dtype=torch.float32), rows([GREEDY] * 1)).shape == (0,)


def test_drafts_are_accepted_up_to_the_first_that_was_not_drawn() -> None:
    """Sequences: all drafts right; the second wrong; none; no rows."""
    logits = random(7, 90, dtype=torch.float32)
    asked = rows([PLAIN] * 7)
    drawn = reference.sample_rows(logits.clone(), asked).tolist()
    drafts = [drawn[0], drawn[1], -1, drawn[3], (drawn[4] + 1) % 90, -1, -1]
    given = (torch.tensor(drafts, device=DEVICE), torch.tensor([0, 3, 6, 7, 7], dtype=torch.int32, device=DEVICE))

    tokens, counts = verify_draft(logits.clone(), asked, *given)

    wanted, wanted_counts = reference.verify_draft(logits, asked, *given)
    assert tokens.tolist() == wanted.tolist() == [*drawn[:5], -1, drawn[6]]
    assert counts.tolist() == wanted_counts.tolist() == [3, 2, 1, 0]


def _judged(dtype: torch.dtype, numbers: list[tuple[float, ...]], top_k: tuple[int, ...] = ()) -> list[int]:
    """Sequences of three rows, two drafts each, that were drawn from another distribution; how many tokens each got."""
    n = len(numbers)
    logits = random(n, 4500, dtype=dtype) * 2
    proposals = (logits.float() + random(n, 4500, dtype=torch.float32)).softmax(-1)
    asked = rows(numbers, top_k=top_k)
    drafts = reference.sample_rows(proposals.log(), rows([(1.0, 1.0, 0.0, 1, 0, 0)] * n))
    drafts[2::3] = -1
    starts = torch.arange(0, n + 1, 3, dtype=torch.int32, device=DEVICE)

    tokens, counts = verify_draft(logits.clone(), asked, drafts, starts, proposals, programs=2 * n)

    wanted, wanted_counts = reference.verify_draft(logits, asked, drafts, starts, proposals)
    assert tokens.tolist() == wanted.tolist()
    assert counts.tolist() == wanted_counts.tolist()
    return counts.tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_drafts_that_were_drawn_are_judged_as_by_the_twin(dtype: torch.dtype) -> None:
    assert set(_judged(dtype, [PLAIN] * 24)) == {1, 2, 3}


def test_filters_and_greedy_rows_are_judged_as_by_the_twin() -> None:
    mixture = [(1.5, 0.9, 0.0, 1, 0, 0), (1.0, 1.0, 0.1, 1, 0, 0), GREEDY] * 2
    _judged(torch.float32, [*mixture, *[PLAIN] * 6], top_k=(0, 50, 0, 2000, 0, 0, 0, 30, 0, 0, 4000, 0))


def test_a_proposal_of_the_model_itself_is_accepted() -> None:
    """What is wanted is what was proposed: u < 1 always accepts, and where there is no draft a draw follows."""
    logits = random(3, 90, dtype=torch.float32)
    asked = rows([(1.0, 1.0, 0.0, 1, 0, 0)] * 3)
    proposals = logits.softmax(-1) * 0.999
    drawn = reference.sample_rows(logits.clone(), asked)
    drafts = torch.stack((drawn[0], drawn[1], torch.tensor(-1, device=DEVICE)))

    tokens, counts = verify_draft(
        logits, asked, drafts, torch.tensor([0, 3], dtype=torch.int32, device=DEVICE), proposals
    )

    assert tokens.tolist() == drawn.tolist()
    assert counts.tolist() == [3]
