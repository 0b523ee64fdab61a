"""The steps of one running task: recorded as they are done, and not done again after a recovery.

Knows the log and one attempt of one node; knows nothing of what a step does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from contextvars import ContextVar
from typing import Any

from workflows import events as ev
from workflows.context import StepCall, StepEffect, StepOutput
from workflows.errors import NodeError, WorkflowError
from workflows.masking import masked
from workflows.ports import Clock
from workflows.values import clean

Record = Callable[[ev.Event], None]
Commit = Callable[[], Awaitable[None]]

current: ContextVar[int | None] = ContextVar("current", default=None)
"""The number of the step being done, for what is opened inside it."""


class Steps:
    """Numbers an attempt's steps from 0 and answers those that `recorded` holds from there.

    A step among `doubtful` began before a cut, and nobody knows whether it happened: it fails with `outcome_unknown`.
    `record` writes an event down; `commit` returns when everything written down is stored for good.
    """

    def __init__(
        self,
        *,
        node_id: str,
        frame: str,
        attempt: int,
        key: str,
        recorded: Sequence[ev.NodeStep],
        doubtful: Collection[int],
        secrets: Sequence[str],
        clock: Clock,
        record: Record,
        commit: Commit,
    ) -> None:
        self._node_id, self._frame, self._attempt, self._key = node_id, frame, attempt, key
        self._recorded = {step.index: step for step in recorded}
        self._doubtful = frozenset(doubtful)
        self._secrets, self._clock, self._record, self._commit = secrets, clock, record, commit
        self._next = 0

    def next_key(self) -> str:
        """The key of the step asked for next."""
        return f"{self._key}:{self._next}"

    async def step(self, name: str, kind: str, input: Any, call: StepCall, effect: StepEffect) -> Any:
        """See Context.step."""
        key, index = self.next_key(), self._next
        self._next += 1
        done = self._recorded.get(index)
        if done is not None:
            if done.error is not None:
                raise _error(done.error)
            return done.output
        if effect == "once" and index not in self._doubtful:
            self._record(ev.NodeIntent(seq=0, at="", node_id=self._node_id, frame=self._frame, key=key))
            await self._commit()
        began = self._clock.monotonic()
        number = current.set(index)
        try:
            if index in self._doubtful:
                raise NodeError("outcome_unknown", _UNKNOWN, retryable=False)
            said = await call()
            output = said if isinstance(said, StepOutput) else StepOutput(said)
            value = clean(output.value)
        except WorkflowError as error:
            message = masked(error.message, self._secrets)
            info = ev.ErrorInfo(error.code, message, self._node_id, error.field, error.line, self._frame)
            self._write(index, name, kind, input, None, info, began, None)
            raise
        finally:
            current.reset(number)
        self._write(index, name, kind, input, value, None, began, output.usage)
        if effect == "once":
            await self._commit()
        return value

    def _write(
        self,
        index: int,
        name: str,
        kind: str,
        input: Any,
        output: Any,
        error: ev.ErrorInfo | None,
        began: float,
        usage: ev.Usage | None,
    ) -> None:
        step = ev.NodeStep(
            seq=0,
            at="",
            node_id=self._node_id,
            frame=self._frame,
            attempt=self._attempt,
            index=index,
            name=name,
            kind=kind,
            input=masked(clean(input), self._secrets),
            output=output,
            error=error,
            elapsed_ms=round((self._clock.monotonic() - began) * 1000, 2),
            usage=usage,
        )
        self._record(step)


_UNKNOWN = (
    "The engine was interrupted during this step, which must not happen twice, so it is unknown whether it happened."
)


def _error(info: ev.ErrorInfo) -> NodeError:
    return NodeError(info.code, info.message, field=info.field, line=info.line)
