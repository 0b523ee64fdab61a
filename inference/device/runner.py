"""Plans to steps of a device that is behind: changes are sent, work is queued, results come back when they are there.

The host never waits for a token before it launches the next step; what it must know first, such as a grammar's next
state, the scheduler does not plan ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch

from inference.attention.base import MAX_DECODE, AttentionBackend
from inference.device import packing
from inference.device.lane import Lane
from inference.device.packing import Brought, Line
from inference.device.results import Launched, Slot, Told
from inference.device.rows import Field, Layout, RowBook
from inference.device.staging import StagingPool
from inference.device.state import DeviceState, Drawing
from inference.device.steps import APART, Sizes, Steps, Together
from inference.models.decoder import Decoder
from inference.runner import Pending, empty_cache
from inference.sequence import Group, Plan, Scores

_PIECE = 16_384
"""Changes sent at once, at most."""
_DRAWINGS = (Drawing(greedy=True, filtered=False), Drawing(greedy=False, filtered=True))
"""What is recorded before the first request; other draws are when they first come."""


class DeviceRunner:
    """A Runner. At most `depth` steps are under way when another one is launched."""

    def __init__(
        self,
        decoder: Decoder,
        backend: AttentionBackend,
        lane: Lane,
        *,
        n_pages: int,
        page_size: int,
        max_rows: int,
        max_len: int,
        token_budget: int,
        depth: int,
        kv_dtype: torch.dtype | None = None,
    ) -> None:
        """kv_dtype: as for `empty_cache`."""
        self._lane = lane
        self._max_rows = max_rows
        self._page_size = page_size
        self._token_budget = token_budget
        most = max(token_budget, packing.TOKENS[-1]) + MAX_DECODE * packing.row_bucket(max_rows)
        max_pages = -(-max_len // page_size)
        layout = Layout.of(n_rows=2 * max_rows + 1, max_pages=max_pages, max_len=max_len, n_step=5 * most)
        device = lane.device
        self._state = DeviceState(layout, device)
        cache = empty_cache(decoder, n_pages, page_size, kv_dtype)
        self._steps = Steps(decoder, backend, cache, self._state, page_size=page_size)
        self._book = RowBook(layout)
        self._staging = StagingPool(lane)
        self._changes = torch.empty(2 * _PIECE, dtype=torch.int32, device=device)
        self._slots = [
            Slot(torch.empty(most, dtype=torch.int32, device=device), lane.staging(most)) for _ in range(depth + 1)
        ]
        self._described: list[int] = []
        self._known_step = 0
        """The last step whose outcome the host has."""
        lane.begin()

    def launch(self, plan: Plan) -> Pending:
        slot = self._slots[plan.step % len(self._slots)]
        if slot.last is not None and not slot.last.read:
            raise RuntimeError(f"step {plan.step} is launched before the outcome of {slot.last.step} was read")
        begun = self._lane.mark()
        if plan.copies:
            self._lane.run(None, partial(self._steps.copy, plan.copies))
        parts = [(chunk, self._book.bring(chunk, plan.step, self._known_step)) for chunk in plan.chunks]
        hosted: dict[int, Scores] = {}
        if packing.checks(parts):
            most = packing.most_drafts(parts)
            line = self._lined_up(parts, plan.groups, 1 + most)
            told = self._verify(parts, line, 1 + most) if most else self._decode(parts, line)
        elif packing.mixes(parts):
            told = self._mixed(parts, self._lined_up(parts, plan.groups, 1))
        else:
            told = self._odd(parts, plan.groups, hosted)
        n_said = max((each.place + 1 + len(each.chunk.drafts) for each in told), default=0)
        said, kept = slot.host[:n_said], slot.device[:n_said]
        if n_said:
            # the next step overwrites what was sampled, while the copy to the host may still be on its way
            self._lane.run(None, partial(self._state.keep, kept))
        over = self._lane.download(kept, said) if n_said else self._lane.mark()
        slot.last = Launched(plan.step, told, begun, over, said, hosted, self._learn)
        return slot.last

    def reset(self) -> None:
        # Rows of steps that are lost count as read, so that others may have them; changes not sent are for those rows.
        self._known_step = max([self._known_step, *(slot.last.step for slot in self._slots if slot.last is not None)])
        for slot in self._slots:
            slot.last = None
        self._described = []
        self._book.take()

    def close(self) -> None:
        """All it has is memory."""

    def record(self, tell: Callable[[int, int], None]) -> None:
        """Compute every kind of step that is common once, the largest first, so that the lane has it recorded before
        the first request, in memory that smaller ones share. tell: called with how many are done, and of how many.

        Only row 0 takes part, so nothing changes.
        """
        steps = [*self._common()] if self._lane.records else []
        for number, (key, compute) in enumerate(steps, 1):
            self._lane.run(key, compute)
            tell(number, len(steps))

    def _common(self) -> Iterator[tuple[tuple[object, ...], Callable[[], None]]]:
        sizes = sorted({packing.row_bucket(n) for n in range(1, self._max_rows + 1)}, reverse=True)
        budget = packing.bucket(min(self._token_budget, packing.TOKENS[-1]), packing.TOKENS)
        for n_tokens in sorted((size for size in packing.TOKENS if size <= budget), reverse=True):
            for drawing in _DRAWINGS:
                yield self._mixed_step(Sizes(0, 1, n_tokens), drawing)
        for n_rows in sizes:
            for drawing in _DRAWINGS:
                yield self._decode_step(n_rows, APART, drawing)

    def _decode(self, parts: Brought, line: Line) -> list[Told]:
        for chunk, row in parts:
            if row.length != chunk.start + 1:
                self._book.write(row, Field.LENGTH, [chunk.start + 1])
            row.length = row.n_tokens = chunk.start + 2
        self._describe([*line.of_each(lambda chunk, row: row.number), *line.common])
        self._lane.run(*self._decode_step(len(line.parts), line.together, packing.drawing(parts)))
        places = line.places
        return [Told(chunk, places[chunk]) for chunk, _ in parts]

    def _verify(self, parts: Brought, line: Line, n_new: int) -> list[Told]:
        told = []
        places = line.places
        for chunk, row in parts:
            if row.length != chunk.start + 1:
                self._book.write(row, Field.LENGTH, [chunk.start + 1])
            # without drafts it brings one token, and the next step may follow before that is known
            row.length = None if chunk.drafts else chunk.start + 2
            row.n_tokens = chunk.start + (1 if chunk.drafts else 2)
            told.append(Told(chunk, places[chunk] * n_new, row if chunk.drafts else None))
        rows = line.of_each(lambda chunk, row: row.number)
        self._describe([*rows, *line.of_each(lambda chunk, row: len(chunk.drafts)), *line.common])
        kind = len(rows), n_new, line.together, packing.drawing(parts).filtered
        self._lane.run(("verify", *kind), partial(self._steps.verify, *kind))
        return told

    def _mixed(self, parts: Brought, line: Line) -> list[Told]:
        prompts = [part for part in parts if not packing.decodes(*part)]
        sizes, description = packing.mixed(line, prompts, padded=self._lane.records)
        for chunk, row in parts:
            row.length = chunk.start + chunk.n_tokens + chunk.samples
            row.n_tokens = max(row.n_tokens, row.length)
        self._describe(description)
        self._lane.run(*self._mixed_step(sizes, packing.drawing(parts)))
        places = line.places | {chunk: sizes.n_decode + place for place, (chunk, _) in enumerate(prompts)}
        return [Told(chunk, places[chunk]) for chunk, _ in parts if chunk.samples]

    def _odd(self, parts: Brought, groups: tuple[Group, ...], hosted: dict[int, Scores]) -> list[Told]:
        step, description = packing.odd(parts, groups, self._page_size)
        self._describe(description)
        self._lane.run(None, partial(self._steps.compute, step, hosted))
        told: list[Told] = []
        place = 0
        for chunk, row in parts:
            if not chunk.samples:
                continue
            told.append(Told(chunk, place))
            place += 1 + len(chunk.drafts)
            row.length = None if chunk.drafts else chunk.start + chunk.n_tokens + 1
            row.n_tokens = row.n_tokens if row.length is None else row.length
        return told

    def _decode_step(
        self, n_rows: int, together: Together, drawing: Drawing
    ) -> tuple[tuple[object, ...], Callable[[], None]]:
        return ("decode", n_rows, together, drawing), partial(self._steps.decode, n_rows, together, drawing)

    def _mixed_step(self, sizes: Sizes, drawing: Drawing) -> tuple[tuple[object, ...], Callable[[], None]]:
        return ("mixed", sizes, drawing), partial(self._steps.mixed, sizes, drawing)

    def _lined_up(self, parts: Brought, groups: tuple[Group, ...], n_new: int) -> Line:
        return packing.lined_up(parts, groups, n_new, self._page_size, padded=self._lane.records)

    def _describe(self, description: list[int]) -> None:
        """Send what describes the step, unless it is there, and every other change."""
        if description != self._described:
            self._book.describe(description)
            self._described = description
        places, values = self._book.take()
        for begin in range(0, len(places), _PIECE):
            piece = torch.tensor([places[begin : begin + _PIECE], values[begin : begin + _PIECE]], dtype=torch.int32)
            target = self._changes[: piece.numel()]
            self._staging.send(piece.flatten(), target)
            self._lane.run(None, partial(self._state.apply, target))

    def _learn(self, step: int) -> None:
        self._known_step = step
