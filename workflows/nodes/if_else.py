"""If-else: takes the way of the first case whose conditions hold, else the way `false`.

Knows cases; what a condition is, `conditions` knows.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from workflows.context import Context
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.conditions import Condition, Logical, Seen, compile_group
from workflows.nodes.fields import NodeConfig, duplicates, widget
from workflows.scope import Scope


class Case(NodeConfig):
    """One way out and when it is taken. Its id is the handle of the edge."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = Field(
        default="true", description="The name of the way out; edges leave by it."
    )
    logical: Logical = Field(default="and", description="Whether all conditions must hold, or one.")
    conditions: list[Condition] = Field(default=[], description="A case without any is always taken.")


class Config(NodeConfig):
    """The cases, tried in order."""

    cases: list[Case] = Field(
        default=[],
        description="The first case that holds decides; when none does, the way “false” is taken.",
        json_schema_extra=widget("conditions"),
    )


class IfElse(NodeType[Config]):
    """See the module."""

    kind = "if-else"
    family = "logic"
    config = Config
    outputs = (Output("result", "boolean"), Output("selected_case_id", "string"))
    handles = "cases"

    def handles_of(self, config: Config) -> tuple[str, ...] | None:
        return (*(case.id for case in config.cases), "false")

    def fresh(self) -> dict[str, Any]:
        return {"cases": [Case(conditions=[Condition()]).model_dump(mode="json")]}

    def build(self, config: Config, scope: Scope) -> Step:
        _check_ids(config, scope)
        cases = [
            (case.id, compile_group(case.logical, case.conditions, scope, f"cases.{i}.conditions"))
            for i, case in enumerate(config.cases)
        ]

        def run(ctx: Context) -> Result:
            seen: Seen = {}
            for case_id, test in cases:
                if test(ctx.pool, seen):
                    return Result({"result": True, "selected_case_id": case_id}, seen, case_id)
            return Result({"result": False, "selected_case_id": "false"}, seen, "false")

        return Step(inline=run)


def _check_ids(config: Config, scope: Scope) -> None:
    if not config.cases:
        scope.fault("cases_empty", "There is no case to decide by.", "cases", "warning")
    for case_id in duplicates([*(case.id for case in config.cases), "false"]):
        scope.soft_fault("name_duplicate", f"Two cases have the id {case_id!r}.", "cases")


NODE = IfElse()
