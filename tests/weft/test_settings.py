"""What the settings read out of the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_database_url_keeps_its_options() -> None:
    """Dropping `sslmode=verify-full` would silently give up what the operator asked for."""
    program = (
        "import json; from weft.settings.base import DATABASES; found = DATABASES['default'];"
        "print(json.dumps([found['HOST'], found['NAME'], found['PASSWORD'], found['OPTIONS']['sslmode']]))"
    )
    url = "postgres://weft:p%40ss@db.example.org:5433/weft?sslmode=verify-full"
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": f"{ROOT}:{ROOT}/platform"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == ["db.example.org", "weft", "p@ss", "verify-full"]


def test_an_allowance_that_would_open_nothing_is_refused_at_the_start() -> None:
    environment = {**os.environ, "WEFT_EGRESS_ALLOW": "127.0.0.1:", "PYTHONPATH": f"{ROOT}:{ROOT}/platform"}
    environment |= {"DATABASE_URL": "postgres://weft@db/weft", "REDIS_URL": "redis://r", "WEFT_SECRET_KEY": "s"}
    program = "import weft.settings.base"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: WEFT_EGRESS_ALLOW has '127.0.0.1:', which is no host, address or "
        "range with an optional port, such as 127.0.0.1:11434, 10.0.0.0/8, [::1]:8080 or models.internal."
    )
