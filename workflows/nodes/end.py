"""End: names the outputs of a workflow. Several may run; their outputs are joined.

The values are also said as the run's answer, in the order of their declaration with a line break between two, while
they arrive. Knows selectors; the order of streaming is `workflows.streams`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from workflows.context import Context
from workflows.kinds import NodeType, Result, Step
from workflows.nodes.fields import InputRow, NodeConfig, duplicates, widget
from workflows.scope import Scope
from workflows.template import Part, Pool, Ref, Template
from workflows.values import Dialect

MAX_SAID = 256 * 1024


class OutputRow(InputRow):
    """A value the run gives back. Nothing inside the graph refers to its name, so that may be any text."""

    name: Annotated[str, Field(min_length=1, max_length=128, description="How the value is called outside.")]


class Config(NodeConfig):
    """What the run gives back."""

    outputs: list[OutputRow] = Field(default=[], json_schema_extra=widget("inputs"))


class Said(Template):
    """The values as people see them. One too long to be read is left out, unless it was `streamed` and read already."""

    __slots__ = ("_streamed",)

    def __init__(self, parts: Sequence[Part], dialect: Dialect, streamed: frozenset[Ref]) -> None:
        super().__init__(parts, dialect)
        self._streamed = streamed

    def part_markdown(self, part: Part, pool: Pool) -> str:
        text = super().part_markdown(part, pool)
        return text if len(text) <= MAX_SAID or part in self._streamed else ""


class End(NodeType[Config]):
    """See the module."""

    kind = "end"
    family = "io"
    config = Config
    outputs_from = "outputs"
    handles = "none"
    modes = ("workflow",)

    def outputs_of(self, config: Config) -> dict[str, str] | None:
        return {row.name: "any" for row in config.outputs}

    def build(self, config: Config, scope: Scope) -> Step:
        for name in duplicates(row.name for row in config.outputs):
            scope.soft_fault("name_duplicate", f"Two outputs are called {name!r}.", "outputs")
        rows = [(row.name, scope.ref(row.selector, f"outputs.{i}.selector")) for i, row in enumerate(config.outputs)]

        streamed = frozenset(ref for _, ref in rows if scope.is_streamed(ref))
        parts = [part for _, ref in rows for part in ("\n", ref)][1:]
        answer = Said(parts, scope.dialect, streamed) if rows else None

        def run(ctx: Context) -> Result:
            pool = ctx.pool
            return Result({name: ref.get_or_none(pool) for name, ref in rows})

        return Step(inline=run, answer=answer)


NODE = End()
