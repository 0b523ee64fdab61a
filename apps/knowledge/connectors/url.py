"""Pages of the web: one, a list of them, or those that a sitemap names. Asked for through the egress client only.

A page that says by ETag or Last-Modified that it is what it was is not read again; one that answers 404 or 410 is gone.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field

from apps.knowledge import parser_process
from apps.knowledge.connectors.source import ConnectorError, Content, Failed, Gone, Item, Listing, Outcome, Unchanged
from weft.http import egress
from weft.http.egress import EgressError, EgressResponse
from workflows.documents.archive import read_xml
from workflows.documents.errors import ParseError
from workflows.documents.formats import FORMATS, format_of

MAX_PAGES = 2000
MAX_SITEMAPS = 50
_MAX_SITEMAP_BYTES = 50 * 1024 * 1024
_TIMEOUT_S = 30.0
# For all sitemaps together: looks wait for each other
_LISTING_S = 180.0
_PIECE = 1 << 20
_AGENT = {"User-Agent": "Weft", "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_UNSAFE = re.compile(r"[^\w.\-]+")


class Url(BaseModel):
    """`urls` are pages, or sitemaps where `mode` is that. Of a sitemap's pages those on its own host are taken whose
    address matches one of `include` (none: all) and none of `exclude`, as `*` and `?` match, up to `limit`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["pages", "sitemap"] = "pages"
    urls: list[str] = Field(min_length=1, max_length=MAX_PAGES)
    include: list[str] = Field(default=[], max_length=50)
    exclude: list[str] = Field(default=[], max_length=50)
    limit: int = Field(default=500, ge=1, le=MAX_PAGES)

    def check(self, workspace_id: UUID) -> None:
        async def work() -> None:
            for url in self.urls:
                await egress.check(url)

        try:
            egress.run_sync(work)
        except EgressError as exc:
            raise ConnectorError("connector_url_refused", exc.message) from exc

    def source(self, workspace_id: UUID) -> UrlSource:
        return UrlSource(self)


class UrlSource:
    def __init__(self, rule: Url) -> None:
        self._rule = rule

    def listing(self) -> Listing:
        if self._rule.mode == "pages":
            return Listing([Item(url) for url in dict.fromkeys(self._rule.urls)])
        pages = [url for url in egress.run_sync(self._in_time) if self._is_wanted(url)]
        return Listing([Item(url) for url in pages[: self._rule.limit]], is_complete=len(pages) <= self._rule.limit)

    def read(self, items: Sequence[Item], known: Mapping[str, str]) -> Sequence[Outcome]:
        async def work() -> list[Outcome]:
            return await asyncio.gather(*(_read(item.key, known.get(item.key, "")) for item in items))

        return egress.run_sync(work)

    def _is_wanted(self, url: str) -> bool:
        rule = self._rule
        included = not rule.include or any(fnmatchcase(url, each) for each in rule.include)
        return included and not any(fnmatchcase(url, each) for each in rule.exclude)

    async def _in_time(self) -> list[str]:
        try:
            async with asyncio.timeout(_LISTING_S):
                return await self._pages_of_sitemaps()
        except TimeoutError as exc:
            message = f"The sitemaps took longer than {_LISTING_S:g} seconds. Name fewer of them, or a smaller one."
            raise ConnectorError("connector_unavailable", message) from exc

    async def _pages_of_sitemaps(self) -> list[str]:
        """In the order in which they are named, each once. A sitemap speaks for its own host alone."""
        waiting, seen, pages = list(self._rule.urls), set(self._rule.urls), dict[str, None]()
        while waiting and len(pages) <= MAX_PAGES:
            url = waiting.pop(0)
            named, is_index = await _sitemap(url)
            own = [each for each in named if urlsplit(each).netloc == urlsplit(url).netloc]
            if not is_index:
                pages.update(dict.fromkeys(own))
                continue
            for each in own:
                if each not in seen and len(seen) < MAX_SITEMAPS:
                    seen.add(each)
                    waiting.append(each)
        return list(pages)


async def _sitemap(url: str) -> tuple[list[str], bool]:
    """The addresses that it names, and whether those are sitemaps again."""
    try:
        answer = await egress.fetch("GET", url, headers=_AGENT, timeout_s=_TIMEOUT_S, max_bytes=_MAX_SITEMAP_BYTES)
    except EgressError as exc:
        raise ConnectorError("connector_unavailable", f"The sitemap {url} cannot be fetched: {exc.message}") from exc
    if answer.status != 200:
        raise ConnectorError("connector_unavailable", f"The sitemap {url} answers with status {answer.status}.")
    try:
        root = read_xml(_unpacked(answer.body).lstrip(), "It is no readable XML.")
    except (ParseError, OSError, zlib.error, EOFError) as exc:
        raise ConnectorError("connector_sitemap_broken", f"The sitemap {url} is no readable XML.") from exc
    places = [(each.text or "").strip() for each in root.iter("{*}loc")]
    return [each for each in places if each.startswith(("http://", "https://"))], root.tag.endswith("sitemapindex")


def _unpacked(body: bytes) -> bytes:
    """What a `.gz` holds, up to the limit of a sitemap."""
    if body[:2] != b"\x1f\x8b":
        return body
    found = zlib.decompressobj(wbits=31).decompress(body, _MAX_SITEMAP_BYTES + 1)
    if len(found) > _MAX_SITEMAP_BYTES:
        raise gzip.BadGzipFile("it is larger than sitemaps may be")
    return found


class _Parts:
    """What was fetched, from the beginning each time. It lies in a file without a name, which goes with this."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115  (it outlives every block)

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(0)
        while part := self.file.read(_PIECE):
            yield part


async def _read(url: str, known: str) -> Outcome:
    parts = _Parts()
    try:
        answer = await egress.fetch(
            "GET",
            url,
            headers=_AGENT | _conditions(known),
            timeout_s=_TIMEOUT_S,
            max_bytes=settings.MAX_UPLOAD_BYTES,
            into=parts.file,
        )
    except EgressError as exc:
        return Failed("connector_item_unavailable", f"{url} cannot be fetched: {exc.message}")
    if answer.status == 304:
        return Unchanged()
    if answer.status in (404, 410):
        return Gone()
    if answer.status != 200:
        return Failed("connector_item_unavailable", f"{url} answers with status {answer.status}.")
    revision = _revision(answer, parts)
    if revision == known:
        return Unchanged()
    try:
        return Content(_name(answer), parts, revision)
    except ParseError as exc:
        return Failed(exc.code, f"{url}: {exc.message}")


def _conditions(known: str) -> dict[str, str]:
    kind, _, value = known.partition(":")
    return {"etag": {"If-None-Match": value}, "modified": {"If-Modified-Since": value}}.get(kind, {})


def _revision(answer: EgressResponse, parts: Iterable[bytes]) -> str:
    for name, kind in (("etag", "etag"), ("last-modified", "modified")):
        value = answer.headers.get(name, "")
        if value and len(value) < 150:
            return f"{kind}:{value}"
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def _name(answer: EgressResponse) -> str:
    """Its last place in the address, with an extension by which the parsers know it. Raises ParseError."""
    parts = urlsplit(answer.url)
    last = _UNSAFE.sub("-", unquote(parts.path).rstrip("/").rpartition("/")[2]).strip("-.")[:200]
    mime_type = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    extension = parser_process.extension_of(last)
    if mime_type in ("application/octet-stream", "") and extension in parser_process.EXTENSIONS:
        return last
    known = FORMATS[format_of("", mime_type)].extensions.split()
    return last if extension in known else f"{last or parts.hostname}.{known[0]}"
