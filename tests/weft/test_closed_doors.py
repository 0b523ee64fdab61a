"""House rules that hold for every route and every Django process, whoever adds the next one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import AsyncClient
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What answers without login or key: health, the shells, the public pages of published apps, webhooks (whose address is
# the key), and the two ways in.
OPEN_PREFIXES = (
    "healthz",
    "readyz",
    "api/public/",
    "triggers/",
    "embed.js",
    "embed.min.js",
    "chat/",
    "chatbot/",
    "completion/",
    "workflow/",
)
OPEN = {("GET", "api/v1/setup"), ("POST", "api/v1/setup"), ("POST", "api/v1/session")}
# Whose contract knows no 401: Dify's external knowledge API.
CLOSED_WITH_403 = "v1/external/retrieval"
SAMPLES: dict[str, Any] = {"uuid": UUID(int=7), "int": 7, "slug": "thing", "str": "thing", "path": "thing"}


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every plain route of the URLconf with its parameters filled in. Regular expressions are the two catch-alls."""
    for each in (resolver or get_resolver()).url_patterns:
        if not isinstance(each.pattern, RoutePattern):
            continue
        path = prefix + str(each.pattern)
        for name, converter in each.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").replace("String", "str").lower()
            # a converter of an app's own lists the words that it takes
            sample = SAMPLES.get(kind) or converter.regex.partition("|")[0]
            path = re.sub(rf"<(\w+:)?{name}>", str(sample), path)
        if isinstance(each, URLPattern):
            yield path
        else:
            yield from routes(each, path)


def closed() -> list[str]:
    return [path for path in routes() if not path.startswith(OPEN_PREFIXES)]


def test_the_walk_finds_the_routes() -> None:
    found = closed()
    assert {"api/v1/session", "api/v1/datasets", f"api/v1/documents/{SAMPLES['uuid']}/chunks"} <= set(found)
    assert [path for path in found if "<" in path] == []


@pytest.mark.django_db(transaction=True)
async def test_every_door_is_closed_without_credentials() -> None:
    client = AsyncClient()
    answered = {}
    for path in closed():
        for method in METHODS:
            if (method, path) in OPEN:
                continue
            answer = await client.generic(method, f"/{path}", b"{}", content_type="application/json")
            if answer.status_code not in ((403, 405) if path == CLOSED_WITH_403 else (401, 405)):
                answered[f"{method} /{path}"] = answer.status_code
    assert answered == {}


# The one way out is `weft.http.egress`; the supervisor's health probes run outside Django and ask only our own servers.
WAYS_OUT = {"platform/weft/http/egress.py", "platform/weft/services/probes.py"}
HTTP_CLIENTS = re.compile(
    r"^\s*(?:import|from) (?:httpx|requests|urllib3|urllib\.request|http\.client|aiohttp)\b", re.M
)


def test_no_code_has_an_http_client_of_its_own() -> None:
    """A guard beside the call is forgotten at the next call; so there is one client, and the guard is in it."""
    sources = [*ROOT.glob("apps/**/*.py"), *ROOT.glob("platform/**/*.py")]
    found = {str(path.relative_to(ROOT)) for path in sources if HTTP_CLIENTS.search(path.read_text())}
    assert found - WAYS_OUT == set()


def test_django_processes_never_import_torch() -> None:
    program = (
        "import weft.asgi, weft.celery, sys; weft.celery.app.loader.import_default_modules();"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "heavy = {'torch', 'triton', 'transformers', 'sentence_transformers', 'chromadb'} & set(sys.modules);"
        "print(sorted(heavy))"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "weft.settings.test",
        "PYTHONPATH": f"{ROOT}:{ROOT}/platform",
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
