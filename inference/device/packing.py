"""A step as numbers that describe it on the device, and the sizes that recorded steps are padded to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

from inference.attention.base import MAX_DECODE, Span
from inference.device.rows import Row
from inference.device.state import Drawing
from inference.device.steps import APART, Odd, Sizes, Together
from inference.runner import beginning, rows_of
from inference.sampling import Row as Draw
from inference.sequence import Chunk, Group

ROWS = (1, 2, 4, 8)
TOKENS = (64, 128, 256, 512)
"""Larger chunks take so long that their launch is hidden."""
CHUNKS = (1, 2, 4, 8, 16)

Brought = list[tuple[Chunk, Row]]


@dataclass(frozen=True, slots=True)
class Line:
    """Rows that decode in the order in which a step has them: those of a group side by side, then the others."""

    parts: list[tuple[Chunk, Row] | None]
    """None: it pads the batch."""
    together: Together
    common: list[int]
    """What tells of groups, as `Together` has it."""

    def of_each(self, value: Callable[[Chunk, Row], int]) -> list[int]:
        """0 for what pads the batch."""
        return [0 if part is None else value(*part) for part in self.parts]

    @property
    def places(self) -> dict[Chunk, int]:
        return {part[0]: place for place, part in enumerate(self.parts) if part is not None}


def row_bucket(n_rows: int) -> int:
    """Rows of a padded batch: 1, 2, 4, and multiples of 8."""
    return next((size for size in ROWS if size >= n_rows), -(-n_rows // 8) * 8)


def bucket(n: int, sizes: tuple[int, ...]) -> int:
    """The smallest of `sizes` that holds n; the largest must."""
    return next(size for size in sizes if size >= n)


def decodes(chunk: Chunk, row: Row) -> bool:
    return row.plain and chunk.samples and chunk.n_tokens == 1


def checks(parts: Brought) -> bool:
    """Whether all decode, with no more drafts than attention takes at once, and each with as many tokens as all get."""
    most = most_drafts(parts)
    long_enough = most == 0 or all(chunk.start + len(chunk.drafts) >= most for chunk, _ in parts)
    return most < MAX_DECODE and long_enough and all(decodes(chunk, row) for chunk, row in parts)


def most_drafts(parts: Brought) -> int:
    return max(len(chunk.drafts) for chunk, _ in parts)


def mixes(parts: Brought) -> bool:
    """Whether the step is one of those that are recorded."""
    prompts = [chunk for chunk, row in parts if not decodes(chunk, row)]
    fits = len(prompts) <= CHUNKS[-1] and sum(chunk.n_tokens for chunk in prompts) <= TOKENS[-1]
    return fits and all(_plain(chunk, row) and not chunk.drafts for chunk, row in parts)


def drawing(parts: Brought) -> Drawing:
    each = [row for chunk, row in parts if chunk.samples]
    return Drawing(greedy=all(row.greedy for row in each), filtered=any(row.filtered for row in each))


def lined_up(parts: Brought, groups: tuple[Group, ...], n_new: int, page_size: int, *, padded: bool) -> Line:
    """Those of a step's parts that decode, each by n_new tokens; if padded, to sizes that come again. groups: of the
    parts, which follow the plan's order."""
    members = [parts[group.first : group.first + group.count] for group in groups]
    grouped = {chunk for each in members for chunk, _ in each}
    first = _filled([part for each in members for part in each], padded)
    others = [(chunk, row) for chunk, row in parts if chunk not in grouped and decodes(chunk, row)]
    line = [*first, *_filled(others, padded)]
    if not groups:
        return Line(line, APART, [])
    bounds = [0, *accumulate(map(len, members[:-1])), len(first)]
    most = max(after - begin for begin, after in pairwise(bounds))
    pages: list[int] = []
    for group, each in zip(groups, members, strict=True):
        # a row that has fewer drafts than others computes tokens again, and what is shared lies before those too
        before = min(chunk.start + 1 + len(chunk.drafts) - n_new for chunk, _ in each)
        pages += [min(group.n_tokens, before) // page_size] * len(each)
    together = Together(len(first), len(groups), row_bucket(most) if padded else most)
    return Line(line, together, [*bounds, *pages, *[0] * (len(first) - len(pages))])


def _filled(parts: Brought, padded: bool) -> list[tuple[Chunk, Row] | None]:
    return [*parts, *[None] * (row_bucket(len(parts)) - len(parts) if padded and parts else 0)]


def mixed(decoding: Line, prompts: Brought, *, padded: bool) -> tuple[Sizes, list[int]]:
    """The sizes of a step of both, and what describes it; if padded, to sizes that come again."""
    n_tokens = sum(chunk.n_tokens for chunk, _ in prompts)
    sizes = Sizes(len(decoding.parts), len(prompts), n_tokens, decoding.together)
    if padded:
        sizes = replace(sizes, n_chunks=bucket(len(prompts), CHUNKS), n_tokens=bucket(n_tokens, TOKENS))
    nothing = [0] * (sizes.n_chunks - len(prompts))
    columns: tuple[Callable[[Chunk, Row], int], ...] = (
        lambda chunk, row: row.number,
        lambda chunk, row: chunk.start + chunk.n_tokens,
        lambda chunk, row: int(chunk.samples),
    )
    described: list[int] = []
    for value in columns:
        described += [*decoding.of_each(value), *(value(*part) for part in prompts), *nothing]
    starts = [0, *accumulate(chunk.n_tokens for chunk, _ in prompts)]
    return sizes, [*described, *starts, *[n_tokens] * len(nothing), *decoding.common]


def _plain(chunk: Chunk, row: Row) -> bool:
    params = chunk.sequence.params
    return row.plain or not (chunk.samples or params.adapter or params.deterministic)


@dataclass(slots=True)
class _Packed:
    rows: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    sampled: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    hosted: dict[int, Draw] = field(default_factory=dict)
    guessed: set[int] = field(default_factory=set)

    def add(self, chunk: Chunk, row: Row) -> None:
        n_new = chunk.n_tokens + len(chunk.drafts)
        begin, end = len(self.rows), chunk.start + n_new
        self.rows += [row.number] * n_new
        self.positions += range(chunk.start, end)
        self.owners.append(row.number)
        self.lengths.append(end)
        self.spans.append(Span(begin, n_new, end))
        if chunk.samples:
            numbers = range(len(self.sampled), len(self.sampled) + 1 + len(chunk.drafts))
            self.sampled += range(begin + chunk.n_tokens - 1, begin + n_new)
            self.guessed |= set(numbers) if chunk.drafts else set()
            if chunk.drafts or chunk.sequence.needs_its_past:
                self.hosted.update(zip(numbers, rows_of(chunk), strict=True))


def odd(parts: Brought, groups: tuple[Group, ...], page_size: int) -> tuple[Odd, list[int]]:
    """A step that is computed as it is, and what describes it."""
    packed = _Packed()
    for chunk, row in parts:
        packed.add(chunk, row)
    step = Odd(
        n_tokens=len(packed.rows),
        n_sampled=len(packed.sampled),
        max_pages=max(row.n_pages for _, row in parts),
        spans=tuple(packed.spans),
        beginnings=tuple(beginning(group, page_size) for group in groups),
        adapters=tuple(chunk.sequence.params.adapter for chunk, _ in parts),
        deterministic=any(chunk.sequence.params.deterministic for chunk, _ in parts),
        drawing=drawing(parts),
        hosted=packed.hosted,
        guessed=frozenset(packed.guessed),
    )
    return step, [*packed.rows, *packed.positions, *packed.owners, *packed.lengths, *packed.sampled]
