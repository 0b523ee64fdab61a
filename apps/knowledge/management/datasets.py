"""Which datasets a command is for."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import QuerySet

from apps.knowledge.models import Dataset


def add_choice(parser: ArgumentParser) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--dataset", type=UUID, help="the id of one dataset")
    group.add_argument("--all", action="store_true", help="every dataset that has documents here")


def chosen(options: Mapping[str, Any]) -> QuerySet[Dataset]:
    datasets = Dataset.objects.filter(external_service=None).order_by("created_at", "id")
    if options["all"]:
        return datasets
    found = datasets.filter(id=options["dataset"])
    if not found:
        raise CommandError(f"There is no dataset {options['dataset']}. `--all` takes every one.")
    return found
