"""What chunks come to: counts, sizes, what to be warned of, and what embedding them would take. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from apps.knowledge.chunking import Chunked, Draft
from apps.knowledge.chunking.sizes import measure
from apps.knowledge.preview.windows import window_of
from workflows.tokens import estimate_tokens

# Limits between the bars of the histogram, in estimated tokens.
_BOUNDS = (0, 32, 64, 128, 192, 256, 384, 512, 1024)
_TINY_TOKENS = 20
# So many chunks, as a share, may be tiny or the same before it is worth a word.
_MANY = 0.25


def shape(draft: Draft) -> dict[str, Any]:
    return {**asdict(draft), "units": round(measure(draft.content)), "tokens": tokens_of(draft)}


def tokens_of(draft: Draft) -> int:
    """Of what is embedded: the chunk with its answer and the headings above it."""
    return estimate_tokens("\n".join([" > ".join(draft.headings), draft.content, draft.answer]))


def counts(made: Chunked, sizes: Sequence[int]) -> dict[str, int]:
    kinds = Counter(each.kind for each in made.chunks)
    return {
        "chunks": len(made.chunks) - kinds["child"],
        "children": kinds["child"],
        "searched": len(sizes),
        "characters": len(made.text),
        "tokens": sum(sizes),
    }


def histogram(sizes: Sequence[int]) -> list[dict[str, int | None]]:
    """How many chunks have at least `from` and less than `to` tokens."""
    bars = [*pairwise(_BOUNDS), (_BOUNDS[-1], None)]
    return [
        {"from": low, "to": high, "count": sum(1 for size in sizes if low <= size and (high is None or size < high))}
        for low, high in bars
    ]


def warnings(made: Chunked, sizes: Sequence[int], model: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if not made.chunks:
        found.append(warning("no_chunks", "There is no text in it that could be searched."))
        return found
    window = window_of(model)
    beyond = sum(1 for size in sizes if window is not None and size > window)
    if beyond:
        found.append(
            warning(
                "chunks_beyond_window",
                f"{beyond} of {len(sizes)} chunks are longer than the {window} tokens that {model} reads; their ends "
                "are found by their words only. Choose a smaller size, or another embedding model.",
            )
        )
    tiny = sum(1 for size in sizes if size < _TINY_TOKENS)
    if len(sizes) > 4 and tiny > len(sizes) * _MANY:
        found.append(
            warning(
                "chunks_tiny",
                f"{tiny} of {len(sizes)} chunks have fewer than {_TINY_TOKENS} tokens and say little by themselves. "
                "Choose the structure-aware chunker, another separator, or a larger size.",
            )
        )
    same = len(sizes) - len({" ".join(each.content.split()) for each in made.chunks if each.kind != "parent"})
    if same > max(1, len(sizes) * _MANY):
        found.append(
            warning("chunks_repeated", f"{same} of {len(sizes)} chunks repeat the text of another one word for word.")
        )
    return found


def warning(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "page": None}


def estimate(made: Chunked, sizes: Sequence[int], share: float, tokens_a_second: float | None) -> dict[str, Any]:
    """For the whole document, of which `share` was read; `seconds` is None where no pace is known."""
    tokens = round(sum(sizes) / share)
    return {
        "chunks": round(len(sizes) / share),
        "characters": round(len(made.text) / share),
        "tokens": tokens,
        "seconds": None if tokens_a_second is None else max(1, round(tokens / tokens_a_second)),
    }
