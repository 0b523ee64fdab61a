"""The cases of a dataset's test set: made by hand, from passages that should have been found, from the query log, and
from questions whose answers people disliked.

Knows rows; measuring them is in `runs`. A case without expectations is a question that somebody has still to judge:
it is kept switched off, and no evaluation counts it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge.evaluation.judging import Wanted
from apps.knowledge.evaluation.spans import flatten
from apps.knowledge.evaluation.texts import finder
from apps.knowledge.models import Case, CaseSource, Chunk, Dataset, Document, Query
from apps.knowledge.selectors import dataset_by_id, datasets_of_workspace, visible
from weft.http.errors import invalid, not_found

MAX_CASES = 5000
# Anybody may dislike answers, as often as they like: so many questions wait to be judged, and no more.
MAX_WAITING = 500
MAX_EXPECTED = 50
MAX_QUOTE = 20_000
MAX_QUESTION = 8000


def cases_of(dataset: Dataset) -> QuerySet[Case]:
    return Case.objects.filter(dataset=dataset)


def measured_cases(dataset_id: UUID) -> QuerySet[Case]:
    """Those that an evaluation counts."""
    return Case.objects.filter(dataset_id=dataset_id, is_enabled=True).exclude(expected=[])


def case_by_id(actor: Actor, case_id: UUID) -> Case:
    seen = Case.objects.filter(visible(actor, "dataset__"), dataset__workspace_id=actor.workspace_id)
    case = seen.filter(id=case_id).select_related("dataset").first()
    if case is None:
        raise not_found("case")
    return case


def create_case(
    actor: Actor,
    dataset_id: UUID,
    *,
    question: str,
    expected: Sequence[Mapping[str, Any]] = (),
    is_enabled: bool = True,
) -> Case:
    """`expected` names a chunk (`chunk_id`), or a document (`document_id`) with or without a `quote` of it."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    check_room(dataset, 1)
    checked = check_expected(dataset, expected)
    return Case.objects.create(
        dataset=dataset,
        question=_question(question),
        expected=checked,
        is_enabled=is_enabled and bool(checked),
        created_by=actor.user,
    )


def update_case(
    actor: Actor,
    case_id: UUID,
    *,
    question: str | None = None,
    expected: Sequence[Mapping[str, Any]] | None = None,
    is_enabled: bool | None = None,
) -> Case:
    """A case that is given its first expectations is switched on with them."""
    require(actor, Role.EDITOR)
    case = case_by_id(actor, case_id)
    waited = not case.expected
    if question is not None:
        case.question = _question(question)
    if expected is not None:
        case.expected = check_expected(case.dataset, expected)
    if is_enabled is None:
        is_enabled = case.is_enabled or (waited and bool(case.expected))
    case.is_enabled = is_enabled and bool(case.expected)
    case.save(update_fields=["question", "expected", "is_enabled", "updated_at"])
    return case


def expect_also(actor: Actor, dataset_id: UUID, *, question: str, chunk_id: UUID) -> Case:
    """ "This should have been found": adds the passage to the question's case, which is made if there is none."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    [wanted] = check_expected(dataset, [{"chunk_id": chunk_id}])
    with transaction.atomic():
        case = cases_of(dataset).select_for_update().filter(question=_question(question)).first()
        if case is None:
            return create_case(actor, dataset_id, question=question, expected=[{"chunk_id": chunk_id}])
        if not any(_same(each, wanted) for each in case.expected):
            case.expected = [*case.expected, wanted][:MAX_EXPECTED]
            case.is_enabled = True
            case.save(update_fields=["expected", "is_enabled", "updated_at"])
    return case


@transaction.atomic
def delete_cases(actor: Actor, dataset_id: UUID, case_ids: Sequence[UUID]) -> int:
    """How many there were; ids of other datasets count as gone already."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    gone, _ = cases_of(dataset).filter(id__in=case_ids).delete()
    record(actor.workspace_id, actor.user, "dataset.cases.delete", dataset.name, count=gone)
    return gone


