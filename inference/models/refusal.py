"""How a model that cannot be served is refused: what `config.json` asks for, and what to do instead."""

from __future__ import annotations

from pathlib import Path

from inference.errors import ModelLoadError


def unsupported(place: Path, what: str, remedy: str) -> ModelLoadError:
    """The error for `place`/config.json. Both phrases are parts of one sentence."""
    return ModelLoadError("unsupported_model", f"{place}/config.json asks for {what}; {remedy}.")
