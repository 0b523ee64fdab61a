"""What a Dify node needs that this engine does not have, in words for people."""

from __future__ import annotations

from typing import Any

from workflows.dsl.dify.loose import text


class Unsupported(Exception):
    """Says what is missing."""


def missing_part(kind: str, data: dict[str, Any]) -> str:
    """What the node would need, named as precisely as its data allows."""
    if kind == "tool":
        return f"the tool {text(data.get('provider_id'))}/{text(data.get('tool_name'))}"
    if kind == "agent":
        provider, strategy = data.get("agent_strategy_provider_name"), data.get("agent_strategy_name")
        return f"the agent strategy {text(provider)}/{text(strategy)}"
    return f"the node type {kind}"
