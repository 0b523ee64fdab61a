"""Node ids and references of a Dify file, made to fit where they do not.

Knows selectors and templates; knows nothing of node types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workflows.definition import NODE_ID
from workflows.dsl.dify.loose import items, mappings, text, texts
from workflows.errors import Fault
from workflows.nodes.fields import IDENTIFIER

_REFERENCE = re.compile(r"\{\{#\s*([^\s#{}.]+)\.([^\s#{}]+)\s*#\}\}")


class Names:
    """The ids of a file's nodes as Weft writes them."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        self.ids = dict(ids)
        self._changed = any(old != new for old, new in ids.items())

    @classmethod
    def of(cls, nodes: list[dict[str, Any]], faults: list[Fault]) -> Names:
        """Ids that fit stay; others get their letters replaced, or a number where nothing is left."""
        ids: dict[str, str] = {}
        for i, node in enumerate(nodes):
            old = text(node.get("id"))
            new = old if re.fullmatch(NODE_ID, old) else re.sub(r"[^A-Za-z0-9_-]", "_", old)[:40] or f"node_{i}"
            while new in ids.values() and old not in ids:
                new = f"{new[:40]}_{i}"
            if new != old:
                faults.append(Fault("node_renamed", f"The node id {old!r} became {new!r}.", new, "id", "warning"))
            ids[old] = new
        return cls(ids)

    def selector(self, value: Any) -> list[str]:
        """A selector with its head renamed; empty when it is none."""
        selector = texts(value)
        if selector and selector[0] in self.ids:
            selector[0] = self.ids[selector[0]]
        return selector

    def template(self, value: Any) -> str:
        """A template with its references renamed."""
        source = text(value)
        if not self._changed:
            return source
        return _REFERENCE.sub(
            lambda match: "{{#" + f"{self.ids.get(match.group(1), match.group(1))}.{match.group(2)}" + "#}}", source
        )

    def rows(self, value: Any, node_id: str, faults: list[Fault]) -> list[dict[str, Any]]:
        """`variable`/`value_selector` rows as `name`/`selector` rows; rows without a usable name are left out."""
        rows = []
        for row in mappings(value):
            name = text(row.get("variable"))
            if re.fullmatch(IDENTIFIER, name):
                rows.append({"name": name, "selector": self.selector(row.get("value_selector"))})
            else:
                message = f"The variable {name!r} was left out: its name cannot be used."
                faults.append(Fault("variable_dropped", message, node_id, "inputs", "warning"))
        return rows

    def selectors(self, value: Any) -> list[list[str]]:
        """A list of selectors."""
        return [self.selector(item) for item in items(value) if isinstance(item, list)]
