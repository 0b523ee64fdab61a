"""What a node sees while it is compiled: names to resolve, templates to compile, and a place for faults.

Knows which nodes lie upstream and what they put out; knows nothing of the kinds' own configs. Everything a node
refers to passes through here, so the plan knows the lineage of every value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import TemplateSyntaxError

from workflows import jinja
from workflows.errors import Fault, Severity
from workflows.events import Mode
from workflows.template import HEADS, Ref, Template, split
from workflows.values import Dialect

SYSTEM_VARIABLES = (
    "query", "files", "conversation_id", "dialogue_count", "user_id", "app_id", "workflow_id", "run_id",
    "workflow_run_id", "timestamp",
)  # fmt: skip

Problem = tuple[str, str]
"""Code and sentence of a reference that leads nowhere."""


@dataclass(slots=True)
class Names:
    """Everything a graph's nodes may refer to, whichever node asks."""

    node_index: Mapping[str, int]
    outputs: Mapping[str, Mapping[str, str] | None]
    environment: frozenset[str] = frozenset()
    conversation: frozenset[str] = frozenset()

    def find(self, selector: Sequence[str]) -> tuple[int | None, Problem | None]:
        """The slot of a selector's head, and what is wrong with it."""
        head, name = selector[0], selector[1]
        if head in HEADS:
            return HEADS[head], self._check_head(head, name)
        if head not in self.node_index:
            return None, ("reference_unknown_node", f"There is no node {head!r} to take {name!r} from.")
        outputs = self.outputs[head]
        if outputs is not None and name not in outputs:
            return self.node_index[head], (
                "reference_unknown_output",
                f"Node {head!r} has no output {name!r}. {_offer(outputs)}",
            )
        return self.node_index[head], None

    def _check_head(self, head: str, name: str) -> Problem | None:
        if head == "sys":
            known: Sequence[str] | frozenset[str] = SYSTEM_VARIABLES
        else:
            known = self.environment if head == "env" else self.conversation
        if name in known:
            return None
        kind = {"sys": "system", "env": "environment", "conversation": "conversation"}[head]
        return "reference_unknown_variable", f"There is no {kind} variable {name!r}. {_offer(known)}"


def _offer(names: Any) -> str:
    listed = ", ".join(sorted(names)[:8])
    return f"It has: {listed}." if listed else "It has none."


@dataclass(slots=True)
class Scope:
    """One node being compiled. `upstream` tells whether a node's values exist when this one runs.

    `lenient` makes a wrong reference a warning, as files of other engines need; `handles_failure` tells that the
    node's policy retries or handles errors.
    """

    node_id: str
    mode: Mode
    dialect: Dialect
    names: Names
    upstream: Callable[[str], bool]
    faults: list[Fault]
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
        slot, problem = self.names.find(selector)
        if problem is None and slot is not None and slot >= 0 and not self.upstream(selector[0]):
            problem = "reference_not_upstream", f"Node {selector[0]!r} does not run before this one."
        if problem is not None:
            self.soft_fault(*problem, field)
        ref = Ref(slot, selector)
        self.refs.append(ref)
        return ref

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
        """Compile a Jinja2 template that is given `names`. A wrong one is reported, and then renders as nothing; a name
        that it asks for in vain is a warning, for a template may test for it.
        """
        try:
            compiled = jinja.compile_jinja(source)
        except TemplateSyntaxError as error:
            message = f"The template is wrong at line {error.lineno}: {error.message}."
            self.fault("template_syntax", message, field)
            return jinja.compile_jinja("")
        for name in sorted(compiled.asks_for.difference(names)):
            message = f"The template uses {name!r}, which is not among its inputs: it prints nothing there."
            self.fault("template_name_unknown", message, field, "warning")
        return compiled


def _incomplete(selector: Sequence[str]) -> str:
    return f"The reference “{'.'.join(map(str, selector))}” names no output: write node.output."
