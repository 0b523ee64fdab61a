"""Test sets in and out of a dataset. Files are `transfer`'s; here names become documents, and quotes are looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services import Actor, record, require
from apps.knowledge.evaluation import transfer
from apps.knowledge.evaluation.cases import MAX_EXPECTED, MAX_QUESTION, MAX_QUOTE, cases_of, check_room
from apps.knowledge.evaluation.texts import finder
from apps.knowledge.evaluation.transfer import Reference, Row
from apps.knowledge.models import Case, Dataset, Document
from apps.knowledge.selectors import dataset_by_id

Format = Literal["csv", "questions", "qrels"]
# Rows that were not taken are named one by one, up to so many.
_MAX_TOLD = 100


@dataclass(frozen=True, slots=True)
class Skipped:
    line: int
    question: str
    code: str
    message: str


@dataclass(slots=True)
class Report:
    """What came of a file's rows. A question that the test set has already gets the file's expectations."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    skipped_rows: list[Skipped] = field(default_factory=list)


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def import_cases(actor: Actor, dataset_id: UUID, files: Mapping[str, bytes]) -> Report:
    """All rows that can be taken. Raises for files that cannot be read and for test sets that are too large."""
    require(actor, Role.EDITOR)
    dataset = dataset_by_id(actor, dataset_id)
    rows = _merged(transfer.read(files))
    have = {case.question: case for case in cases_of(dataset)}
    library = _Library(dataset)
    report, new, changed = Report(), [], []
    for row in rows:
        try:
            expected = _expected(row, library)
        except _Refused as exc:
            report.skipped += 1
            if len(report.skipped_rows) < _MAX_TOLD:
                report.skipped_rows.append(Skipped(row.line, row.question[:200], exc.code, exc.message))
            continue
        case = have.get(row.question)
        if case is None:
            case = Case(dataset=dataset, question=row.question, created_by=actor.user)
            new.append(case)
            report.added += 1
        elif case.expected == expected:
            report.unchanged += 1
            continue
        else:
            changed.append(case)
            report.updated += 1
        case.expected, case.is_enabled = expected, bool(expected)
    with transaction.atomic():
        check_room(dataset, len(new))
        Case.objects.bulk_create(new, batch_size=500)
        Case.objects.bulk_update(changed, ["expected", "is_enabled"], batch_size=500)
        record(actor.workspace_id, actor.user, "dataset.cases.import", dataset.name, count=len(new) + len(changed))
    return report


def export_cases(actor: Actor, dataset_id: UUID, form: Format) -> tuple[str, str, bytes]:
    """File name, media type, content."""
    dataset = dataset_by_id(actor, dataset_id)
    names = dict(Document.objects.filter(dataset=dataset).values_list("id", "name"))
    rows = [(str(case.id), _row(case, names)) for case in cases_of(dataset).order_by("created_at", "id")]
    match form:
        case "csv":
            return "cases.csv", "text/csv; charset=utf-8", transfer.write_csv([row for _, row in rows])
        case "questions":
            return "questions.jsonl", "application/x-ndjson", transfer.write_questions(rows)
        case "qrels":
            return "cases.zip", "application/zip", transfer.write_qrels(rows)


def _merged(rows: list[Row]) -> list[Row]:
    """A question that a file asks twice is one case, which expects what both expect."""
    merged: dict[str, Row] = {}
    for row in rows:
        first = merged.setdefault(row.question, row)
        if first is not row:
            first.references += row.references
    return list(merged.values())


class _Library:
    """A dataset's documents by what files call them: id, name, name without extension."""

    def __init__(self, dataset: Dataset) -> None:
        self._by_name: dict[str, Document] = {}
        for document in Document.objects.filter(dataset=dataset).only("id", "name").order_by("-created_at"):
            for name in (document.name.rpartition(".")[0] or document.name, document.name, str(document.id)):
                self._by_name[name] = document
        self._holds = finder()

    def find(self, reference: Reference) -> dict[str, Any]:
        name = reference.document.replace("\\", "/").rpartition("/")[2]
        if name not in self._by_name:
            name = name.rpartition(".")[0]
        document = self._by_name.get(name)
        if document is None:
            raise _Refused("document_unknown", f"The dataset has no document {reference.document!r}.")
        quote = reference.quote.strip()
        if len(quote) > MAX_QUOTE:
            raise _Refused("quote_too_long", f"A quote has at most {MAX_QUOTE} characters.")
        if quote and not self._holds(document.id, quote):
            raise _Refused("quote_not_found", f"{document.name} has no such text: {quote[:80]!r}.")
        return {"document_id": str(document.id), "quote": quote, "grade": reference.grade}


def _expected(row: Row, library: _Library) -> list[dict[str, Any]]:
    if not row.question or len(row.question) > MAX_QUESTION or "\0" in row.question:
        raise _Refused("question_invalid", f"A question has from 1 to {MAX_QUESTION} characters.")
    if len(row.references) > MAX_EXPECTED:
        # test collections with many relevant documents: the most relevant ones stand for the rest
        row.references = sorted(row.references, key=lambda each: -each.grade)[:MAX_EXPECTED]
    found: list[dict[str, Any]] = []
    for reference in row.references:
        wanted = library.find(reference)
        if wanted not in found:
            found.append(wanted)
    return found


def _row(case: Case, names: Mapping[UUID, str]) -> Row:
    """Expectations in documents that are gone have no name, and are left out."""
    known = [(names.get(UUID(each["document_id"])), each) for each in case.expected]
    return Row(0, case.question, [Reference(name, each["quote"], each["grade"]) for name, each in known if name])
