"""The ASGI web server (uvicorn) as a supervised process. Knows its command line; the application is `weft.asgi`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from weft.services.layout import ROOT, DataDir
from weft.services.probes import http_ok
from weft.services.service import Service

# Addresses that mean "every interface": a browser on this machine reaches them by loopback.
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def url(host: str, port: int) -> str:
    name = WILDCARDS.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def proxy_arguments(trusted: str) -> tuple[str, ...]:
    """Whose X-Forwarded-For and -Proto are believed: nobody's unless WEFT_TRUSTED_PROXIES names addresses."""
    addresses = ",".join(trusted.replace(",", " ").split())
    return ("--proxy-headers", "--forwarded-allow-ips", addresses) if addresses else ("--no-proxy-headers",)


def service(data: DataDir, host: str, port: int, *, env: Mapping[str, str], after: tuple[str, ...]) -> Service:
    return Service(
        name="web",
        title="Web server",
        command=(
            *(sys.executable, "-m", "uvicorn", "weft.asgi:application", "--host", host, "--port", str(port)),
            # Open streams are cursors: their readers come back with their last id, so a restart need not wait for them.
            *("--timeout-graceful-shutdown", "3", "--no-access-log", "--no-server-header"),
            *proxy_arguments(env.get("WEFT_TRUSTED_PROXIES", "")),
        ),
        ready=lambda _pid: http_ok(port, "/healthz", host=WILDCARDS.get(host, host)),
        log=data.log("web"),
        cwd=ROOT,
        env=env,
        after=after,
        port=port,
    )
