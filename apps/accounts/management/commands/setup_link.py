"""`manage.py setup_link`: a fresh one-time link for the first admin."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.accounts.services import issue_setup_token


class Command(BaseCommand):
    help = "Print a one-time link that makes the first admin. Links printed before stop working."

    def handle(self, *args: Any, **options: Any) -> None:
        token = issue_setup_token()
        if token is None:
            self.stdout.write("Weft is set up already; sign in at " + settings.BASE_URL)
        else:
            self.stdout.write(f"{settings.BASE_URL}/setup?token={token}")
