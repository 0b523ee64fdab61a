"""Which rows of a step are read together: siblings whose pages begin alike, whatever they were said to be."""

from __future__ import annotations

from inference.cache.pages import PagePool
from inference.cache.table import BlockTable
from inference.cost import StepShape
from inference.gangs import gathered
from inference.request import Hints, SamplingParams
from inference.sequence import Chunk, Group, Plan, Sequence

PAGE = 64


def _chunk(name: str, pages: list[int], *, run: str = "r", gang: str = "g", n_drafts: int = 0, n_new: int = 1) -> Chunk:
    """`n_new` tokens after 64 * len(pages) - 10 that are computed; one token: it decodes."""
    n_computed = PAGE * len(pages) - 10
    sequence = Sequence(
        request_id=name, tokens=[7] * (n_computed + n_new), n_prompt=n_computed if n_new == 1 else n_computed + n_new,
        params=SamplingParams(hints=Hints(run_id=run, gang=gang)), seed=0, stop_ids=frozenset(), max_len=100_000,
        table=BlockTable(PagePool(1000, PAGE)), n_computed=n_computed,
    )  # fmt: skip
    sequence.table.pages = pages
    return Chunk(sequence, n_computed, n_new, samples=True, drafts=(7,) * n_drafts)


def test_siblings_stand_together_and_share_what_they_begin_with() -> None:
    document = list(range(1, 51))
    one = _chunk("one", [*document, 60], n_drafts=3)
    other = _chunk("other", [*document, 61, 62])
    third = _chunk("third", [*document[:45], 63])
    chat = _chunk("chat", [70], gang="")
    prompt = _chunk("prompt", [*document, 64], n_new=30)
    stranger = _chunk("stranger", [*document, 65], run="another")

    ordered, groups = gathered([chat, one, stranger, other, prompt, third], PAGE)

    assert ordered == (chat, one, other, third, stranger, prompt)
    assert groups == (Group(first=1, count=3, n_tokens=45 * PAGE),)


def test_pages_decide_and_not_hints() -> None:
    chunks = [_chunk("one", [1, 2, 3]), _chunk("other", [4, 5, 6])]

    assert gathered(chunks, PAGE) == (tuple(chunks), ())


def test_a_beginning_too_short_to_be_worth_it_is_left_alone() -> None:
    chunks = [_chunk("one", [1, 2, 3]), _chunk("other", [1, 2, 4])]

    assert gathered(chunks, PAGE) == (tuple(chunks), ())


def test_a_step_is_as_large_as_what_it_reads() -> None:
    document = list(range(1, 71))
    chunks = (_chunk("one", [*document, 80], n_drafts=3), _chunk("other", [*document, 81]))
    n_shared, n_kv = 70 * PAGE, 2 * (71 * PAGE - 10 + 1)

    apart, together = Plan(chunks), Plan(chunks, groups=(Group(0, 2, n_shared),))

    assert apart.shape == StepShape(0, 5, n_kv, 0)
    # what is read once is multiplied with five queries
    assert together.shape == StepShape(0, 5, n_kv - n_shared, 5 * n_shared)
