"""The built front end's files, served before Django sees the request.

An ASGI wrapper around WhiteNoise's file look-up: types, ranges, ETags and the `.gz` beside a file are WhiteNoise's.
Files are looked up anew each time, so a front end that was built again while the server runs is served as it is now.
The shells are no files here: their headers are `pages`' business.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from wsgiref.headers import Headers

from whitenoise import WhiteNoise
from whitenoise.responders import NotARegularFileError

from weft.http.asgi_types import AsgiApplication, Receive, Scope, Send

# Where vite puts files whose name holds a hash of their content.
_HASHED = "assets/"
_ASKED = {b"accept-encoding", b"if-none-match", b"if-modified-since", b"range"}
_READERS = ThreadPoolExecutor(2, "weft-static")


class Answer(NamedTuple):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class StaticFiles:
    """`root` need not exist yet.

    `aliases` gives single files a path of their own, for other people's pages, which may keep them for five minutes.
    """

    def __init__(self, application: AsgiApplication, root: Path, *, prefix: str, aliases: dict[str, str]) -> None:
        self._application = application
        self._prefix = prefix
        self._aliases = {path: prefix + name for path, name in aliases.items()}
        self._files = WhiteNoise(None, autorefresh=True, max_age=None, add_headers_function=self._add_headers)
        self._files.add_files(str(root), prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        url = self._aliases.get(path, path)
        answer = None
        if url.startswith(self._prefix):
            answer = await asyncio.get_running_loop().run_in_executor(_READERS, self._answer, url, scope)
        if answer is None:
            await self._application(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _answer(self, url: str, scope: Scope) -> Answer | None:
        """None when there is no such file, also when it vanishes just now. Blocks."""
        if url.endswith(".html"):
            return None
        asked = {_wsgi_name(name): value.decode("latin-1") for name, value in scope["headers"] if name in _ASKED}
        try:
            file = self._files.find_file(url)
            if file is None:
                return None
            found = file.get_response(scope["method"], asked)
        except (FileNotFoundError, NotARegularFileError):
            return None
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in found.headers]
        if found.file is None:
            return Answer(int(found.status), headers, b"")
        with found.file as opened:
            return Answer(int(found.status), headers, opened.read())

    def _add_headers(self, headers: Headers, path: str, url: str) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        if url.startswith(self._prefix + _HASHED):
            headers["Cache-Control"] = f"public, max-age={WhiteNoise.FOREVER}, immutable"
        elif url in self._aliases.values():
            headers["Cache-Control"] = "public, max-age=300"
        else:
            headers["Cache-Control"] = "no-cache"


def _wsgi_name(header: bytes) -> str:
    return "HTTP_" + header.decode("latin-1").upper().replace("-", "_")
