"""`manage.py migrate_vectors --all --to pgvector`: datasets' vectors to another store, while they are searched."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.knowledge import moving
from apps.knowledge.management.datasets import add_choice, chosen
from apps.knowledge.models import VectorStore
from apps.knowledge.vectors import VectorStoreError
from workflows.errors import ModelError


class Command(BaseCommand):
    help = (
        "Copy the vectors of datasets into another store, without embedding anew, and search them there. Searches and "
        "changes go on meanwhile. Broken off, it goes on with what is there. --anew makes the vectors anew instead."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_choice(parser)
        parser.add_argument("--to", choices=VectorStore.values, required=True)
        parser.add_argument("--anew", action="store_true", help="embed the chunks again, also where the store stays")

    def handle(self, *args: Any, **options: Any) -> None:
        for dataset in chosen(options):
            if dataset.vector_store == options["to"] and not options["anew"] and not dataset.moving:
                self.stdout.write(f"{dataset.name}: is in {dataset.vector_store} already")
                continue
            moving.start(dataset.id, store=options["to"], anew=options["anew"])
            try:
                moving.run(dataset.id, self._tell(dataset.name))
            except (VectorStoreError, ModelError, moving.Busy, moving.Outrun) as exc:
                raise CommandError(f"{dataset.name}: {exc}") from exc
            self.stdout.write(f"{dataset.name}: is in {options['to']} now")

    def _tell(self, name: str) -> moving.Progress:
        def tell(done: int, total: int) -> None:
            if done == total or done % 10_000 < 256:
                self.stdout.write(f"{name}: {done:,} of {total:,}")

        return tell
