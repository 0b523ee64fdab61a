"""Hostile and broken files: a clear error or what can be read, in bounded time and memory, and the host goes on."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tests.fakes import hostile
from tests.fakes.documents import make_docx, make_pdf, make_zip_bomb
from workflows.documents import isolation, reading, server
from workflows.documents.errors import ParseError
from workflows.documents.formats import format_of

HOST_MB = 400


def read(tmp_path: Path, name: str, data: bytes) -> list[str]:
    """The texts of the first part's blocks, and the codes of its warnings."""
    path = tmp_path / name
    path.write_bytes(data)
    format_name = format_of(name.rpartition(".")[2])
    outline = reading.outline(path, format_name)
    if not outline.parts:
        return []
    parsed = reading.parse(path, format_name, *outline.parts[0])
    return [block.text for block in parsed.blocks] + [f"({warning.code})" for warning in parsed.warnings]


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("bomb.docx", make_zip_bomb, "parse_too_large"),
        ("nested.docx", hostile.nested_bomb, "parse_failed"),
        ("lying.docx", hostile.lying_archive, "parse_failed"),
        ("laughs.docx", hostile.billion_laughs, "parse_failed"),
        ("quadratic.docx", hostile.quadratic_blowup, "parse_failed"),
        ("locked.docx", hostile.locked_office, "parse_encrypted"),
        ("locked.xlsx", hostile.locked_office, "parse_encrypted"),
        ("locked.pdf", lambda: make_pdf([["x"]], encrypted=True), "parse_encrypted"),
        ("archive.txt", hostile.nested_bomb, "format_unsupported"),
        ("rich.txt", lambda: b"{\\rtf1 words}", "format_unsupported"),
        ("packed.csv", lambda: b"\x1f\x8b\x08" + bytes(50), "format_unsupported"),
        ("deep.json", hostile.deep_json, "parse_failed"),
        ("deep.xml", lambda: b"<a>" * 100_000 + b"</a>" * 100_000, "parse_failed"),
        ("deep.yaml", lambda: b"[" * 100_000, "parse_failed"),
        ("aliases.yaml", hostile.aliases, "parse_too_large"),
        ("noise.txt", lambda: os.urandom(50_000), "parse_encoding"),
        ("noise.png", lambda: os.urandom(500), "parse_failed"),
        *((f"noise.{name}", lambda: b"\x00\xff\x13" * 9999, "parse_failed") for name in ("pdf", "xlsx", "msg", "epub")),
        *((f"empty.{name}", bytes, "parse_failed") for name in ("pdf", "docx", "xlsx", "pptx", "msg", "json", "png")),
        *((f"cut.{name}", lambda: make_docx(("Normal", "x"))[:900], "parse_failed") for name in ("docx", "odt")),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_so(tmp_path: Path, name: str, make: object, code: str) -> None:
    data = make()  # type: ignore[operator]
    before = psutil.Process().memory_info().rss
    with pytest.raises(ParseError) as refused:
        read(tmp_path, name, data)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")
    assert psutil.Process().memory_info().rss - before < HOST_MB * 1024**2


@pytest.mark.parametrize(
    ("name", "make", "texts"),
    [
        ("slip.docx", hostile.zip_slip, ["kept"]),
        ("entity.docx", hostile.external_entity, ["before"]),
        ("script.pdf", hostile.pdf_with_javascript, ["Harmless words."]),
        ("table.pdf", hostile.broken_xref, ["Words that stay."]),
        ("tree.pdf", hostile.endless_pages, ["One page."]),
        ("deep.html", lambda: b"<div>" * 50_000 + b"x", []),
        ("empty.txt", bytes, []),
        ("hollow.ipynb", hostile.hollow_notebook, []),
        ("really.docx", lambda: make_pdf([["I am a PDF."]]), ["I am a PDF."]),
        ("really.pdf", lambda: make_docx(("Normal", "I am Word.")), ["I am Word."]),
        ("really.txt", lambda: make_docx(("Normal", "I am Word.")), ["I am Word."]),
        ("web.xls", lambda: b"<html><table><tr><th>a<th>b<tr><td>1<td>2</table></html>", ["a: 1 | b: 2"]),
        ("open.csv", lambda: b'a,b\n"never closed,1\n2,3\n', ["a: never closed,1 2,3"]),
        ("zeros.csv", lambda: b"a,b\n\x001,2\x00\n", ["a: 1 | b: 2"]),
        ("cut.txt", lambda: "知识库".encode()[:-1], ["知识"]),
    ],
)
def test_what_can_be_read_is_read(tmp_path: Path, name: str, make: object, texts: list[str]) -> None:
    assert read(tmp_path, name, make()) == texts  # type: ignore[operator]
    assert not Path("/tmp/weft-slipped").exists()


