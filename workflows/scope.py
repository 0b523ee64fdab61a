"""What a node sees while it is compiled: names to resolve, templates to compile, and a place for faults.

Knows the levels around the node; knows nothing of the kinds' own configs. Everything a node
refers to passes through here, so the plan knows the lineage of every value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from jinja2 import TemplateSyntaxError

from workflows import jinja
from workflows.definition import Definition
from workflows.errors import Fault, Severity
from workflows.events import Mode
from workflows.levels import Level, Place, offer
from workflows.template import HEADS, Ref, Template, split
from workflows.values import Dialect

SYSTEM_VARIABLES = (
    "query", "files", "conversation_id", "dialogue_count", "user_id", "app_id", "workflow_id", "run_id",
    "workflow_run_id", "timestamp",
)  # fmt: skip


class SubWorkflows(Protocol):
    """Finds and compiles the workflows that nodes call."""

    def region_of(self, app: str, version: int | None, scope: Scope, field: str) -> str | None:
        """The region of a sub-workflow; None, with a fault, when it cannot be had."""
        ...

    def definition_of(self, region: str) -> Definition:
        """What that region was compiled from."""
        ...


@dataclass(slots=True)
class Scope:
    """One node being compiled: node `at` of `level`, or, with None, the end of a frame of that level.

    `lenient` makes a wrong reference a warning, as files of other engines need; `handles_failure` tells that the
    node's policy retries or handles errors.
    """

    node_id: str
    mode: Mode
    dialect: Dialect
    level: Level
    at: int | None
    faults: list[Fault]
    body: Level | None = None
    sub_workflows: SubWorkflows | None = None
    refs: list[Ref] = field(default_factory=list)
    lenient: bool = False
    handles_failure: bool = False

    def fault(self, code: str, message: str, field: str | None = None, severity: Severity = "error") -> None:
        """Report something wrong with this node."""
        self.faults.append(Fault(code, message, self.node_id, field, severity))

    def soft_fault(self, code: str, message: str, field: str | None = None) -> None:
        """Report what another engine would let pass: a warning where the scope is lenient."""
        self.fault(code, message, field, "warning" if self.lenient else "error")

    def ref(self, selector: Sequence[str], field: str) -> Ref:
        """Compile a selector. A wrong one is reported, and then reads as missing."""
        if len(selector) < 2 or not all(isinstance(part, str) and part for part in selector[:2]):
            message = _incomplete(selector) if selector else "No value is chosen here."
            self.soft_fault("reference_empty", message, field)
            return Ref(None, selector)
        head, name = selector[0], selector[1]
        place = self._common(head, name) if head in HEADS else self.level.find(head, name, self.at)
        if place.problem is not None:
            self.soft_fault(*place.problem, field)
        ref = Ref(place.slot, selector, place.up)
        self.refs.append(ref)
        return ref

    def _common(self, head: str, name: str) -> Place:
        if head == "sys":
            known: Sequence[str] = SYSTEM_VARIABLES
        else:
            definition = self.level.definition
            variables = definition.environment if head == "env" else definition.conversation
            known = [variable.name for variable in variables]
        if name in known:
            return Place(HEADS[head])
        kind = {"sys": "system", "env": "environment", "conversation": "conversation"}[head]
        return Place(
            HEADS[head], 0, ("reference_unknown_variable", f"There is no {kind} variable {name!r}. {offer(known)}")
        )

    def is_streamed(self, ref: Ref) -> bool:
        """Whether the value arrives piece by piece."""
        if ref.slot is None or ref.slot < 0 or ref.up or ref.path:
            return False
        kind = self.level.nodes[ref.slot].type
        return kind is not None and ref.name in kind.streams

    def target(self, selector: Sequence[str], field: str) -> str | None:
        """The declared type of a variable that is to be written: a conversation variable, or one of a loop around this
        node. None, with a fault, when it is neither.
        """
        if len(selector) < 2 or not all(isinstance(part, str) and part for part in selector[:2]):
            self.soft_fault("reference_empty", "No variable is chosen to write to.", field)
            return None
        head, name = selector[0], selector[1]
        if head == "conversation":
            types = {variable.name: variable.type for variable in self.level.definition.conversation}
            if name not in types:
                self.soft_fault(
                    "reference_unknown_variable", f"There is no conversation variable {name!r}. {offer(types)}", field
                )
            return types.get(name)
        level: Level | None = self.level
        while level is not None:
            owner = level.owner
            if owner is not None and owner.node.id == head and owner.type is not None and owner.type.writable:
                if name not in level.inner:
                    self.soft_fault(
                        "reference_unknown_variable",
                        f"The loop {head!r} has no variable {name!r}. {offer(level.inner)}",
                        field,
                    )
                return level.inner.get(name)
            level = level.around
        message = "Only conversation variables, and those of a loop around the node, can be written."
        self.soft_fault("target_not_writable", f"{'.'.join(selector[:2])} cannot be written. {message}", field)
        return None

    def end_of_body(self) -> Scope:
        """The same container's scope as the end of a frame of its body sees it."""
        assert self.body is not None, "only a container has a body"
        return dataclasses.replace(self, level=self.body, at=None, body=None)

    def sub_workflow(self, app: str, version: int | None, field: str) -> str | None:
        """The region of another workflow, for `ctx.run_frame`; None, with a fault, when it cannot be had."""
        if self.sub_workflows is None:
            return None
        return self.sub_workflows.region_of(app, version, self, field)

    def sub_definition(self, region: str) -> Definition | None:
        """The definition of a region that `sub_workflow` gave."""
        return None if self.sub_workflows is None else self.sub_workflows.definition_of(region)

    def optional_ref(self, selector: Sequence[str] | None, field: str) -> Ref | None:
        """Compile a selector that may be absent."""
        return self.ref(selector, field) if selector else None

    def template(self, text: str, field: str, aliases: Mapping[str, Ref] | None = None) -> Template:
        """Compile a template. `aliases` give references of one word, such as `context`, a meaning."""

        def resolve(selector: list[str]) -> Ref | None:
            if len(selector) < 2:
                return (aliases or {}).get(selector[0]) or self._unknown_alias(selector, field)
            return self.ref(selector, field)

        return Template(split(text, resolve), self.dialect)

    def _unknown_alias(self, selector: list[str], field: str) -> Ref:
        self.soft_fault("reference_unknown_node", _incomplete(selector), field)
        return Ref(None, selector)

    def jinja(self, source: str, field: str, names: Iterable[str]) -> jinja.Jinja:
        """Compile a Jinja2 template that is given `names`. A wrong one is reported, and fails when it is rendered; a
        name that it asks for in vain is a warning, for a template may test for it.
        """
        try:
            compiled = jinja.compile_jinja(source)
        except TemplateSyntaxError as error:
            message = f"The template is wrong at line {error.lineno}: {error.message}."
            code = "template_too_large" if isinstance(error, jinja.TooLargeError) else "template_syntax"
            self.soft_fault(code, message, field)
            return jinja.BrokenJinja(code, message, error.lineno)
        for name in sorted(compiled.asks_for.difference(names)):
            message = f"The template uses {name!r}, which is not among its inputs: it prints nothing there."
            self.fault("template_name_unknown", message, field, "warning")
        return compiled


def _incomplete(selector: Sequence[str]) -> str:
    return f"The reference “{'.'.join(map(str, selector))}” names no output: write node.output."
