"""Whose passages a run may hold, on whose behalf it searches, and what is kept back from members who may not read them.

A prompt, an output and a file may each carry a passage, whole or reworded. So the nodes of a run that could search a
knowledge base are shown to who sees that base, and to others without any value: what ran, when, how long and at which
cost. What a published version answers is what its publisher gives to its callers, and stays. Knows documents and logs;
who sees a knowledge base is told by its own room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from apps.accounts.models import Role
from apps.accounts.services import Actor
from apps.knowledge.selectors import datasets_of, datasets_of_workspace
from apps.runs.models import Run, Source
from apps.studio.models import Version
from apps.studio.resources import datasets_in

NOT_SHOWN = "Not shown: the run may hold passages of a knowledge base that you do not see."
# What says how the run went, and no value of it.
_KEPT = frozenset(
    {
        *("type", "seq", "at", "run_id", "mode", "root", "limits", "definition", "called"),
        *("node_id", "frame", "kind", "name", "key", "attempt", "index", "region", "length", "handle", "handled"),
        *("delay_ms", "elapsed_ms", "usage", "exceptions", "reason"),
    }
)
_OF_A_WAIT = frozenset({"type", "key", "expires_at", "node_id", "frame"})
_ANSWERS = frozenset({"run_started", "answer_delta", "answer_reset", "run_finished", "run_failed", "run_stopped"})


def datasets_read(
    workspace_id: UUID, documents: Iterable[Mapping[str, Any]], conversation_id: UUID | None, before: Iterable[Run]
) -> list[str]:
    """The knowledge bases whose passages a run of these graphs may hold that is given what those runs had, and what its
    conversation remembers."""
    named = {each for document in documents for each in datasets_in(document)}
    known = datasets_of_workspace(workspace_id).filter(id__in=named).values_list("id", flat=True) if named else []
    former = [_remembered(conversation_id), *(run.dataset_ids for run in before)]
    return sorted({str(each) for each in known}.union(*former))


def readers(author_id: UUID | None, called: Iterable[Version]) -> list[str] | None:
    """Who tries the draft or published the version, and who published what it calls. None: the workspace itself."""
    people = [author_id, *(version.author_id for version in called)]
    return sorted({str(each) for each in people if each is not None}) if None not in people else None


def hidden_from(actor: Actor, runs: Sequence[Run]) -> set[UUID]:
    """The runs whose values the actor may not read. Of a deleted knowledge base only admins know who saw it."""
    unseen = _unseen(actor, {each for run in runs for each in run.dataset_ids})
    return {run.id for run in runs if not unseen.isdisjoint(run.dataset_ids)}


def is_hidden_from(actor: Actor, run: Run) -> bool:
    return bool(hidden_from(actor, [run]))


def is_memory_hidden_from(actor: Actor, conversation_id: UUID) -> bool:
    """Whether the actor may not read what the conversation remembers."""
    return bool(_unseen(actor, _remembered(conversation_id)))


def is_told(run: Run) -> bool:
    """Whether what it answered was given to callers of a published version. What is tried in the editor is not."""
    return run.version_id is not None and run.source != Source.EDITOR


def withheld(run: Run, event: dict[str, Any]) -> dict[str, Any]:
    """The event of a hidden run without what nodes read and wrote; still an event of its type."""
    if is_told(run) and event["type"] in _ANSWERS:
        # what nodes of earlier turns wrote was told to nobody
        return {**event, "conversation": {}} if event.get("conversation") else event
    return {name: _shown(event["type"], name, value) for name, value in event.items()}


def withheld_data(run: Run, data: bytes) -> bytes:
    return msgspec.json.encode(withheld(run, msgspec.json.decode(data)))


def _remembered(conversation_id: UUID | None) -> set[str]:
    """The knowledge bases of all its turns: a variable outlives the turn that set it, be it one that failed, and the
    version of the app."""
    if conversation_id is None:
        return set()
    lists = Run.objects.filter(conversation_id=conversation_id).values_list("dataset_ids", flat=True).distinct()
    return {each for ids in lists for each in ids}


def _unseen(actor: Actor, dataset_ids: set[str]) -> set[str]:
    """Those that the actor does not see; none for admins."""
    if not dataset_ids or actor.user is None or actor.may(Role.ADMIN):
        return set()
    seen = datasets_of(actor).filter(id__in=dataset_ids).values_list("id", flat=True)
    return dataset_ids - {str(each) for each in seen}


def _shown(kind: str, name: str, value: Any) -> Any:
    if name in _KEPT or (kind, name) == ("node_delta", "output"):
        return value
    match name, value:
        case "error", dict():
            return {**value, "message": NOT_SHOWN}
        case "wait" | "signal", dict():
            return _wait(value)
        case "reasons", list():
            return [_wait(each) for each in value]
        case _, dict() | list() | str():
            return type(value)()
        case _:
            return None


def _wait(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name in _OF_A_WAIT}
