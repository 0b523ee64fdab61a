"""What an embedding model understands, found out by asking it: the trials of `probes`, and the weights they justify.

The verdict decides how much the vector leg counts for a question in each script; the trials are kept as its evidence in
`Dataset.reading`. Knows models as functions from texts to vectors; knows nothing of searching.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from django.utils import timezone

from apps.knowledge.models import Dataset
from apps.knowledge.probes import CHINESE, ENGLISH, Probe
from apps.providers import services as providers
from weft.db.aio import call_db

Script = Literal["latin", "cjk"]
Vectors = Sequence[Sequence[float]]

# Shares of trials that a model must get right for its leg to count fully, or a little. Words alone get about none.
_UNDERSTANDS, _UNDERSTANDS_A_LITTLE = 0.6, 0.4
FULL_WEIGHT, LITTLE_WEIGHT = 0.5, 0.3
_LANGUAGE: Mapping[Script, str] = {"latin": "en", "cjk": "zh"}


def weight_of(reading: Mapping[str, Any], script: Script) -> float:
    """The vector leg's share for a question in `script`; a model that was never tried counts a little."""
    return float(reading.get("weights", {}).get(script, LITTLE_WEIGHT))


def noise_of(reading: Mapping[str, Any], script: Script) -> float:
    """The similarity of a question and a passage that have nothing to do with each other."""
    return float(reading.get("languages", {}).get(_LANGUAGE[script], {}).get("noise", 0.0))


def trials_of(reading: Mapping[str, Any], script: Script) -> tuple[int, int] | None:
    """How many trials it got right, of how many; None before it was tried."""
    summary = reading.get("languages", {}).get(_LANGUAGE[script])
    return (summary["right"], summary["of"]) if summary else None


def is_of(reading: Mapping[str, Any], provider: str, model: str) -> bool:
    return (reading.get("provider"), reading.get("model")) == (provider, model)


async def read(workspace_id: UUID, provider: str, model: str) -> dict[str, Any]:
    """What this model understands: as another dataset of the workspace knows it, else by trying. Raises ModelError."""
    known = await call_db(_known, workspace_id, provider, model)
    if known is None:
        known = await tried(provider, model, lambda texts: providers.embed(workspace_id, provider, model, texts))
    await call_db(_keep, workspace_id, provider, model, known)
    return known


async def tried(provider: str, model: str, embed: Callable[[Sequence[str]], Awaitable[Vectors]]) -> dict[str, Any]:
    """Put the model to the test: two calls' worth of short texts."""
    probes = (*ENGLISH, *CHINESE)
    texts = [text for probe in probes for text in probe]
    vectors = dict(zip(texts, map(_unit, await embed(texts)), strict=True))
    trials = [*_trials("en", ENGLISH, vectors), *_trials("zh", CHINESE, vectors)]
    across = [*_across(ENGLISH, CHINESE, vectors), *_across(CHINESE, ENGLISH, vectors)]
    languages = {language: _summary(language, trials) for language in ("en", "zh")}
    shares = {
        script: languages[language]["right"] / languages[language]["of"] for script, language in _LANGUAGE.items()
    }
    return {
        "provider": provider,
        "model": model,
        "at": timezone.now().isoformat(),
        "languages": languages,
        "across": {"right": sum(across), "of": len(across)},
        "weights": {script: _weight(share) for script, share in shares.items()},
        "trials": trials,
    }


def _weight(share: float) -> float:
    if share >= _UNDERSTANDS:
        return FULL_WEIGHT
    return LITTLE_WEIGHT if share >= _UNDERSTANDS_A_LITTLE else 0.0


def _trials(language: str, probes: Sequence[Probe], vectors: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Each question against the answers and decoys of all."""
    passages = [text for probe in probes for text in (probe.answer, probe.decoy)]
    found = []
    for probe in probes:
        scores = {passage: _dot(vectors[probe.question], vectors[passage]) for passage in passages}
        others = {passage: score for passage, score in scores.items() if passage != probe.answer}
        rival = max(others, key=lambda passage: others[passage])
        unrelated = [score for passage, score in others.items() if passage != probe.decoy]
        found.append(
            {
                "language": language,
                "question": probe.question,
                "answer": probe.answer,
                "rival": rival,
                "right": scores[probe.answer] > scores[rival],
                "similarity": round(scores[probe.answer], 3),
                "rival_similarity": round(scores[rival], 3),
                "unrelated_similarity": round(sum(unrelated) / len(unrelated), 3),
            }
        )
    return found


def _across(asked: Sequence[Probe], told: Sequence[Probe], vectors: Mapping[str, Sequence[float]]) -> list[bool]:
    """Questions of one language against the passages of the other."""
    right = []
    for probe, expected in zip(asked, told, strict=True):
        scores = {p: _dot(vectors[probe.question], vectors[p]) for each in told for p in (each.answer, each.decoy)}
        right.append(max(scores, key=lambda passage: scores[passage]) == expected.answer)
    return right


def _summary(language: str, trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    mine = [each for each in trials if each["language"] == language]
    noise = sum(each["unrelated_similarity"] for each in mine) / len(mine)
    return {"right": sum(each["right"] for each in mine), "of": len(mine), "noise": round(noise, 3)}


def _known(workspace_id: UUID, provider: str, model: str) -> dict[str, Any] | None:
    same = Dataset.objects.filter(workspace_id=workspace_id, reading__provider=provider, reading__model=model)
    return same.values_list("reading", flat=True).first()


def _keep(workspace_id: UUID, provider: str, model: str, reading: dict[str, Any]) -> None:
    """For every dataset with this model, and without touching what caches are keyed by."""
    same = Dataset.objects.filter(workspace_id=workspace_id, embedding_provider=provider, embedding_model=model)
    # by containment: comparing a key that is missing gives NULL, which `exclude` would keep out of the update
    same.exclude(reading__contains={"provider": provider, "model": model}).update(reading=reading)


def _unit(vector: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(each * each for each in vector)) or 1.0
    return [each / length for each in vector]


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))
