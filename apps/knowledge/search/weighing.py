"""How much the vector leg counts for each dataset, and why: by the settings, or by what its model was seen to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from apps.knowledge import reading
from apps.knowledge.analysis import script_of
from apps.knowledge.search.found import Funnel
from apps.knowledge.search.settings import Retrieval
from apps.knowledge.search.targets import Target
from workflows.errors import ModelError

Why = Literal["method", "set", "read", "unknown"]


@dataclass(frozen=True, slots=True)
class Weight:
    """The vector leg's share for one dataset, from 0 to 1."""

    dataset_id: UUID
    name: str
    script: reading.Script
    share: float
    why: Why
    right: int | None = None
    of: int | None = None

    def details(self) -> dict[str, Any]:
        return {
            "dataset_id": str(self.dataset_id),
            "name": self.name,
            "script": self.script,
            "vector_weight": self.share,
            "why": self.why,
            "right": self.right,
            "of": self.of,
        }


async def with_readings(workspace_id: UUID, targets: Sequence[Target], funnel: Funnel) -> list[Target]:
    """The targets with what their models understand, tried now where nobody has tried yet."""
    done: dict[tuple[str, str], dict[str, Any]] = {}
    result = []
    for target in targets:
        model = (target.provider, target.model)
        if reading.is_of(target.reading, *model):
            result.append(target)
            continue
        if model not in done:
            try:
                done[model] = await reading.read(workspace_id, *model)
            except ModelError as exc:
                done[model] = {}
                funnel.note("reading_unknown", f"What {target.model} understands could not be tried. {exc.message}")
        result.append(replace(target, reading=done[model]))
    return result


def weights(settings: Retrieval, targets: Sequence[Target], question: str, funnel: Funnel) -> dict[UUID, Weight]:
    script = script_of(question)
    found = {target.id: _weight(settings, target, script) for target in targets}
    for weight, target in zip(found.values(), targets, strict=True):
        if weight.why == "set" and weight.share > 0 and reading.weight_of(target.reading, script) == 0:
            message = f"{target.model} does not understand questions like this one, yet the settings give it weight."
            funnel.note("weight_against_reading", message)
    return found


def _weight(settings: Retrieval, target: Target, script: reading.Script) -> Weight:
    if settings.method != "hybrid":
        share = 1.0 if settings.method == "vector" else 0.0
        return Weight(target.id, target.name, script, share, "method")
    if settings.vector_weight is not None:
        return Weight(target.id, target.name, script, settings.vector_weight, "set")
    share = reading.weight_of(target.reading, script)
    trials = reading.trials_of(target.reading, script)
    if trials is None:
        return Weight(target.id, target.name, script, share, "unknown")
    return Weight(target.id, target.name, script, share, "read", *trials)
