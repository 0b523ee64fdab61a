"""Connectors on a real folder and a real web server: what comes, changes and goes there does so here."""

from __future__ import annotations

import gzip
import os
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from apps.knowledge import leases, services, tasks
from apps.knowledge.connectors.folder import Folder, FolderSource
from apps.knowledge.connectors.source import Content, Failed
from apps.knowledge.connectors.url import Url
from apps.knowledge.models import Connector, Dataset, Document, Stage
from tests.apps.knowledge.connectors.looks import connect, counted, look, texts
from tests.cast import Cast
from weft.http.errors import WeftError


class Site:
    """Pages by path: (status, headers, body). `asked` has the paths in order, with the status that was given."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, int]] = []
        self.url = ""

    def put(self, path: str, body: str | bytes, status: int = 200, etag: str = "", kind: str = "text/html") -> None:
        data = body if isinstance(body, bytes) else body.encode()
        self.pages[path] = (status, {"Content-Type": kind, **({"ETag": etag} if etag else {})}, data)

    def answer(self, path: str, etag: str | None) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = self.pages.get(path, (404, {}, b""))
        if etag is not None and headers.get("ETag") == etag:
            status, body = 304, b""
        self.asked.append((path, status))
        return status, headers, body


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = site.answer(self.path, self.headers.get("If-None-Match"))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield site
    server.shutdown()
    server.server_close()


def test_a_folder_is_followed(cast: Cast, dataset: Dataset, place: Path) -> None:
    (place / "deep").mkdir()
    (place / "a.md").write_text("First.")
    (place / "deep" / "b.txt").write_text("Second.")
    (place / "program.exe").write_text("no")
    (place / ".hidden.md").write_text("no")
    connector = connect(cast, dataset, "folder", path=str(place))

    assert look(connector) == counted(added=2)
    assert texts(dataset) == {"a.md": "First.", "deep/b.txt": "Second."}
    assert set(Document.objects.values_list("source", "connector_id")) == {("connector", connector.id)}

    assert look(connector) == counted(unchanged=2)

    (place / "a.md").write_text("First, changed.")
    (place / "deep" / "b.txt").unlink()
    (place / "c.md").write_text("Third.")
    assert look(connector) == counted(added=1, changed=1, removed=1)
    assert texts(dataset) == {"a.md": "First, changed.", "c.md": "Third."}

    os.utime(place / "c.md", (1, 1))
    assert look(connector) == counted(unchanged=2)
    for row in Document.objects.all():
        tasks.ingest_document(str(row.id))
    assert set(Document.objects.values_list("stage", flat=True)) == {Stage.READY}


def test_a_name_that_is_no_text_holds_up_no_other(cast: Cast, dataset: Dataset, place: Path) -> None:
    (place / os.fsdecode(b"caf\xe9.md")).write_text("No.")
    (place / "z.md").write_text("Yes.")

    report = look(connect(cast, dataset, "folder", path=str(place)))

    assert (report["added"], report["failed"], report["error"]) == (1, 1, None)
    assert report["failures"][0]["code"] == "connector_item_name"
    assert texts(dataset) == {"z.md": "Yes."}


def test_a_link_in_place_of_a_folder_leads_nowhere(tmp_path: Path, place: Path) -> None:
    """Put there after the folder was listed."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.md").write_text("SECRET")
    (place / "deep").mkdir()
    (place / "deep" / "a.md").write_text("Open.")
    source = Folder(path=str(place)).source(uuid4())
    items = source.listing().items
    (place / "deep" / "a.md").unlink()
    (place / "deep").rmdir()
    (place / "deep").symlink_to(tmp_path / "secret")

    [outcome] = source.read(items, {})

    assert isinstance(outcome, Failed)
    assert outcome.code == "connector_item_unreadable"


def test_a_folder_that_is_gone_takes_nothing_along(cast: Cast, dataset: Dataset, place: Path) -> None:
    (place / "a.md").write_text("First.")
    connector = connect(cast, dataset, "folder", path=str(place))
    look(connector)
    place.rename(place.with_name("elsewhere"))

    report = look(connector)

    assert report["error"]["code"] == "connector_folder_closed"
    assert (report["removed"], Document.objects.count()) == (0, 1)


