"""Node ids and references of a Dify file, made to fit: before anything else is read, so no reader need think of it.

Ids that cannot be used get others. System variables that are asked of the start node, which Dify copies there, are
asked of `sys`. Knows ids, selectors and templates; knows nothing of configs.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from workflows.definition import NODE_ID
from workflows.dsl.dify.loose import mapping, mappings, text
from workflows.errors import Fault

_REFERENCE = re.compile(r"\{\{#\s*([^#{}]{1,200}?)\s*#\}\}")
_SYSTEM = "sys."
_ALIASES = frozenset(("userinput",))
_POINTERS = frozenset(("id", "parentId", "iteration_id", "loop_id", "start_node_id", "source", "target"))


def settle(graph: dict[str, Any], faults: list[Fault]) -> dict[str, Any]:
    """The graph with ids that fit, each used once. The same graph where they already do."""
    nodes = mappings(graph.get("nodes"))
    renamed: dict[str, str] = {}
    settled = []
    used: set[str] = set()
    counts: Counter[str] = Counter()
    for i, node in enumerate(nodes):
        old = text(node.get("id"))
        new = _free(old, i, used, counts)
        used.add(new)
        if new != old:
            faults.append(Fault("node_renamed", f"The node id {old!r} became {new!r}.", new, "id", "warning"))
            renamed.setdefault(old, new)
        settled.append({**node, "id": new})
    # The second of two nodes with one id is renamed, but references mean the first.
    for old in [old for old in renamed if old in used or not old]:
        del renamed[old]
    starts = {node["id"] for node in settled if mapping(node.get("data")).get("type") == "start"}
    return mapping(_Renaming(renamed, starts).of({**graph, "nodes": settled}))


def _free(old: str, place: int, used: set[str], counts: Counter[str]) -> str:
    base = old if re.fullmatch(NODE_ID, old) else re.sub(r"[^A-Za-z0-9_-]", "_", old)[:40] or f"node_{place}"
    new = base
    while new in used:
        counts[base] += 1
        new = f"{base[:40]}_{counts[base] + 1}"
    return new


class _Renaming:
    """Puts new ids in place of the old ones wherever a value refers to a node."""

    def __init__(self, renamed: dict[str, str], starts: set[str]) -> None:
        self._renamed = renamed
        self._starts = starts

    def of(self, value: Any, key: str = "") -> Any:
        kind = type(value)
        if kind is str:
            if "{{#" in value:
                return _REFERENCE.sub(self._reference, value)
            return self._renamed.get(value, value) if key in _POINTERS else value
        if kind is dict:
            renamed = self._renamed
            return {
                # Most values are texts that refer to nothing.
                name: item if type(item) is str and "{{#" not in item and not renamed else self.of(item, name)
                for name, item in value.items()
            }
        return self._list(value, key) if kind is list else value

    def _list(self, value: list[Any], key: str) -> list[Any]:
        made = [self.of(item, key) for item in value]
        if len(made) > 1 and isinstance(made[0], str) and isinstance(made[1], str):
            made[0] = self._renamed.get(made[0], made[0])
            if made[0] in _ALIASES or (made[0] in self._starts and made[1].startswith(_SYSTEM)):
                made[:2] = ["sys", made[1].removeprefix(_SYSTEM)]
        return made

    def _reference(self, match: re.Match[str]) -> str:
        inner = match.group(1)
        for dot in re.finditer(r"\.", inner):
            head, rest = inner[: dot.start()], inner[dot.end() :]
            new = self._renamed.get(head, head)
            if head in _ALIASES or (new in self._starts and rest.startswith(_SYSTEM)):
                return "{{#sys." + rest.removeprefix(_SYSTEM) + "#}}"
            if new != head:
                return "{{#" + new + "." + rest + "#}}"
        return match.group(0)
