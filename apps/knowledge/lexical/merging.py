"""Many segments into few, in the background, while the dataset is searched and changed.

Segments of like size are merged once there are four, so a chunk is written anew a few times in its life and a question
meets some ten segments, however many batches came. Chunks that are deleted are left out for good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import numpy as np
from django.db import transaction

from apps.knowledge.dispatch import send
from apps.knowledge.lexical import postings, roster, rows
from apps.knowledge.lexical.postings import MAX_CHUNKS, Numbers, Postings
from apps.knowledge.lexical.rows import Segment

# As many of like size are merged; sizes are alike up to as many times.
_FANOUT = 4
_SMALLEST = 512
# Larger ones stay as they are until a good part of them is deleted.
_LARGE = MAX_CHUNKS // 2
_DEAD_SHARE = 0.25
# Merged at a time, of all segments together: about ten times as much is held in memory meanwhile.
_RANGE_BYTES = 4 * 1024 * 1024


def merge_soon(dataset_id: UUID) -> None:
    """Ask a worker for it, if there is anything to do. Without one, questions only take longer."""
    if _due(dataset_id):
        send("merge_lexical", str(dataset_id))


def merge(dataset_id: UUID) -> int:
    """Merge what is due. Returns how many merges there were; 0 too while another process is at it."""
    done = 0
    while (ids := _due(dataset_id)) and _merge(dataset_id, ids):
        done += 1
    return done


def _due(dataset_id: UUID) -> list[int]:
    """The segments to merge next; one alone is written anew for what is deleted in it."""
    alike: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for id_, size, live in rows.live_counts(dataset_id):
        if size >= _SMALLEST and live < size * (1 - _DEAD_SHARE):
            return [id_]
        if size >= _SMALLEST and live < _LARGE:
            alike[int(np.log2(max(live, _SMALLEST) / _SMALLEST)) // 2].append((id_, live))
    for _, found in sorted(alike.items()):
        if len(found) >= _FANOUT:
            return _that_fit(found)
    return []


def _that_fit(found: Sequence[tuple[int, int]]) -> list[int]:
    total, ids = 0, []
    for id_, live in found:
        total += live
        if total > MAX_CHUNKS:
            break
        ids.append(id_)
    return ids


@transaction.atomic
def _merge(dataset_id: UUID, ids: Sequence[int]) -> bool:
    """Whether it was done. The dataset is locked only at the end, to take over what was deleted meanwhile."""
    if not rows.try_lock_merging(dataset_id):
        return False
    parts = [each for each in rows.segments_of(dataset_id) if each.id in ids]
    if len(parts) != len(ids):
        return False
    together, numbers = roster.merge([(each.roster, each.live_mask) for each in parts])
    n_bytes = rows.n_bytes(ids)
    bits = postings.bits_for(n_bytes)
    # ranges of hashes that begin and end with a page in every part
    range_bits = min([(n_bytes // _RANGE_BYTES).bit_length(), bits, *(each.bits for each in parts)])
    merged_id = rows.insert(dataset_id, together, bits)
    for index in range(1 << range_bits):
        rows.insert_pages(merged_id, postings.pages(_merged_range(parts, numbers, index, range_bits), bits))
    rows.lock(dataset_id)
    return _take_over(dataset_id, merged_id, parts)


def _merged_range(parts: Sequence[Segment], numbers: Sequence[Numbers], index: int, range_bits: int) -> Postings:
    read = []
    for part in parts:
        width = part.bits - range_bits
        pages = rows.pages_of(part, index << width, (index + 1) << width)
        read.append(postings.joined([postings.unpacked(page) for page in pages]))
    return postings.merge(list(zip(read, numbers, strict=True)))


def _take_over(dataset_id: UUID, merged_id: int, parts: Sequence[Segment]) -> bool:
    now = {each.id: each for each in rows.segments_of(dataset_id)}
    gone_since = []
    for part in parts:
        current = now.get(part.id)
        # without any left, it went
        live = current.live_mask if current else np.zeros(part.roster.size, bool)
        gone_since += part.roster.chunk_ids(np.flatnonzero(part.live_mask & ~live))
    rows.delete([part.id for part in parts])
    if gone_since:
        merged = now[merged_id]
        rows.mark_deleted(merged, merged.roster.numbers_of(gone_since))
    return True
