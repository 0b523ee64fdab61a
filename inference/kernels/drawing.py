"""How rows of logits become tokens, packed for few uploads: an argument of `sample_rows` and `verify_draft`.

Knows no request and no draw. A row is one place where a token is wanted; a sequence with drafts has several.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from torch import Tensor


class Number(IntEnum):
    """Columns of `DrawRows.numbers`. Meanings are OpenAI's and vLLM's."""

    TEMPERATURE = 0
    """0 is greedy: the filters and the draw fall away."""
    TOP_P = 1
    """1: no limit."""
    MIN_P = 2
    REPETITION_PENALTY = 3
    """1: none."""
    PRESENCE_PENALTY = 4
    FREQUENCY_PENALTY = 5


class Integer(IntEnum):
    """Columns of `DrawRows.integers`."""

    SEED = 0
    """Any 64 bits."""
    POSITION = 1
    """How many tokens precede the one that is wanted; below 2 ** 31."""
    TOP_K = 2
    """0: no limit."""
    MASK = 3
    """The row of `DrawRows.bitmask` that says what is allowed; -1: everything."""


@dataclass(frozen=True, slots=True)
class Edits:
    """Tokens whose logits penalties and biases change, row after row. Within a row each token occurs once."""

    starts: Tensor
    """(rows + 1,) int32: the edits of row r are those from starts[r] to starts[r + 1]."""
    tokens: Tensor
    """(n,) int32."""
    seen: Tensor
    """(n,) int32: how often the row has generated the token; 0: the prompt alone has it; -1: neither, for a bias."""
    bias: Tensor
    """(n,) fp32, added after the penalties; 0: none."""


@dataclass(frozen=True, slots=True)
class DrawRows:
    """All tensors are on the logits' device."""

    numbers: Tensor
    """(rows, 6) fp32, columns as in `Number`."""
    integers: Tensor
    """(rows, 4) int64, columns as in `Integer`."""
    filtered: bool
    """Whether any row has top_k, top_p or min_p: rows without take a shorter way."""
    edits: Edits | None = None
    """None: no row has penalties or biases."""
    bitmask: Tensor | None = None
    """(masks, ceil(vocab / 32)) int32, llguidance's layout: bit i of word w is set when token 32 * w + i is allowed.
    None: no row has a grammar."""
