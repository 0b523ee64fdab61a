"""Which of Dify's tools this engine has itself, and the tools an agent is offered.

Knows names; knows nothing of what tools do. Tools that are not listed keep Dify's names, so that a host which has them
finds them, and an error names what is missing.
"""

from __future__ import annotations

from typing import Any

from workflows.dsl.dify.kinds.base import Config, read_arguments
from workflows.dsl.dify.loose import mapping, text

OWN = "weft"

_OURS = {("time", "current_time"): (OWN, "current_time")}
_THEIRS = {ours: theirs for theirs, ours in _OURS.items()}


def known(provider: str, tool: str) -> tuple[str, str]:
    """The name here of a tool of Dify's; its own name where this engine has none like it."""
    short = provider.rsplit("/", 1)[-1]
    return _OURS.get((short, tool), (provider, tool))


def foreign(provider: str, tool: str) -> tuple[str, str]:
    """Dify's name of a tool of ours; the tool's own name where Dify has none like it."""
    return _THEIRS.get((provider, tool), (provider, tool))


def read_offered(row: Any) -> Config:
    """One tool that an agent may use. What the model fills in is left to it; what a person set is fixed."""
    entry = mapping(row)
    name = text(entry.get("provider_name")) or text(entry.get("provider_id"))
    provider, tool = known(name, text(entry.get("tool_name")))
    fixed = {key: {"type": "constant", "value": _plain(value)} for key, value in mapping(entry.get("settings")).items()}
    for key, value in mapping(entry.get("parameters")).items():
        if isinstance(value, dict) and value.get("auto") in (0, False) and _plain(value) is not None:
            fixed[key] = {"type": "constant", "value": _plain(value)}
    offered: Config = {"provider": provider, "tool": tool, "enabled": entry.get("enabled") is not False}
    if entry.get("type") == "workflow" or entry.get("provider_type") == "workflow":
        app = text(entry.get("provider_id")) or name
        offered |= {"provider": OWN, "tool": "run_workflow"}
        fixed["app"] = {"type": "constant", "value": app}
    description = text(mapping(entry.get("extra")).get("description")) or text(entry.get("tool_description"))
    return {**offered, **({"description": description} if description else {}), "arguments": read_arguments(fixed)}


def _plain(value: Any) -> Any:
    """The value inside `{value: {value: …}}`, however often it is wrapped."""
    for _ in range(3):
        if not isinstance(value, dict) or "value" not in value:
            break
        value = value["value"]
    return value


def offered_data(row: Config) -> Config:
    """One tool of an agent as Dify writes it."""
    provider, tool = foreign(text(row.get("provider")), text(row.get("tool")))
    fixed = {
        text(argument.get("name")): argument for argument in row.get("arguments", []) if isinstance(argument, dict)
    }
    kind = "builtin"
    if (provider, tool) == (OWN, "run_workflow") and "app" in fixed:
        kind, provider = "workflow", text(fixed.pop("app").get("value"))
    return {
        "enabled": row.get("enabled", True),
        "type": kind,
        "provider_name": provider,
        "tool_name": tool,
        "tool_label": tool,
        "parameters": {
            name: {"auto": 0, "value": {"value": argument.get("value")}} for name, argument in fixed.items()
        },
        "settings": {},
        "extra": {"description": row.get("description", "")},
    }
