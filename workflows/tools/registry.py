"""Finds tools by provider and name, and describes them to the editor.

Knows that every module of `workflows.tools` with `TOOLS` holds some; knows nothing of what a tool does.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from workflows import tools
from workflows.tools.base import Tool, without

_extra: dict[tuple[str, str], Tool] = {}


@cache
def _found() -> dict[tuple[str, str], Tool]:
    found: dict[tuple[str, str], Tool] = {}
    for module in pkgutil.iter_modules(tools.__path__):
        for tool in getattr(importlib.import_module(f"{tools.__name__}.{module.name}"), "TOOLS", ()):
            found[tool.provider, tool.name] = tool
    return found


def find(provider: str, name: str) -> Tool | None:
    """The tool of that name, or None. `author/plugin/provider`, as Dify writes it, counts by its last part."""
    key = provider.rsplit("/", 1)[-1], name
    return _extra.get(key) or _found().get(key)


def names_of(provider: str) -> list[str]:
    """The tools of a provider of the engine; none when it is none."""
    return sorted(name for owner, name in [*_found(), *_extra] if owner == provider)


def own_names() -> list[str]:
    """Every tool of the engine, as `provider/name`."""
    return [f"{provider}/{name}" for provider, name in sorted(_found())]


@contextmanager
def temporary(tool: Tool) -> Iterator[None]:
    """Register a tool for the time of a `with` block; for tests."""
    _extra[tool.provider, tool.name] = tool
    try:
        yield
    finally:
        del _extra[tool.provider, tool.name]


def describe_tools() -> list[dict[str, Any]]:
    """JSON-ready descriptions of every tool: what a model may fill in, and what only a person sets."""
    return [_describe(tool) for _, tool in sorted({**_found(), **_extra}.items())]


def _describe(tool: Tool) -> dict[str, Any]:
    return {
        "provider": tool.provider,
        "tool": tool.name,
        "description": tool.description,
        "parameters": without(tool.parameters, tool.personal),
        "settings": without(tool.parameters, set(tool.parameters["properties"]) - tool.personal),
        "outputs": dict(tool.outputs),
    }