def test_mails_in_mails_are_read_a_few_deep(tmp_path: Path) -> None:
    found = read(tmp_path, "dolls.eml", hostile.russian_dolls(30))
    assert [text for text in found if text.startswith("Words of level")] == [
        f"Words of level {level}." for level in (29, 28, 27, 26)
    ]
    assert found[-1] == "(attachment_skipped)"


def test_a_bomb_in_a_mail_costs_only_itself(tmp_path: Path) -> None:
    found = read(tmp_path, "bomb.eml", hostile.mail_with_bomb())
    assert [found[0], *found[-4:]] == [
        "Quarterly figures", "See the attachment.", "letter.docx", "Honest words.", "(attachment_skipped)"
    ]  # fmt: skip


def test_ten_thousand_columns_and_one_endless_line(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "wide.csv", hostile.wide_csv())
    assert row.startswith("c0: 0 | c1: 1 | ")
    assert row.count(" | ") == 9_999
    assert [len(text) for text in read(tmp_path, "line.txt", b"x" * 5_000_000)] == [1_000_000]


def test_ten_thousand_pages_are_read_in_parts(tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(make_pdf([[f"Page {number} has words."] for number in range(1, 10_001)]))
    outline = reading.outline(path, "pdf")
    assert (outline.unit, outline.count, outline.parts[0], outline.parts[-1]) == (
        "page", 10_000, (1, 50), (9951, 10_000)
    )  # fmt: skip
    assert [block.text for block in reading.parse(path, "pdf", 9_999, 10_000).blocks] == [
        "Page 9999 has words.", "Page 10000 has words."
    ]  # fmt: skip


def test_a_huge_file_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sparse.pdf"
    with path.open("wb") as file:
        file.truncate(1024**3)
    with pytest.raises(ParseError) as refused:
        reading.parse(path, "pdf")
    assert refused.value.code == "parse_too_large"


def test_a_page_that_unpacks_without_end_meets_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MEMORY_BYTES", 64 * 1024**2)
    with pytest.raises(ParseError) as refused:
        read(tmp_path, "deflated.pdf", hostile.deflated_pdf(100_000_000))
    assert refused.value.code in ("parse_failed", "parse_too_large")


def test_a_reader_that_the_machine_killed_was_not_too_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel ends what takes the last of the memory by SIGKILL; what takes too long, by SIGXCPU."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"one")
    codes = []
    for status in (-signal.SIGKILL, -signal.SIGXCPU, 1):
        ended = json.dumps({"ended": status}).encode()
        monkeypatch.setattr(isolation, "_received", lambda *_, ended=ended: ended)
        with pytest.raises(ParseError) as refused:
            reading.parse(path, "text")
        codes.append(refused.value.code)
    assert codes == ["parse_too_large", "parse_timeout", "parse_failed"]


def test_missing_walls_are_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("no namespaces here")

    monkeypatch.setattr(server.walls, "enclose", refuse)
    silenced: list[int] = []
    monkeypatch.setattr(os, "dup2", lambda _, number: silenced.append(number))
    server._wall_in(privileged=False)
    assert "without walls (no namespaces here)" in capsys.readouterr().err
    assert silenced == [2]


def test_the_server_that_was_ended_is_started_again(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", b"one") == ["one"]
    for each in psutil.Process().children():
        if "documents.server" in " ".join(each.cmdline()):
            for child in each.children(recursive=True):
                child.kill()
            each.kill()
            each.wait()
    assert read(tmp_path, "a.txt", b"two") == ["two"]


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_files_are_read_behind_walls(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", b"one") == ["one"]
    (server,) = (each for each in psutil.Process().children() if "documents.server" in " ".join(each.cmdline()))
    inner = server.children()[0]
    own = os.readlink("/proc/self/ns/net")
    if os.readlink(f"/proc/{inner.pid}/ns/net") == own:
        pytest.skip("this machine lets nobody make namespaces")
    assert not Path(f"/proc/{inner.pid}/root/etc/passwd").exists()
    assert not Path(f"/proc/{inner.pid}/root{Path(__file__)}").exists()
