"""Small definitions for the engine's tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from workflows.testing import document, node

__all__ = ["document", "llm", "node", "template", "until"]


def template(node_id: str, text: str, **inputs: str) -> dict[str, Any]:
    """A template node; `inputs` give names to selectors written with dots."""
    rows = [{"name": name, "selector": selector.split(".")} for name, selector in inputs.items()]
    return node(node_id, "template-transform", {"template": text, "inputs": rows})


def llm(node_id: str, prompt: str | list[dict[str, Any]] = "{{#sys.query#}}", **config: Any) -> dict[str, Any]:
    """A model node with one user message, or the messages given."""
    messages = [{"role": "user", "text": prompt}] if isinstance(prompt, str) else prompt
    return node(node_id, "llm", {"model": {"provider": "fake", "name": "fake"}, "prompt": messages, **config})


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, a few seconds at most."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - any condition, without asking its owner for an event
            await asyncio.sleep(0.002)
