"""Who may come in: by what waits already and how fast it goes, by what each tenant has left, by deadlines.

Everything is decided in constant time before a prompt is tokenized. Knows no model and no HTTP.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from inference.config import ServerConfig
from inference.errors import BadRequest, DeadlineMissed, Overloaded

FIRST_CHARS_PER_TOKEN = 4.0
TELLING_CHARS = 256
"""Of a shorter text, most tokens may be its template's: it says nothing of how many another text has."""
LONGEST_TOKEN_CHARS = 128
"""No vocabulary's tokens are longer on average over a prompt: more characters than that cannot fit a context."""
WEIGHT = 0.2
"""Of a new measurement, against all older ones together."""
MAX_TENANTS = 4096


class Size(NamedTuple):
    """What is known of a request's prompts before they are tokenized."""

    n_chars: int = 0
    """Of those that are texts."""
    longest: int = 0
    """Characters of the longest text."""
    n_ids: int = 0
    """Tokens of those that came as tokens."""

    @classmethod
    def of(cls, prompts: Collection[str | list[int]]) -> Size:
        texts = [len(prompt) for prompt in prompts if isinstance(prompt, str)]
        n_ids = sum(len(prompt) for prompt in prompts if not isinstance(prompt, str))
        return cls(sum(texts), max(texts, default=0), n_ids)


class Backlog:
    """Prompt tokens that wait for their first token of an answer, and how fast such waits end.

    A wait that ended tells the rate: all tokens that were ahead of it, and its own, over its time. Both are summed up,
    old ones for less, so that short waits, which say little, weigh little.
    """

    def __init__(self) -> None:
        self.n_tokens = 0
        """Whole ones, so that nothing is left over when all have gone."""
        self.chars_per_token = FIRST_CHARS_PER_TOKEN
        self._waited_tokens = self._waited_s = 0.0

    def expected(self, size: Size) -> int:
        """Tokens that a request will probably have."""
        return size.n_ids + math.ceil(size.n_chars / self.chars_per_token)

    def wait_s(self, n_tokens: float) -> float:
        """How long a newcomer of `n_tokens` will probably wait; 0 while nothing was measured."""
        if not self._waited_tokens:
            return 0.0
        return (self.n_tokens + n_tokens) * self._waited_s / self._waited_tokens

    def learn_rate(self, n_tokens: float, seconds: float) -> None:
        self._waited_tokens = (1 - WEIGHT) * self._waited_tokens + n_tokens
        self._waited_s = (1 - WEIGHT) * self._waited_s + seconds

    def learn_size(self, n_chars: int, n_tokens: int) -> None:
        if n_chars >= TELLING_CHARS:
            self.chars_per_token += WEIGHT * (n_chars / n_tokens - self.chars_per_token)


class Ticket:
    """One request's place in the backlog, from its admission to its first token."""

    def __init__(self, backlog: Backlog, size: Size, clock: Callable[[], float]) -> None:
        self._backlog = backlog
        self._clock = clock
        self._size = size
        self._n_tokens = backlog.expected(size)
        self._ahead = backlog.n_tokens
        self._came = clock()
        self._waits = True
        backlog.n_tokens += self._n_tokens

    def measured(self, n_tokens: int) -> None:
        """The prompts have been tokenized."""
        told = n_tokens - self._size.n_ids
        if told > 0:
            self._backlog.learn_size(self._size.n_chars, told)
        if self._waits:
            self._backlog.n_tokens += n_tokens - self._n_tokens
        self._n_tokens = n_tokens

    def begun(self) -> None:
        """The answer has begun."""
        if self._waits:
            self._backlog.learn_rate(self._ahead + self._n_tokens, self._clock() - self._came)
        self.left()

    def left(self) -> None:
        """It waits no more, whatever the reason; may be called again."""
        if self._waits:
            self._waits = False
            self._backlog.n_tokens -= self._n_tokens


class Admission:
    """`admitted` raises Overloaded, DeadlineMissed or BadRequest instead of letting a request in."""

    def __init__(self, config: ServerConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._clock = clock
        self._backlogs: dict[str, Backlog] = {}
        self._tenants: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @contextmanager
    def admitted(
        self, queue: str, *, size: Size, max_model_len: int, tenant: str, deadline_ms: float | None
    ) -> Iterator[Ticket]:
        """A place for prompts of that size, given back at the end. Models of one `queue` wait for each other; `tenant`
        names whose tokens are spent: the request's cache salt.
        """
        backlog = self._backlogs.setdefault(queue, Backlog())
        if size.longest > max_model_len * LONGEST_TOKEN_CHARS:
            raise BadRequest(
                "context_length_exceeded",
                f"The prompt has {size.longest} characters; this model's context holds {max_model_len} tokens.",
                param="messages",
            )
        n_tokens = backlog.expected(size)
        wait_s = backlog.wait_s(n_tokens)
        # A rate learnt from short prompts says little of a long one: where nothing waits, it is tried.
        if backlog.n_tokens and deadline_ms is not None and wait_s * 1000 > deadline_ms:
            raise DeadlineMissed(
                "deadline_unreachable",
                f"The answer would begin in about {wait_s * 1000:.0f} ms, after its deadline of {deadline_ms:.0f} ms.",
            )
        if backlog.n_tokens and wait_s > self._config.target_wait_s:
            raise Overloaded(
                "backlog_full",
                f"About {wait_s:.0f} s of prompts wait already; {self._config.target_wait_s:g} s are allowed.",
                retry_after_s=max(1, math.ceil(wait_s - self._config.target_wait_s)),
            )
        self._spend(tenant, n_tokens)
        ticket = Ticket(backlog, size, self._clock)
        try:
            yield ticket
        finally:
            ticket.left()

    def _spend(self, tenant: str, n_tokens: float) -> None:
        """Take from the tenant's bucket; one request larger than the bucket passes when the bucket is full."""
        rate, burst = self._config.tenant_tokens_per_s, self._config.tenant_burst_tokens
        if rate is None:
            return
        now = self._clock()
        left, at = self._tenants.pop(tenant, (burst, now))
        left = min(burst, left + (now - at) * rate)
        wanted = min(n_tokens, burst)
        passes = wanted <= left
        self._tenants[tenant] = (left - wanted if passes else left, now)
        while len(self._tenants) > MAX_TENANTS:
            self._tenants.popitem(last=False)
        if not passes:
            raise Overloaded(
                "tenant_rate",
                f"This tenant may spend {rate:g} prompt tokens a second and has spent them.",
                retry_after_s=max(1, math.ceil((wanted - left) / rate)),
            )
