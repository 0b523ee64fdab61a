"""Outlook's own mails (.msg): headers, text, attachments, out of the properties that each has a stream of."""

from __future__ import annotations

import contextlib
import datetime
import io
import struct
from typing import Any

import olefile

from workflows.documents import attachments
from workflows.documents.blocks import Draft
from workflows.documents.encoding import decode
from workflows.documents.errors import ParseError
from workflows.documents.parsed import Parsed
from workflows.documents.plain import add_long
from workflows.documents.web import add_page, root_of

_BROKEN = "The file is no readable Outlook mail. Save it from the mail program as .eml."
_SUBJECT, _SENDER, _SENDER_ADDRESS, _TO, _CC = 0x0037, 0x0C1A, 0x5D01, 0x0E04, 0x0E03
_OLD_ADDRESS, _BODY, _HTML, _SENT = 0x0C1F, 0x1000, 0x1013, 0x0039
_NAME, _SHORT_NAME, _DATA = 0x3707, 0x3704, 0x3701
_UNICODE, _BYTES, _BINARY = "001F", "001E", "0102"
_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
_MAX_ATTACHMENTS = 200


def parse(data: bytes, depth: int = 0) -> Parsed:
    try:
        container = olefile.OleFileIO(io.BytesIO(data))
    except Exception as exc:  # olefile raises what a broken table trips over
        raise ParseError("parse_failed", _BROKEN) from exc
    with container:
        return _Mail(container).parsed(depth)


class _Mail:
    def __init__(self, container: Any) -> None:
        self._container = container
        self._names = {"/".join(path) for path in container.listdir()}
        if "__properties_version1.0" not in self._names:
            raise ParseError("parse_failed", _BROKEN)

    def parsed(self, depth: int) -> Parsed:
        parsed, draft = Parsed(), Draft()
        sender = self._text(_SENDER)
        address = self._text(_SENDER_ADDRESS) or self._text(_OLD_ADDRESS)
        if "@" in address and address != sender:
            sender = f"{sender} <{address}>".strip()
        sent = self._sent()
        facts = (("From", sender), ("To", self._text(_TO)), ("Cc", self._text(_CC)), ("Date", sent))
        parsed.title = self._text(_SUBJECT)[:300]
        draft.add(parsed.title, "heading", 1)
        draft.add("\n".join(f"{name}: {value}" for name, value in (*facts, ("Subject", parsed.title)) if value))
        self._add_body(draft)
        parsed.blocks = draft.blocks
        parsed.meta = {name: value[:300] for name, value in (("author", sender), ("created", sent)) if value}
        folders = sorted({name.split("/")[0] for name in self._names if name.startswith("__attach_version1.0_")})
        for folder in folders[:_MAX_ATTACHMENTS]:
            name = self._text(_NAME, folder) or self._text(_SHORT_NAME, folder)
            attachments.add(parsed, name or "attachment", self._stream(_DATA, _BINARY, folder) or b"", depth)
        return parsed

    def _add_body(self, draft: Draft) -> None:
        if body := self._text(_BODY, lines=True):
            add_long(draft, body)
            return
        page = self._text(_HTML, lines=True) or decode(self._stream(_HTML, _BINARY) or b"")
        if (root := root_of(page)) is not None:
            add_page(draft, root, shift=1)

    def _text(self, number: int, folder: str = "", lines: bool = False) -> str:
        if (wide := self._stream(number, _UNICODE, folder)) is not None:
            found = wide.decode("utf-16-le", "replace")
        elif (narrow := self._stream(number, _BYTES, folder)) is not None:
            found = decode(narrow)
        else:
            return ""
        found = found.replace("\x00", "").replace("\r\n", "\n")
        return found if lines else " ".join(found.split())

    def _stream(self, number: int, kind: str, folder: str = "") -> bytes | None:
        name = f"{folder}/" * bool(folder) + f"__substg1.0_{number:04X}{kind}"
        if name not in self._names:
            return None
        try:
            found: bytes = self._container.openstream(name).read()
        except Exception as exc:  # as above
            raise ParseError("parse_failed", _BROKEN) from exc
        return found

    def _sent(self) -> str:
        """Times stand in a table of fixed rows: tag, flags, value."""
        with contextlib.suppress(Exception):  # a mail without its time is still one
            table = self._container.openstream("__properties_version1.0").read()
            for start in range(32, len(table) - 15, 16):
                kind, number = struct.unpack_from("<HH", table, start)
                if (number, kind) == (_SENT, 0x0040):
                    ticks = struct.unpack_from("<Q", table, start + 8)[0]
                    return (_EPOCH + datetime.timedelta(microseconds=ticks // 10)).strftime("%Y-%m-%d %H:%M UTC")
        return ""