@transaction.atomic
def cases_from_log(actor: Actor, dataset_id: UUID, query_ids: Sequence[UUID]) -> list[Case]:
    """A case to be judged for every logged question that has none yet, in the order given."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    asked = {row.id: row.text.strip() for row in Query.objects.filter(dataset=dataset, id__in=query_ids)}
    texts = dict.fromkeys(asked[id_] for id_ in query_ids if asked.get(id_))
    have = set(cases_of(dataset).filter(question__in=list(texts)).values_list("question", flat=True))
    new = [text for text in texts if text not in have]
    check_room(dataset, len(new))
    rows = [
        Case(dataset=dataset, question=text, source=CaseSource.LOG, is_enabled=False, created_by=actor.user)
        for text in new
    ]
    return Case.objects.bulk_create(rows)


@transaction.atomic
def suggest(workspace_id: UUID, dataset_ids: Sequence[UUID], question: str) -> list[Case]:
    """A case to be judged in each of these datasets that has none for the question yet, nor too many that wait. Asks
    nobody's leave: a question alone changes nothing that is measured."""
    text = question.strip()
    if not 0 < len(text) <= MAX_QUESTION:
        return []
    held = datasets_of_workspace(workspace_id).filter(id__in=dataset_ids, external_service=None)
    made = []
    # locked: two people may dislike the same answer at once
    for dataset in held.select_related(None).select_for_update(of=("self",)).order_by("id"):
        cases = cases_of(dataset)
        waiting = cases.filter(source=CaseSource.FEEDBACK, expected=[]).count()
        if waiting < MAX_WAITING and cases.count() < MAX_CASES and not cases.filter(question=text).exists():
            made.append(
                Case.objects.create(dataset=dataset, question=text, source=CaseSource.FEEDBACK, is_enabled=False)
            )
    return made


def wanted_of(case: Case) -> list[Wanted]:
    return [Wanted(UUID(each["document_id"]), each["quote"], each["grade"]) for each in case.expected]


def digest_of(case: Case) -> str:
    """The same as long as the case asks and expects the same."""
    return hashlib.sha256(json.dumps([case.question, case.expected], sort_keys=True).encode()).hexdigest()


def check_room(dataset: Dataset, more: int) -> None:
    if cases_of(dataset).count() + more > MAX_CASES:
        message = f"A test set holds at most {MAX_CASES} cases. Delete some of {dataset.name} first."
        raise invalid("cases", message, "cases_too_many", max=MAX_CASES, dataset=dataset.name)


def check_expected(dataset: Dataset, given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As it is stored, each thing once. Raises for what is not in the dataset, and for quotes that are not there."""
    if len(given) > MAX_EXPECTED:
        message = f"A case expects at most {MAX_EXPECTED} passages, not {len(given)}."
        raise invalid("expected", message, "expected_too_many", max=MAX_EXPECTED, count=len(given))
    found: list[dict[str, Any]] = []
    for each in given:
        wanted = _of_chunk(dataset, each) if each.get("chunk_id") else _of_document(dataset, each)
        if not any(_same(wanted, before) for before in found):
            found.append(wanted)
    return found


def _of_chunk(dataset: Dataset, given: Mapping[str, Any]) -> dict[str, Any]:
    chunk = Chunk.objects.filter(dataset=dataset, id=given["chunk_id"]).only("document_id", "content").first()
    if chunk is None:
        message = f"There is no chunk {given['chunk_id']} in {dataset.name}; it may have been cut anew. Search again."
        raise invalid("expected", message, "chunk_unknown", dataset=dataset.name)
    return _stored(chunk.document_id, chunk.content[:MAX_QUOTE], given)


def _of_document(dataset: Dataset, given: Mapping[str, Any]) -> dict[str, Any]:
    document = Document.objects.filter(dataset=dataset, id=given["document_id"]).first()
    if document is None:
        message = f"There is no document {given['document_id']} in {dataset.name}. Choose one of its documents."
        raise invalid("expected", message, "document_unknown", dataset=dataset.name)
    quote = str(given.get("quote") or "").strip()
    if len(quote) > MAX_QUOTE:
        message = f"A quote has at most {MAX_QUOTE} characters; this one has {len(quote)}. Give the part that answers."
        raise invalid("expected", message, "quote_too_long", max=MAX_QUOTE, count=len(quote))
    if quote and not finder()(document.id, quote):
        message = f"{document.name} has no such text: {quote[:80]!r}. Copy the quote from the document."
        raise invalid("expected", message, "quote_not_found", document=document.name, quote=quote[:80])
    return _stored(document.id, quote, given)


def _stored(document_id: UUID, quote: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"document_id": str(document_id), "quote": quote, "grade": int(given.get("grade") or 1)}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one["document_id"] == other["document_id"] and flatten(one["quote"]) == flatten(other["quote"])


def _question(text: str) -> str:
    text = text.strip()
    if not text:
        raise invalid("question", "A case needs a question.", "case_question_missing")
    return text
