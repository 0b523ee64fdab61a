"""`manage.py seed_demo [--data-dir DIR]`: make the sample, and print how to reach it as one line of JSON."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.publishing.sample import make_sample
from weft.http.errors import WeftError


class Command(BaseCommand):
    help = "Make the sample dataset and app once, and print base_url, keys, site code, model and a question as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-keys", action="store_true", help="make no API keys")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.write("Making the sample app; its documents are being indexed …")
        try:
            sample = make_sample(with_keys=not options["no_keys"])
        except WeftError as error:
            raise CommandError(error.message) from error
        self.stdout.write(json.dumps(sample, ensure_ascii=False))
