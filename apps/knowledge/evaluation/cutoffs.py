"""What a shorter list, or a threshold, would cost and save: read from lists that were measured without either.

Pure. A longer list never finds less, so no measure of finding chooses `top_k` or a threshold by itself. This lays side
by side what each keeps of what should be found, and how much text each puts before a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apps.knowledge.evaluation import statistics

DEPTHS = (1, 2, 3, 4, 5, 6, 8, 10)
THRESHOLDS = tuple(step / 20 for step in range(1, 20))
# A cut that loses more of what should be found than this is not advised.
_BEARABLE = 0.01


def depths(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`rows` have `found` and `hits` as `Outcome` keeps them. Advises the shortest list that loses next to nothing."""
    lines = [_line(rows, "top_k", depth, lambda at, hit, limit=depth: at <= limit) for depth in DEPTHS]
    most = lines[-1]["recall"]
    advised = next(line["top_k"] for line in lines if line["recall"] >= most - _BEARABLE)
    return {"lines": lines, "advised": advised}


def thresholds(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Advises the highest threshold that loses next to nothing and saves something; else null."""
    whole = _line(rows, "threshold", 0.0, lambda at, hit: True)
    lines = [_line(rows, "threshold", step, lambda at, hit, least=step: hit["score"] >= least) for step in THRESHOLDS]
    kept = [each for each in lines if each["recall"] >= whole["recall"] - _BEARABLE and each["chars"] < whole["chars"]]
    return {"lines": [whole, *lines], "advised": kept[-1]["threshold"] if kept else None}


def _line(rows: Sequence[Mapping[str, Any]], name: str, value: float, keeps: Any) -> dict[str, Any]:
    recalls: list[float] = []
    shown = relevant = chars = 0
    for row in rows:
        hits = row["hits"]
        kept = [keeps(index + 1, hit) for index, hit in enumerate(hits)]
        found = [each["at"] for each in row["found"]]
        recalls.append(sum(at is not None and kept[at - 1] for at in found) / len(found))
        shown += sum(kept)
        relevant += sum(1 for index, hit in enumerate(hits) if kept[index] and hit["relevant"])
        chars += sum(hit["chars"] for index, hit in enumerate(hits) if kept[index])
    return {
        name: value,
        "recall": round(statistics.mean(recalls), 4),
        "precision": round(relevant / shown, 4) if shown else 0.0,
        "chars": round(chars / len(rows)) if rows else 0,
    }
