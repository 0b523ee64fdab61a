"""Cases from documents by a model: passages spread over the documents, one question each, until there are enough.

Every passage's outcome is committed under the evaluation's lease, so a killed worker's successor goes on after it. At
most so many passages are tried as `settings["chunk_ids"]` names, however often the model fails to write a question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, TextField, Value, Window
from django.db.models.functions import MD5, Cast, Concat, Length, RowNumber

from apps.knowledge import model_json
from apps.knowledge.evaluation import events, questions
from apps.knowledge.evaluation.cases import MAX_CASES, cases_of
from apps.knowledge.evaluation.errors import EvaluationError
from apps.knowledge.evaluation.leases import fenced
from apps.knowledge.models import Case, CaseSource, Chunk, ChunkKind, Evaluation, Stage
from weft.db.aio import release
from weft.http import egress

MAX_COUNT = 200
_AT_ONCE = 4
# Passages tried for each question wanted.
_TRIES = 3


def generate(row: Evaluation, token: int, should_stop: Callable[[], bool]) -> None:
    ids = row.settings.get("chunk_ids") or _choose(row, token)
    count, at = int(row.settings["count"]), int(row.settings.get("at", 0))
    made = row.done
    while made < count and at < len(ids):
        batch = ids[at : at + min(_AT_ONCE, count - made)]
        chunks = {str(each.id): each for each in Chunk.objects.filter(id__in=batch).select_related("document")}
        there = [chunks[id_] for id_ in batch if id_ in chunks]
        replies = _ask(row, there, should_stop)
        at += len(batch)
        made = _commit(row, token, at, there, replies)


def _choose(row: Evaluation, token: int) -> list[str]:
    """Every document's first passage in an order of this evaluation's own, then every one's second, and so on."""
    by_chance = MD5(Concat(Cast("id", TextField()), Value(str(row.id))))
    chunks = (
        Chunk.objects.filter(dataset_id=row.dataset_id, is_enabled=True)
        .exclude(kind=ChunkKind.PARENT)
        .filter(document__is_enabled=True, document__is_archived=False, document__stage=Stage.READY)
        .annotate(length=Length("content"), chance=by_chance)
        .filter(length__gte=questions.MIN_PASSAGE)
        .annotate(turn=Window(RowNumber(), partition_by=F("document_id"), order_by=F("chance").asc()))
        .order_by("turn", "chance")
    )
    ids = [str(id_) for id_ in chunks.values_list("id", flat=True)[: int(row.settings["count"]) * _TRIES]]
    if not ids:
        message = f"{row.dataset.name} has no indexed passage of {questions.MIN_PASSAGE} characters to ask about."
        raise EvaluationError("evaluation_no_passages", message)
    with fenced(row.id, token) as current:
        current.settings = {**current.settings, "chunk_ids": ids}
        current.save()
    return ids


def _ask(row: Evaluation, chunks: Sequence[Chunk], should_stop: Callable[[], bool]) -> list[dict[str, Any] | None]:
    """The model's replies. ModelError ends the evaluation: the next passage would meet the same."""
    workspace_id, provider, model = row.dataset.workspace_id, row.settings["provider"], row.settings["model"]

    async def one(chunk: Chunk) -> dict[str, Any] | None:
        passage = chunk.content[: questions.MAX_PASSAGE]
        return await model_json.ask(workspace_id, provider, model, system=questions.PROMPT, text=passage)

    async def all_of_them() -> list[dict[str, Any] | None]:
        work = asyncio.gather(*(one(chunk) for chunk in chunks))
        while not work.done():
            await asyncio.wait({work}, timeout=0.25)
            if should_stop():
                work.cancel()
        return [] if work.cancelled() else list(work.result())

    release()
    return egress.run_sync(all_of_them)


def _commit(
    row: Evaluation, token: int, at: int, chunks: Sequence[Chunk], replies: Sequence[dict[str, Any] | None]
) -> int:
    with fenced(row.id, token) as current:
        tally = dict(current.settings.get("tally", {}))
        new: list[Case] = []
        room = MAX_CASES - cases_of(row.dataset).count()
        for chunk, reply in zip(chunks, replies, strict=True):
            written = questions.checked(reply, chunk.content[: questions.MAX_PASSAGE])
            if isinstance(written, str):
                tally[written] = tally.get(written, 0) + 1
            elif len(new) < room:
                new.append(_case(row, chunk.document_id, written))
        Case.objects.bulk_create(new)
        current.done += len(new)
        current.attempts = 0
        current.settings = {**current.settings, "at": at, "tally": tally}
        current.save()
    events.publish(row.id)
    return current.done


def _case(row: Evaluation, document_id: UUID, written: questions.Written) -> Case:
    expected = [{"document_id": str(document_id), "quote": written.quote, "grade": 1}]
    return Case(
        dataset_id=row.dataset_id,
        question=written.question,
        expected=expected,
        source=CaseSource.MODEL,
        created_by_id=row.created_by_id,
    )
