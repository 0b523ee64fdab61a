"""The few routes that answer without a login: health, the application's shell, the chat page."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from weft.services import health

# What a shell's page may load. Styles: the editor's canvas and code fields set their own. Fonts: the build inlines
# small ones. Whoever changes this runs `make e2e`, which fails when a page asks for more.
SHELL_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " font-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'"
)
NO_BUILD = "The front end is not built. Run `make setup` in Weft's folder and start again."


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Every service that this process needs answers; 503 names those that do not. Two seconds old at most."""
    report = health.recent_report()
    return JsonResponse(report, status=200 if report["status"] == "ok" else 503)


def unknown_route(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    message = f"There is nothing at {request.path}."
    return JsonResponse({"code": "not_found", "message": message, "status": 404}, status=404)


def _shell(name: str) -> HttpResponse:
    page = Path(settings.FRONTEND_DIST) / name
    if not page.is_file():
        return HttpResponse(NO_BUILD, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(
        page.read_bytes(), headers={"Cache-Control": "no-cache", "Content-Security-Policy": SHELL_POLICY}
    )


@require_safe
@ensure_csrf_cookie
def console_page(request: HttpRequest) -> HttpResponse:
    """The console's shell. It holds no data; the API asks for a login."""
    response = _shell("index.html")
    response["X-Frame-Options"] = "DENY"
    response["Content-Security-Policy"] = f"{SHELL_POLICY}; frame-ancestors 'none'"
    return response


@require_safe
def chat_page(request: HttpRequest, code: str) -> HttpResponse:
    """The same shell for a published app, made to be framed by other people's pages; sets no cookie."""
    return _shell("index.html")


@require_safe
def form_page(request: HttpRequest) -> HttpResponse:
    """The same shell for one form of a run that waits. Its address is a secret, so it is told to nobody."""
    response = _shell("index.html")
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def no_embed_script(request: HttpRequest) -> HttpResponse:
    """Reached only while there is no script: `StaticFiles` serves it."""
    return HttpResponse(NO_BUILD, status=503, content_type="text/plain; charset=utf-8")
