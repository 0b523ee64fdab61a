"""`manage.py audit_knowledge [--repair] [--dataset ID]`: one JSON line a dataset, one for what belongs to none."""

from __future__ import annotations

import json
import sys
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.knowledge.audit import Finding, look, look_outside, repair, repair_outside
from apps.knowledge.models import Chunk, Dataset, Document
from apps.knowledge.vectors import VectorStoreError


class Command(BaseCommand):
    help = "Compare the tables of knowledge with the lexical index, the vector stores and the files. Exits with 1 when "
    help += "something differs, whether it was repaired or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="put right what differs; documents are read again")
        parser.add_argument("--dataset", type=UUID, metavar="ID", help="look at this dataset alone")

    def handle(self, *args: Any, **options: Any) -> None:
        datasets = Dataset.objects.filter(external_service=None).order_by("created_at", "id")
        if options["dataset"]:
            datasets = datasets.filter(id=options["dataset"])
            if not datasets.exists():
                raise CommandError(f"There is no dataset {options['dataset']} that has documents here.")
        try:
            differs = [self._dataset(dataset, repairs=options["repair"]) for dataset in datasets]
            if not options["dataset"]:
                differs.append(self._outside(repairs=options["repair"]))
        except VectorStoreError as exc:
            raise CommandError(f"The vector store cannot be looked at. {exc.message}") from exc
        if any(differs):
            sys.exit(1)

    def _dataset(self, dataset: Dataset, *, repairs: bool) -> bool:
        found = look(dataset)
        if found and repairs:
            repair(dataset, found)
        facts = {
            "dataset": str(dataset.id),
            "name": dataset.name,
            "documents": Document.objects.filter(dataset=dataset).count(),
            "chunks": Chunk.objects.filter(dataset=dataset).count(),
        }
        return self._say(facts, found, repairs=repairs)

    def _outside(self, *, repairs: bool) -> bool:
        found = look_outside()
        if found and repairs:
            repair_outside(found)
        return self._say({"dataset": None}, found, repairs=repairs)

    def _say(self, facts: dict[str, Any], found: Finding, *, repairs: bool) -> bool:
        line = {**facts, "findings": found.report(), "repaired": bool(found) and repairs}
        self.stdout.write(json.dumps(line, ensure_ascii=False))
        return bool(found)
