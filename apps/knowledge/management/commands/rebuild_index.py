"""`manage.py rebuild_index --all`: the lexical index anew from the chunks, and vectors looked over."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.knowledge import index, lexical, moving
from apps.knowledge.management.datasets import add_choice, chosen
from apps.knowledge.vectors import VectorStoreError


class Command(BaseCommand):
    help = (
        "Make the lexical index of datasets anew from their chunks; mark chunks whose vector is lost, so that they "
        "are embedded again, and remove vectors of no chunk. Searches go on meanwhile, changes of a dataset wait."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_choice(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        for dataset in chosen(options):
            count = index.rebuild(dataset.id)
            lexical.merge(dataset.id)
            try:
                lost, strays = moving.settle(dataset.id)
            except VectorStoreError as exc:
                raise CommandError(f"{dataset.name}: {exc}") from exc
            self.stdout.write(f"{dataset.name}: {count:,} chunks; {lost} without their vector, {strays} stray vectors")