def test_links_lead_nowhere(cast: Cast, dataset: Dataset, place: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("secret")
    (place / "link.txt").symlink_to(secret / "key.txt")
    (place / "folder").symlink_to(secret)
    os.mkfifo(place / "pipe.txt")
    connector = connect(cast, dataset, "folder", path=str(place))

    assert look(connector) == counted()


def test_pages_are_followed(cast: Cast, dataset: Dataset, site: Site) -> None:
    site.put("/guide/", "<p>Guide.</p>", etag='"1"')
    site.put("/notes.txt", "Notes.", kind="text/plain")
    site.put("/broken", "", status=500)
    urls = [site.url + path for path in ("/guide/", "/notes.txt", "/broken", "/missing")]
    connector = connect(cast, dataset, "url", urls=urls)
    failure = {
        "key": urls[2],
        "code": "connector_item_unavailable",
        "message": f"{urls[2]} answers with status 500.",
    }

    assert look(connector) == counted(added=2, failed=1, failures=[failure])
    assert dict(Document.objects.values_list("name", "source_url")) == {"guide.html": urls[0], "notes.txt": urls[1]}
    assert set(Document.objects.values_list("source", flat=True)) == {"web"}

    site.asked.clear()
    assert look(connector) == counted(unchanged=2, failed=1, failures=[failure])
    assert ("/guide/", 304) in site.asked

    site.put("/guide/", "<p>Guide, changed.</p>", etag='"2"')
    del site.pages["/notes.txt"]
    assert look(connector) == counted(changed=1, removed=1, failed=1, failures=[failure])
    assert texts(dataset) == {urls[0]: "<p>Guide, changed.</p>"}


def test_a_sitemap_is_followed(cast: Cast, dataset: Dataset, site: Site) -> None:
    def sitemap(*paths: str, kind: str = "urlset", entry: str = "url") -> bytes:
        places = "".join(f"<{entry}><loc>{path if '//' in path else site.url + path}</loc></{entry}>" for path in paths)
        return f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</{kind}>'.encode()

    site.put("/sitemap.xml", sitemap("/more.xml.gz", "/sitemap.xml", kind="sitemapindex", entry="sitemap"))
    site.put("/more.xml.gz", gzip.compress(sitemap("/a", "/b", "/private/c", "http://127.0.0.2/d")))
    for path in ("/a", "/b", "/private/c"):
        site.put(path, f"<p>{path}</p>")
    connector = connect(cast, dataset, "url", mode="sitemap", urls=[f"{site.url}/sitemap.xml"], exclude=["*/private/*"])

    assert look(connector) == counted(added=2)
    assert set(texts(dataset)) == {f"{site.url}/a", f"{site.url}/b"}

    site.put("/more.xml.gz", sitemap("/b"))
    assert look(connector) == counted(unchanged=1, removed=1)

    site.put("/more.xml.gz", b"<urlset><url>")
    assert look(connector)["error"]["code"] == "connector_sitemap_broken"
    del site.pages["/sitemap.xml"]
    assert look(connector)["error"]["code"] == "connector_unavailable"
    assert Document.objects.count() == 1


def test_of_a_list_that_is_too_long_nothing_is_gone(cast: Cast, dataset: Dataset, site: Site) -> None:
    places = "".join(f"<url><loc>{site.url}/{n}</loc></url>" for n in range(4))
    site.put("/sitemap.xml", f"<urlset>{places}</urlset>")
    for n in range(4):
        site.put(f"/{n}", f"<p>{n}</p>")
    connector = connect(cast, dataset, "url", mode="sitemap", urls=[f"{site.url}/sitemap.xml"])
    look(connector)

    services.update_connector(cast.owner, connector.id, settings={**connector.settings, "limit": 2})

    assert look(connector) == counted(unchanged=2)
    assert Document.objects.count() == 4


def test_an_address_that_is_closed_is_refused_at_once(cast: Cast, dataset: Dataset, settings: Settings) -> None:
    settings.EGRESS_ALLOW = ()
    with pytest.raises(WeftError) as refused:
        connect(cast, dataset, "url", urls=["http://127.0.0.1:9/"])
    assert refused.value.code == "connector_url_refused"
    assert not Connector.objects.exists()


def test_two_do_not_look_at_once(cast: Cast, dataset: Dataset, place: Path) -> None:
    connector = connect(cast, dataset, "folder", path=str(place))
    (place / "a.md").write_text("First.")
    assert leases.take(Connector.objects.filter(id=connector.id)) is not None

    tasks.look(str(connector.id))

    assert (Connector.objects.get(id=connector.id).report, Document.objects.count()) == ({}, 0)


def test_who_lost_the_lease_adds_nothing(
    cast: Cast, dataset: Dataset, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker took over while this one read a file: it finds the same file."""
    (place / "a.md").write_text("First.")
    connector = connect(cast, dataset, "folder", path=str(place))
    rows, read = Connector.objects.filter(id=connector.id), FolderSource.read

    def slow(source: FolderSource, *arguments: Any) -> Any:
        found = read(source, *arguments)
        rows.update(lease_expires_at=None)
        assert leases.take(rows) is not None
        return found

    monkeypatch.setattr(FolderSource, "read", slow)
    tasks.look(str(connector.id))
    assert (rows.get().report, Document.objects.count()) == ({}, 0)

    monkeypatch.undo()
    rows.update(lease_expires_at=None)
    assert look(connector)["added"] == 1
    assert texts(dataset) == {"a.md": "First."}


def test_what_is_due_is_looked_at(cast: Cast, dataset: Dataset, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tasks.look, "apply_async", lambda arguments, expires: asked.extend(arguments))
    connector = services.create_connector(
        cast.owner, dataset.id, kind="folder", name="Place", settings={"path": str(place)}, every_s=600
    )
    tasks.look_where_due()
    assert asked == [str(connector.id)]

    look(connector)
    tasks.look_where_due()
    assert asked == [str(connector.id)]

    services.look_now(cast.editor, connector.id)
    services.update_connector(cast.owner, connector.id, is_enabled=False)
    tasks.look_where_due()
    assert asked == [str(connector.id)]


@pytest.mark.parametrize(("with_documents", "left"), [(False, 1), (True, 0)])
def test_a_connector_goes_with_or_without_its_documents(
    cast: Cast, dataset: Dataset, place: Path, with_documents: bool, left: int
) -> None:
    (place / "a.md").write_text("First.")
    connector = connect(cast, dataset, "folder", path=str(place))
    look(connector)

    services.delete_connector(cast.owner, connector.id, with_documents=with_documents)

    assert (Connector.objects.count(), Document.objects.count()) == (0, left)


WRITERS = [("owner", 201), ("editor", 403), ("viewer", 403), ("stranger", 404), ("nobody", 401)]


@pytest.mark.parametrize(("who", "status"), WRITERS)
def test_who_may_connect_a_folder(cast: Cast, dataset: Dataset, place: Path, who: str, status: int) -> None:
    body = {"kind": "folder", "name": "Place", "settings": {"path": str(place)}, "every_s": 3600}

    answer = cast.call(who, "POST", f"/datasets/{dataset.id}/connectors", body)

    assert (answer.status_code, Connector.objects.count()) == (status, 1 if status == 201 else 0)


def test_a_connector_as_clients_see_it(cast: Cast, dataset: Dataset, place: Path) -> None:
    (place / "a.md").write_text("First.")
    body = {"kind": "folder", "name": "Place", "settings": {"path": str(place)}, "every_s": 3600}
    made = cast.call("owner", "POST", f"/datasets/{dataset.id}/connectors", body).json()
    tasks.look(made["id"])

    [shown] = cast.call("viewer", "GET", f"/datasets/{dataset.id}/connectors").json()["items"]

    assert shown == {
        "id": made["id"],
        "dataset_id": str(dataset.id),
        "kind": "folder",
        "name": "Place",
        "settings": {"path": str(place), "recursive": True},
        "every_s": 3600,
        "is_enabled": True,
        "next_at": shown["next_at"],
        "looking": False,
        "document_count": 1,
        "report": {"at": shown["report"]["at"], **counted(added=1)},
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }
    assert cast.call("editor", "POST", f"/connectors/{made['id']}/look").status_code == 200
    changed = cast.call("owner", "PATCH", f"/connectors/{made['id']}", {"every_s": None, "name": "Other"}).json()
    assert (changed["name"], changed["every_s"], changed["next_at"]) == ("Other", None, None)
    assert cast.call("owner", "DELETE", f"/connectors/{made['id']}?with_documents=true").status_code == 204
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "ftp", "settings": {}}, "connector_unknown"),
        ({"kind": "url", "settings": {"urls": []}}, "connector_setting_invalid"),
        ({"kind": "url", "settings": {"urls": ["https://example.org"], "depth": 3}}, "connector_setting_invalid"),
        ({"kind": "url", "settings": {"urls": ["ftp://example.org"]}}, "connector_url_refused"),
        ({"kind": "url", "settings": {"urls": ["https://example.org"]}, "every_s": 5}, "connector_too_often"),
    ],
)
def test_settings_that_are_none_are_refused(cast: Cast, dataset: Dataset, body: dict[str, Any], code: str) -> None:
    answer = cast.call("owner", "POST", f"/datasets/{dataset.id}/connectors", {"name": "Place", **body})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Connector.objects.exists()


def test_pages_pass_through_files_and_not_through_memory(site: Site, settings: Settings) -> None:
    """Four pages are fetched at once, each as large as an upload may be."""
    pages = [f"/{name}.txt" for name in "abcd"]
    for path in pages:
        site.put(path, path * 2_000_000, kind="text/plain")
    site.put("/large.txt", "x" * 20_000_001, kind="text/plain")
    settings.MAX_UPLOAD_BYTES = 20_000_000
    settings.EGRESS_ALLOW = ("127.0.0.1",)
    urls = [site.url + path for path in (*pages, "/large.txt")]
    source = Url(urls=urls).source(uuid4())
    items = source.listing().items

    tracemalloc.start()
    found = source.read(items[:4], {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    bodies = [b"".join(each.parts) for each in found if isinstance(each, Content)]
    assert bodies == [(path * 2_000_000).encode() for path in pages]
    assert peak < 8_000_000
    [large] = source.read(items[4:], {})
    assert isinstance(large, Failed)
    assert large.code == "connector_item_unavailable"
    assert "larger than 20000000 bytes" in large.message
