"""The tools Dify's agents are offered. Tools keep Dify's names: a host, or the engine, finds them by these.

Knows names; knows nothing of what tools do. Only workflows used as tools get a name of ours.
"""

from __future__ import annotations

from typing import Any

from workflows.dsl.dify.kinds.base import Config, read_arguments
from workflows.dsl.dify.loose import mapping, mappings, text

RUN_WORKFLOW = ("weft", "run_workflow")


def read_offered(row: Any) -> Config:
    """One tool that an agent may use. What the model fills in is left to it; what a person set is fixed."""
    entry = mapping(row)
    name = text(entry.get("provider_name")) or text(entry.get("provider_id"))
    fixed = {key: {"type": "constant", "value": _plain(value)} for key, value in mapping(entry.get("settings")).items()}
    for key, value in mapping(entry.get("parameters")).items():
        if isinstance(value, dict) and value.get("auto") in (0, False) and _plain(value) is not None:
            fixed[key] = {"type": "constant", "value": _plain(value)}
    offered: Config = {"provider": name, "tool": text(entry.get("tool_name"))}
    offered["enabled"] = entry.get("enabled") is not False
    if entry.get("type") == "workflow" or entry.get("provider_type") == "workflow":
        app = text(entry.get("provider_id")) or name
        offered |= dict(zip(("provider", "tool"), RUN_WORKFLOW, strict=True))
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
    provider, tool = text(row.get("provider")), text(row.get("tool"))
    fixed = {text(argument.get("name")): argument for argument in mappings(row.get("arguments"))}
    kind = "builtin"
    if (provider, tool) == RUN_WORKFLOW and "app" in fixed:
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
