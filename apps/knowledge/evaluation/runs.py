"""Carries an evaluation out: every case with every variant, a few at a time, each batch committed under the lease.

What a killed worker committed is not asked again. Judging is `judging`'s, and what it all comes to `results`'s.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from apps.knowledge.evaluation import events, generation, results
from apps.knowledge.evaluation.asking import Answer, ask
from apps.knowledge.evaluation.cases import digest_of, measured_cases, wanted_of
from apps.knowledge.evaluation.errors import EvaluationError
from apps.knowledge.evaluation.judging import Judged, judge
from apps.knowledge.evaluation.leases import acquire, fenced, heartbeat
from apps.knowledge.evaluation.texts import sources
from apps.knowledge.leases import Cancelled, LeaseLost
from apps.knowledge.models import Case, Evaluation, EvaluationKind, Outcome
from apps.knowledge.search import settings as retrieval_settings
from apps.knowledge.search.settings import Retrieval
from weft.db.aio import release
from weft.http import egress
from workflows.errors import ModelError, RetrievalError

logger = logging.getLogger(__name__)

BATCH = 8
MAX_ATTEMPTS = 5
_SHOWN_HITS = 10
_SHOWN_CHARS = 200


def execute(evaluation_id: UUID) -> bool:
    """Bring the evaluation to its end, from wherever it stands. False when it is not to be worked on now."""
    token = acquire(evaluation_id)
    row = Evaluation.objects.select_related("dataset").filter(id=evaluation_id).first()
    if token is None or row is None:
        return False
    try:
        if row.attempts > MAX_ATTEMPTS:
            message = f"The evaluation stopped its worker {MAX_ATTEMPTS} times without progress. Start a smaller one."
            raise EvaluationError("evaluation_crashed", message)
        with heartbeat(evaluation_id, token) as beat:
            if row.kind == EvaluationKind.GENERATE:
                generation.generate(row, token, beat.should_stop)
            else:
                _measure(row, token)
            finish(row.id, token, results.of(row.id))
    except LeaseLost:
        return False
    except Cancelled:
        finish(evaluation_id, token, None, "evaluation_cancelled", "The evaluation was stopped.")
    except (EvaluationError, RetrievalError, ModelError) as exc:
        finish(evaluation_id, token, None, exc.code, exc.message)
    except Exception:
        logger.exception("Evaluation %s failed", evaluation_id)
        message = "Something went wrong in Weft during the evaluation. The worker's log has the cause."
        finish(evaluation_id, token, None, "internal_error", message)
    return True


def finish(evaluation_id: UUID, token: int, result: dict[str, Any] | None, code: str = "", message: str = "") -> None:
    try:
        with fenced(evaluation_id, token, even_if_cancelled=True) as row:
            row.result = result
            row.error_code, row.error_message = code, message
            row.lease_expires_at = None
            row.finished_at = Now()
            row.save()
    except LeaseLost:
        return
    events.publish(evaluation_id)


@dataclass(frozen=True, slots=True)
class _Asked:
    case: Case
    answer: Answer
    elapsed_ms: int


def _measure(row: Evaluation, token: int) -> None:
    cases = list(measured_cases(row.dataset_id))
    if not cases:
        raise EvaluationError(
            "evaluation_no_cases", f"{row.dataset.name} has no cases to measure. Add questions with what answers them."
        )
    # side by side are questions about one document, whose text is then read once
    cases.sort(key=lambda case: (case.expected[0]["document_id"], str(case.id)))
    variants = [retrieval_settings.read(each["retrieval"]) for each in row.settings["variants"]]
    with fenced(row.id, token) as current:
        current.total = len(cases) * len(variants)
        current.revision = row.dataset.revision
        current.save()
    texts = sources()
    for index, setting in enumerate(variants):
        had = set(Outcome.objects.filter(evaluation=row, variant=index).values_list("case_id", flat=True))
        left = [case for case in cases if case.id not in had]
        for start in range(0, len(left), BATCH):
            batch = left[start : start + BATCH]
            release()
            asked = egress.run_sync(partial(_ask_all, row, batch, setting))
            judged = [judge(wanted_of(each.case), each.answer.seen, texts) for each in asked]
            _commit(row, token, index, asked, judged)


async def _ask_all(row: Evaluation, batch: Sequence[Case], setting: Retrieval) -> list[_Asked]:
    async def one(case: Case) -> _Asked:
        started = time.monotonic()
        answer = await ask(row.dataset.workspace_id, row.dataset_id, case.question, setting)
        return _Asked(case, answer, int((time.monotonic() - started) * 1000))

    return list(await asyncio.gather(*(one(case) for case in batch)))


def _commit(row: Evaluation, token: int, variant: int, asked: Sequence[_Asked], judged: Sequence[Judged]) -> None:
    with_texts = row.kind != EvaluationKind.SEARCH
    rows = [_outcome(row, variant, each, how, with_texts=with_texts) for each, how in zip(asked, judged, strict=True)]
    notes = {code: message for each in asked for code, message in each.answer.notes.items()}
    with fenced(row.id, token) as current:
        Outcome.objects.bulk_create(rows, ignore_conflicts=True)
        current.done = min(current.total, Outcome.objects.filter(evaluation=current).count())
        current.attempts = 0
        current.settings = {**current.settings, "notes": {**current.settings.get("notes", {}), **notes}}
        current.save()
    events.publish(row.id)


def _outcome(row: Evaluation, variant: int, asked: _Asked, judged: Judged, *, with_texts: bool) -> Outcome:
    case, seen = asked.case, asked.answer.seen
    found = [
        {**wanted, "rank": rank, "at": place}
        for wanted, rank, place in zip(case.expected, judged.ranks, judged.places, strict=True)
    ]
    hits: list[dict[str, Any]] = []
    for index, each in enumerate(seen):
        hit: dict[str, Any] = {
            "score": round(each.score, 4),
            "relevant": judged.relevant[index],
            "chars": len(each.content),
        }
        if with_texts and index < _SHOWN_HITS:
            hit |= {
                "chunk_id": each.chunk_id,
                "document_id": str(each.document_id),
                "document_name": each.document_name,
                "text": each.content[:_SHOWN_CHARS],
            }
        hits.append(hit)
    return Outcome(
        evaluation=row,
        variant=variant,
        case_id=case.id,
        digest=digest_of(case),
        question=case.question,
        found=found,
        hits=hits,
        scores={name: round(value, 6) for name, value in judged.scores.items()},
        n_chars=sum(len(each.content) for each in seen),
        elapsed_ms=asked.elapsed_ms,
    )
