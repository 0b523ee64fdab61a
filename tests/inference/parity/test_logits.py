"""Logits in fp32 against transformers, through disk, however a sequence comes to be computed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inference.parity.driving import PAGE, PROMPTS, TOLERANCE, Known, Steps, differs
from tests.inference.tiny import CONFIGS

PROMPT = PROMPTS[0]


@pytest.mark.parametrize("name", CONFIGS)
def test_chunks_of_any_size_and_decoding(known: Callable[[str], Known], name: str) -> None:
    model = known(name)
    want = model.logits(PROMPT)
    steps = Steps(model.directory)

    for size in (len(PROMPT), 64, 7, 1):
        sequence = steps.sequence(PROMPT)
        assert differs(steps.chunks(sequence, 0, size), want) < TOLERANCE, size
        sequence.table.release()

    sequence = steps.sequence(PROMPT)
    (first,) = steps.step((sequence, 0, 60))
    assert differs(first, want[:60]) < TOLERANCE
    assert differs(steps.chunks(sequence, 60, 1), want[60:]) < TOLERANCE


@pytest.mark.parametrize("name", CONFIGS)
def test_pages_that_another_sequence_has_filled(known: Callable[[str], Known], name: str) -> None:
    model = known(name)
    steps = Steps(model.directory)
    first = steps.sequence(PROMPT)
    steps.chunks(first, 0, 32)
    first.table.publish(PROMPT, len(PROMPT))

    tokens = PROMPT[: 2 * PAGE + 5] + [9, 9, 8] * 6
    second = steps.sequence(tokens)
    n_found = second.table.match(tokens)

    assert n_found == 2 * PAGE
    assert differs(steps.chunks(second, n_found, 9), model.logits(tokens)[n_found:]) < TOLERANCE


@pytest.mark.parametrize("name", CONFIGS)
def test_a_sequence_set_back_whose_pages_others_overwrote(known: Callable[[str], Known], name: str) -> None:
    model = known(name)
    steps = Steps(model.directory, n_pages=6)
    sequence = steps.sequence(PROMPT)
    steps.chunks(sequence, 0, 40)
    sequence.table.release()
    other = steps.sequence(PROMPT[::-1])
    assert differs(steps.chunks(other, 0, 80), model.logits(PROMPT[::-1])) < TOLERANCE
    other.table.release()

    assert differs(steps.chunks(sequence, 0, 33), model.logits(PROMPT)) < TOLERANCE


@pytest.mark.parametrize("name", CONFIGS)
def test_rows_that_decode_check_drafts_and_prefill_in_one_step(known: Callable[[str], Known], name: str) -> None:
    model = known(name)
    steps = Steps(model.directory)
    tokens = [PROMPT, PROMPT[5:50], PROMPT[20:61], [4, 2] * 9]
    want = [model.logits(each) for each in tokens]
    one, two, three, four = map(steps.sequence, tokens)
    steps.step((one, 0, 79), (two, 0, 20), (three, 0, 38))

    got = steps.step((one, 79, 1), (two, 20, 25), (three, 38, 3), (four, 0, 18))

    assert differs(got[0], want[0][79:]) < TOLERANCE
    assert differs(got[1], want[1][20:]) < TOLERANCE
    assert differs(got[2], want[2][38:]) < TOLERANCE
    assert differs(got[3], want[3]) < TOLERANCE
