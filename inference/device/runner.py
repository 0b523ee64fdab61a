"""Plans to steps of a device that is behind: changes are sent, work is queued, results come back when they are there.

The host never waits for a token before it launches the next step; what it must know first, such as a grammar's next
state, the scheduler does not plan ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from inference.attention.base import AttentionBackend, Span, calls
from inference.device.lane import Lane, Mark
from inference.device.rows import Column, Layout, Row, RowBook
from inference.device.staging import StagingPool
from inference.device.state import DeviceState, Drawing, Mixed
from inference.models.adapters import adapter_rows
from inference.models.decoder import Decoder
from inference.runner import Pending, agreed, empty_cache, rows_of
from inference.sampling import Row as Draw
from inference.sequence import Chunk, Plan, Scores

_BUCKETS = (1, 2, 4, 8)
_PIECE = 16_384
"""Changes sent at once, at most."""


@dataclass(slots=True)
class Launched:
    """A Pending."""

    runner: DeviceRunner
    plan: Plan
    begun: Mark
    over: Mark
    said: Tensor
    told: dict[int, Scores]
    read: bool = False
    seconds: float | None = None
    scores: list[list[Scores | None]] | None = None

    def tokens(self) -> list[list[int]]:
        self.over.wait()
        self.read = True
        self.runner.known_step = self.plan.step
        self.seconds = self.over.seconds_since(self.begun)
        said: list[int] = self.said.tolist()
        result: list[list[int]] = []
        told: list[list[Scores | None]] = []
        at = 0
        for chunk in self.plan.chunks:
            if chunk.samples:
                result.append(agreed(chunk, said[at : at + 1 + len(chunk.drafts)]))
                told.append([self.told.get(at + number) for number in range(len(result[-1]))])
                at += 1 + len(chunk.drafts)
        self.scores = told if self.told else None
        return result


@dataclass(slots=True)
class _Slot:
    """Where the results of every so manieth step lie: on the device, and on the host."""

    device: Tensor
    host: Tensor
    last: Launched | None = None


@dataclass(slots=True)
class _Packed:
    """A mixed step as numbers."""

    rows: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    sampled: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


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
        self._adapters = decoder.adapters
        most = max(token_budget, _bucket(max_rows))
        layout = Layout(2 * max_rows + 1, -(-max_len // page_size), max_len, n_step=5 * most)
        device = lane.device
        cache = empty_cache(decoder, n_pages, page_size, kv_dtype)
        self._state = DeviceState(decoder, backend, cache, layout, page_size=page_size)
        self._book = RowBook(layout)
        self._staging = StagingPool(lane)
        self._changes = torch.empty(2 * _PIECE, dtype=torch.int32, device=device)
        self._slots = [
            _Slot(torch.empty(most, dtype=torch.int32, device=device), lane.staging(most)) for _ in range(depth + 1)
        ]
        self._batch: list[int] = []
        self.known_step = 0
        """The last step whose outcome the host has."""

    def launch(self, plan: Plan) -> Pending:
        slot = self._slots[plan.step % len(self._slots)]
        if slot.last is not None and not slot.last.read:
            raise RuntimeError(f"step {plan.step} is launched before the outcome of {slot.last.plan.step} was read")
        begun = self._lane.mark()
        rows = [self._book.bring(chunk, plan.step, self.known_step) for chunk in plan.chunks]
        told: dict[int, Scores] = {}
        if all(map(_decodes, plan.chunks)):
            self._decode(plan, rows)
        else:
            self._compute(plan, rows, told)
        said = slot.host[: sum(1 + len(chunk.drafts) for chunk in plan.chunks if chunk.samples)]
        slot.last = Launched(self, plan, begun, self._fetch(slot.device[: len(said)], said), said, told)
        return slot.last

    def _decode(self, plan: Plan, rows: list[Row]) -> None:
        n_rows = _bucket(len(rows))
        batch = [row.number for row in rows] + [0] * (n_rows - len(rows))
        for chunk, row in zip(plan.chunks, rows, strict=True):
            if row.length != chunk.start + 1:
                self._book.write(row, Column.LENGTH, [chunk.start + 1])
            row.length = row.n_tokens = chunk.start + 2
        if batch != self._batch:
            self._book.describe(batch)
            self._batch = batch
        self._send_changes()
        drawing = _drawing(plan.chunks)
        self._lane.run(("decode", n_rows, drawing), partial(self._state.decode, n_rows, drawing))

    def _compute(self, plan: Plan, rows: list[Row], told: dict[int, Scores]) -> None:
        packed = _Packed()
        hosted: dict[int, Draw] = {}
        guessed: set[int] = set()
        for chunk, row in zip(plan.chunks, rows, strict=True):
            first = len(packed.sampled)
            _pack(packed, chunk, row)
            numbers = range(first, len(packed.sampled))
            if chunk.drafts:
                guessed |= set(numbers)
            elif chunk.samples:
                row.length = row.n_tokens = chunk.start + chunk.n_tokens + 1
            if chunk.samples and (chunk.drafts or chunk.sequence.needs_its_past):
                hosted.update(zip(numbers, rows_of(chunk), strict=True))
        step = Mixed(
            n_tokens=len(packed.rows),
            n_chunks=len(rows),
            n_sampled=len(packed.sampled),
            max_pages=max(row.n_pages for row in rows),
            calls=calls(packed.spans, self._lane.device),
            adapters=adapter_rows(
                [chunk.sequence.params.adapter for chunk in plan.chunks],
                [span.n_new for span in packed.spans],
                self._adapters,
                self._lane.device,
            ),
            drawing=_drawing([chunk for chunk in plan.chunks if chunk.samples]),
            hosted=hosted,
            guessed=frozenset(guessed),
        )
        self._batch = []
        self._book.describe([*packed.rows, *packed.positions, *packed.owners, *packed.lengths, *packed.sampled])
        self._send_changes()
        self._lane.run(None, partial(self._state.compute, step, told))

    def _send_changes(self) -> None:
        places, values = self._book.places, self._book.values
        self._book.places, self._book.values = [], []
        for begin in range(0, len(places), _PIECE):
            piece = torch.tensor([places[begin : begin + _PIECE], values[begin : begin + _PIECE]], dtype=torch.int32)
            target = self._changes[: piece.numel()]
            self._staging.send(piece.flatten(), target)
            self._lane.run(None, partial(self._state.apply, target))

    def _fetch(self, device: Tensor, host: Tensor) -> Mark:
        if len(host) == 0:
            return self._lane.mark()
        # the next step overwrites what was sampled, while the copy to the host may still be on its way
        self._lane.run(None, partial(self._state.keep, device))
        return self._lane.download(device, host)


def _decodes(chunk: Chunk) -> bool:
    sequence = chunk.sequence
    plain = not (chunk.drafts or sequence.params.adapter or sequence.needs_its_past)
    return plain and chunk.samples and chunk.n_tokens == 1


def _pack(packed: _Packed, chunk: Chunk, row: Row) -> None:
    n_new = chunk.n_tokens + len(chunk.drafts)
    begin, end = len(packed.rows), chunk.start + n_new
    packed.rows += [row.number] * n_new
    packed.positions += range(chunk.start, end)
    packed.owners.append(row.number)
    packed.lengths.append(end)
    packed.spans.append(Span(begin, n_new, end))
    if chunk.samples:
        packed.sampled += range(begin + chunk.n_tokens - 1, begin + n_new)


def _drawing(chunks: list[Chunk] | tuple[Chunk, ...]) -> Drawing:
    each = [chunk.sequence.params for chunk in chunks]
    return Drawing(
        greedy=all(params.temperature == 0 for params in each),
        filtered=any(params.temperature > 0 and (params.top_k or params.top_p < 1 or params.min_p) for params in each),
    )


def _bucket(n_rows: int) -> int:
    """Rows of the padded batch: 1, 2, 4, and multiples of 8."""
    return next((size for size in _BUCKETS if size >= n_rows), -(-n_rows // 8) * 8)
