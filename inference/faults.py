"""Whose fault a failed step is: found by computing its requests again, one at a time. Knows requests, no runner.

A request that fails by itself as well ends alone. Next of all a probe is computed, which cannot be at fault: where that
fails too, the engine is. What the request was is remembered, so that one which keeps failing is not let
in again, also by an engine that was built in the place of one it brought down.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Set
from dataclasses import replace
from hashlib import blake2b

from inference.errors import BadRequest, InferenceError
from inference.request import Hints, SamplingParams
from inference.sequence import Sequence

PROBE = "probe"
"""The id of the request that cannot be at fault."""
_REMEMBERED = 256
_ENOUGH = 2


class Records:
    """How often each request failed by itself, by a digest of all that its computation depends on but its seed. The
    256 that failed last are kept."""

    def __init__(self) -> None:
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def check(self, prompt: list[int], params: SamplingParams) -> None:
        """Raise BadRequest for a request that failed by itself twice."""
        if self._counts and self._counts.get(_digest(prompt, params), 0) >= _ENOUGH:
            raise BadRequest(
                "request_fails",
                "Computing this request failed each time it was sent, so it is not tried again. Change its prompt or "
                "its parameters, and look for the fault in the server's log.",
            )

    def failed(self, digest: bytes) -> None:
        self._counts[digest] = self._counts.pop(digest, 0) + 1
        if len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)


class Faults:
    """Of one engine. After a failed step every running sequence is to be set back."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def failed(self, members: Iterable[Sequence], failed: Set[Sequence]) -> Sequence | None:
        """Steps of `members` are lost; `failed` were in the one that failed, also who has left meanwhile. Returns the
        one to end for it, after which the probe is due; None: each is now a suspect, to be computed by itself.

        Raises LookupError when it is nobody's fault: the probe failed.
        """
        suspects = list(members)
        if any(each.request_id == PROBE for each in suspects):
            raise LookupError("steps fail whoever is in them")
        if len(suspects) == 1 and suspects[0].suspect and failed == set(suspects):
            self._records.failed(digest_of(suspects[0]))
            return suspects[0]
        for each in suspects:
            each.suspect = True
        return None

    def passed(self, sequences: Iterable[Sequence]) -> None:
        """A step succeeded, and these got a token by it."""
        for each in sequences:
            each.suspect = False


def digest_of(sequence: Sequence) -> bytes:
    return _digest(sequence.tokens[: sequence.n_prompt], sequence.params)


def fault(error: Exception) -> InferenceError:
    """What the caller of a request that failed by itself is told."""
    return InferenceError(
        "engine_failed", f"The engine failed on this request ({type(error).__name__}); the server's log says where."
    )


def _digest(prompt: list[int], params: SamplingParams) -> bytes:
    lasting = replace(params, seed=None, hints=Hints(), drop_after_ms=None)
    return blake2b(array("q", prompt).tobytes() + repr(lasting).encode(), digest_size=16).digest()
