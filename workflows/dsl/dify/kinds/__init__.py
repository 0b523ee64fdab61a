"""The node types of Dify's that this engine has, with their counterparts, and placeholders for all others."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from workflows import registry
from workflows.dsl.dify.kinds import io, knowledge, logic, models, people, work
from workflows.dsl.dify.kinds.base import Config, Kind, Source, Unsupported
from workflows.dsl.dify.loose import mapping, text

__all__ = ["Kind", "from_dify", "to_dify"]

OWN = "weft-"
"""Begins the type of a node that Dify does not have; its config travels as it is."""

_KINDS = (*io.KINDS, *logic.KINDS, *models.KINDS, *knowledge.KINDS, *people.KINDS, *work.KINDS)
_BY_DIFY = {kind.dify: kind for kind in _KINDS} | {
    "variable-assigner": next(kind for kind in _KINDS if kind.dify == "variable-aggregator")
}
# The first of two counterparts is the one that is written.
_BY_WEFT = {kind.weft: kind for kind in reversed(_KINDS)}


def from_dify(dify: str, source: Source) -> tuple[str, Config]:
    """The Weft kind and config of a Dify node; a placeholder where this engine has no such node."""
    data = source.data
    found = _BY_DIFY.get(dify)
    try:
        if found is None:
            return _foreign(dify, data)
        config = found.read(source)
        _check(found.weft, config)
        return found.weft, config
    except Unsupported as reason:
        return "placeholder", {"original": dify, "missing": str(reason), "data": data}


def to_dify(kind: str, config: Config) -> tuple[str, Config, frozenset[str]]:
    """Dify's type and data of a node, and which of its data an export always writes anew."""
    if kind == "placeholder":
        original = text(config.get("original"))
        return original, {"type": original, **mapping(config.get("data"))}, frozenset()
    found = _BY_WEFT.get(kind)
    if found is None:
        return f"{OWN}{kind}", {"config": config}, frozenset()
    return found.dify, found.write(config), found.settled


def knows(kind: str) -> bool:
    """Whether Dify has a counterpart of a Weft kind."""
    return kind in _BY_WEFT or kind == "placeholder"


def _foreign(dify: str, data: Config) -> tuple[str, Config]:
    own = dify.removeprefix(OWN)
    if dify != own and registry.find(own) is not None:
        return own, mapping(data.get("config"))
    raise Unsupported(_missing(dify, data))


def _missing(dify: str, data: dict[str, Any]) -> str:
    if dify == "trigger-plugin":
        return f"the trigger {text(data.get('provider_id') or data.get('plugin_id'))}/{text(data.get('event_name'))}"
    if dify == "datasource":
        return f"the data source {text(data.get('plugin_id'))}/{text(data.get('datasource_name'))}"
    return f"the node type {dify[:80]}"


def _check(kind: str, config: Config) -> None:
    """A config that cannot be read is as good as a node that cannot be run: it must not stop the whole import."""
    node = registry.find(kind)
    if node is None:
        raise Unsupported(f"the node type {kind}")
    try:
        node.config.model_validate(config)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Unsupported(f"a reading of its setting {place!r} ({first['msg']})") from error
