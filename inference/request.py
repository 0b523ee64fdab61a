"""What a caller asks of a model, and what comes back piece by piece. Knows nothing of engines, tensors or HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingParams:
    """How tokens are chosen and when to end. Field meanings are OpenAI's and vLLM's."""

    max_tokens: int | None = None
    """None: until the model ends, or its context is full."""
    temperature: float = 1.0
    """0 is greedy."""
    top_p: float = 1.0
    top_k: int = 0
    """0: no limit."""
    min_p: float = 0.0
    seed: int | None = None
    """None: a fresh one for every request."""
    stop: tuple[str, ...] = ()
    stop_token_ids: tuple[int, ...] = ()
    ignore_eos: bool = False
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    repetition_penalty: float = 1.0


@dataclass(frozen=True, slots=True)
class Piece:
    """Some more of an answer. The last piece of a stream has a finish reason, and only that one."""

    text: str
    n_tokens: int = 0
    finish_reason: FinishReason | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, its content flattened to text."""

    role: str
    content: str
