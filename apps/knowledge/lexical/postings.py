"""Postings: which chunks have a term, and how often. How they are made from terms, put into pages, and merged.

Pure. Chunks are numbers within a segment, terms are hashes of 64 bits: among a million terms, two are mistaken for one
another with a chance of 1 in 40 million.

A page, little-endian: number of terms, bytes a frequency takes (u4 each), the terms' hashes in order (u8), where each
one's postings end (u4), then the chunks' numbers (u2) and the frequencies of all postings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

MAX_CHUNKS = 1 << 16
# So large are pages on average: beside a rare term few others are read in vain, and rows stay few.
PAGE_BYTES = 2048
_TERM_BYTES = 12
_HEAD = 8

Numbers = npt.NDArray[Any]


@lru_cache(maxsize=50_000)
def hash_of(term: str) -> int:
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms by hash, ascending; the postings of `terms[i]` end at `ends[i]`, by chunk, ascending."""

    terms: Numbers
    ends: Numbers
    chunks: Numbers
    counts: Numbers

    @property
    def n_bytes(self) -> int:
        return len(self.terms) * _TERM_BYTES + len(self.chunks) * 3


def invert(texts: Sequence[Sequence[str]]) -> Postings:
    """The terms of chunks 0, 1, … as postings."""
    known: dict[str, int] = {}
    found = [np.fromiter((known.setdefault(each, len(known)) for each in terms), np.int64) for terms in texts]
    hashes = np.fromiter(map(hash_of, known), np.uint64, len(known))
    chunks = np.repeat(np.arange(len(texts)), [len(each) for each in found])
    return _ordered(hashes, np.concatenate([*found, np.empty(0, np.int64)]), chunks, None)


def merge(parts: Sequence[tuple[Postings, Numbers]]) -> Postings:
    """Several as one. Beside each: the new number of each of its chunks, -1 where it is dropped."""
    hashes, terms, chunks, counts = [], [], [], []
    seen = 0
    for postings, renumbered in parts:
        new = renumbered[postings.chunks]
        kept = new >= 0
        term = np.repeat(np.arange(len(postings.terms)), np.diff(postings.ends, prepend=0)) + seen
        hashes.append(postings.terms)
        terms.append(term[kept])
        chunks.append(new[kept])
        counts.append(postings.counts[kept])
        seen += len(postings.terms)
    return _ordered(np.concatenate(hashes), np.concatenate(terms), np.concatenate(chunks), np.concatenate(counts))


def _ordered(hashes: Numbers, terms: Numbers, chunks: Numbers, counts: Numbers | None) -> Postings:
    """`terms` are places in `hashes`, which may repeat; without `counts` every repeat of term and chunk counts one."""
    distinct, place = np.unique(hashes, return_inverse=True)
    keys = place[terms] * MAX_CHUNKS + chunks if len(terms) else np.empty(0, np.int64)
    if counts is None:
        keys, counts = np.unique(keys, return_counts=True)
    else:
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
    sizes = np.bincount(keys // MAX_CHUNKS, minlength=len(distinct))
    there = sizes > 0
    return Postings(
        distinct[there], np.cumsum(sizes[there]), (keys % MAX_CHUNKS).astype(np.uint16), counts.astype(np.uint32)
    )


def bits_for(n_bytes: int) -> int:
    """How many bits of the hash name a page, for pages of the usual size."""
    return min(24, max(0, (n_bytes // PAGE_BYTES).bit_length()))


def pages(postings: Postings, bits: int) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of the pages that hold anything."""
    numbers = page_numbers(postings.terms, bits)
    firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
    for first, last in zip(firsts, [*firsts[1:], len(numbers)], strict=True):
        yield int(numbers[first]), _packed(postings, int(first), int(last))


def page_numbers(hashes: Numbers, bits: int) -> Numbers:
    return (hashes >> np.uint64(64 - bits)).astype(np.int64) if bits else np.zeros(len(hashes), np.int64)


def _packed(postings: Postings, first: int, last: int) -> bytes:
    start = int(postings.ends[first - 1]) if first else 0
    end = int(postings.ends[last - 1])
    counts = postings.counts[start:end]
    most = int(counts.max())
    width = 1 if most < 1 << 8 else 2 if most < 1 << 16 else 4
    return b"".join(
        (
            np.array([last - first, width], "<u4").tobytes(),
            postings.terms[first:last].astype("<u8").tobytes(),
            (postings.ends[first:last] - start).astype("<u4").tobytes(),
            postings.chunks[start:end].astype("<u2").tobytes(),
            counts.astype(f"<u{width}").tobytes(),
        )
    )


def unpacked(page: bytes) -> Postings:
    n_terms, width = np.frombuffer(page, "<u4", 2).tolist()
    terms = np.frombuffer(page, "<u8", n_terms, _HEAD)
    ends = np.frombuffer(page, "<u4", n_terms, _HEAD + 8 * n_terms)
    at, n_postings = _HEAD + 12 * n_terms, int(ends[-1])
    chunks = np.frombuffer(page, "<u2", n_postings, at)
    return Postings(terms, ends, chunks, np.frombuffer(page, f"<u{width}", n_postings, at + 2 * n_postings))


def joined(parts: Sequence[Postings]) -> Postings:
    """Pages of one segment, in order of their numbers, as one."""
    if not parts:
        return Postings(*(np.empty(0, kind) for kind in (np.uint64, np.int64, np.uint16, np.uint32)))
    starts = np.cumsum([0] + [len(each.chunks) for each in parts[:-1]])
    return Postings(
        np.concatenate([each.terms for each in parts]),
        np.concatenate([each.ends.astype(np.int64) + start for each, start in zip(parts, starts, strict=True)]),
        np.concatenate([each.chunks for each in parts]),
        np.concatenate([each.counts for each in parts]),
    )
