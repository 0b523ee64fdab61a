"""A node of any kind run once for each element of a list, because its policy says so.

Knows one node and its list; within it, `[<own id>, item]` and `[<own id>, index]` are the element at hand.
"""

from __future__ import annotations

from typing import Any

from workflows.containers import Work
from workflows.definition import Batch
from workflows.kinds import Result
from workflows.rounds import EachOf
from workflows.scope import Scope
from workflows.template import Pool


class BatchContainer(EachOf):
    """`items` are the outputs of each run of the node; each of its outputs is also given as a list."""

    result_name = "items"

    def __init__(self, batch: Batch, scope: Scope) -> None:
        assert scope.body is not None
        if not batch.items:
            scope.fault("reference_empty", "No list is chosen to run the node for.", "policy.batch.items")
        super().__init__(scope.ref(batch.items, "policy.batch.items"), scope.body.id, batch.parallel, batch.on_error)
        self._names = list(scope.body.outputs[0] or {})

    def output(self, pool: Pool, work: Work) -> Any:
        return pool[0] or {}

    def result(self, work: Work) -> Result:
        items = self.values(work)
        names = self._names or sorted({name for item in items if item for name in item})
        outputs = {name: [item.get(name) if item else None for item in items] for name in names}
        return Result({**outputs, "items": items}, work.inputs, facts=self.facts(work))
