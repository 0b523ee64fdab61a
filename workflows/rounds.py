"""Containers that run their body once for each element of a list: what iteration and batch share.

Knows lists, error modes and the order of results; knows nothing of where the list or a frame's output comes from.
"""

from __future__ import annotations

from typing import Any, Literal

from workflows.containers import Container, Opening, Work
from workflows.context import Context
from workflows.errors import NodeError
from workflows.kinds import Result
from workflows.template import Pool, Ref
from workflows.values import MISSING, to_text

OnError = Literal["stop", "null", "drop"]


class EachOf(Container):
    """Runs a frame for each element, at most `parallel` at once; results keep the order of the elements.

    `stop` starts no new frame after one failed, lets the others finish, and fails. `null` and `drop` go on.
    """

    result_name = "output"

    def __init__(self, items: Ref, region: str, parallel: int, on_error: OnError) -> None:
        self.region = region
        self.parallel = parallel
        self.tolerant = on_error != "stop"
        self._items = items
        self._on_error = on_error

    def open(self, ctx: Context) -> Opening:
        items = self._items.get(ctx.pool)
        if items is None:
            items = []
        if not isinstance(items, list):
            name = ".".join(self._items.selector)
            what = "nothing" if items is MISSING else f"“{to_text(items)[:60]}”"
            message = f"{name} must be a list to work through, and is {what}."
            raise NodeError("items_not_a_list", message, field="items", retryable=False)
        return Opening({"items": items}, len(items))

    def own(self, inputs: dict[str, Any], index: int) -> dict[str, Any]:
        return {"item": inputs["items"][index], "index": index}

    def wants_frame(self, work: Work, pool: Pool) -> bool:
        return work.opened < (work.length or 0) and (self.tolerant or not work.errors)

    def values(self, work: Work) -> list[Any]:
        """The outputs in order; those of failed frames null or left out. Raises NodeError in the mode `stop`."""
        if work.errors and not self.tolerant:
            raise self._failure(work)
        if self._on_error == "drop":
            return self._partial(work)
        return [work.outputs.get(i) for i in range(work.opened)]

    @staticmethod
    def _partial(work: Work) -> list[Any]:
        return [work.outputs[i] for i in sorted(work.outputs)]

    def _failure(self, work: Work) -> NodeError:
        index, error = next(iter(work.errors.items()))
        where = f" at node {error.node_id!r}" if error.node_id else ""
        message = f"Element {index} failed{where}: {error.message}"
        return NodeError(error.code, message, inputs=work.inputs, outputs={self.result_name: self._partial(work)})

    def facts(self, work: Work) -> dict[str, Any]:
        """Counts for the run's log."""
        return {"count": work.opened, **({"failed": len(work.errors)} if work.errors else {})}

    def result(self, work: Work) -> Result:
        return Result({"output": self.values(work)}, work.inputs, facts=self.facts(work))
