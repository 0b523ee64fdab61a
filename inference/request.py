"""What a caller asks of a model, and what comes back piece by piece. Knows nothing of engines, tensors or HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length", "abort"]
Service = Literal["interactive", "batch", "idle"]
"""Who waits for the answer: a person, a job, nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What the platform knows of a request from its workflow. All optional and advisory: a wrong hint costs time, never
    an answer. Times are milliseconds from the request's arrival.
    """

    run_id: str = ""
    node_key: str = ""
    """Stable over runs; answers' lengths are learnt by it."""
    service: Service = "interactive"
    deadline_ms: float | None = None
    """When the whole run should be done."""
    remaining_ms: float = 0.0
    """What still follows this request on the longest way to the run's end."""
    run_age_ms: float = 0.0
    """How long the run has been under way."""
    gang: str = ""
    """Siblings of a parallel region carry the same name; who waits for the join waits for the last of them."""
    hold_ms: float = 0.0
    """How long a tool will probably run before the same conversation goes on; 0: it does not go on."""


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
    salt: str = ""
    """Prefixes are shared among requests with the same salt only, such as a tenant's."""
    drop_after_ms: float | None = None
    """Give up when it has not begun by then."""
    hints: Hints = Hints()
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
