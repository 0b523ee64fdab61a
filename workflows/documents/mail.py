"""Mails: who wrote to whom about what, the text, and what was attached."""

from __future__ import annotations

from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser
from itertools import islice

from workflows.documents import attachments
from workflows.documents.blocks import Draft
from workflows.documents.encoding import decode
from workflows.documents.errors import ParseError
from workflows.documents.parsed import Parsed
from workflows.documents.plain import add_long
from workflows.documents.rendering import rendered
from workflows.documents.web import add_page, root_of

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_MAX_PARTS = 500
# The standard library's parser trips over headers in many ways.
_TRIPS = (MessageError, LookupError, ValueError, TypeError, AttributeError)


def parse(data: bytes, depth: int = 0) -> Parsed:
    message = _opened(data)
    parsed, draft = Parsed(), Draft()
    try:
        parsed.title = _header(message, "Subject")[:300]
        draft.add(parsed.title, "heading", 1)
        draft.add("\n".join(_facts(message)))
        _add_body(draft, message)
        parsed.blocks = draft.blocks
        for part in islice(_parts(message), _MAX_PARTS):
            _add_attachment(parsed, part, depth)
    except _TRIPS as exc:
        raise ParseError("parse_failed", "The mail cannot be read. Save it from the mail program again.") from exc
    if sender := _header(message, "From"):
        parsed.meta["author"] = sender[:300]
    if sent := _header(message, "Date"):
        parsed.meta["created"] = sent[:300]
    return parsed


def text(data: bytes) -> str:
    """The headers and the body, without what was attached."""
    message = _opened(data)
    draft = Draft()
    try:
        head = "\n".join(_facts(message))
        _add_body(draft, message)
    except _TRIPS as exc:
        raise ParseError("parse_failed", "The mail cannot be read. Save it from the mail program again.") from exc
    return f"{head}\n\n{rendered(draft.blocks)}".strip()


def _opened(data: bytes) -> EmailMessage:
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        is_mail = any(message[name] for name in _HEADERS) or message.is_multipart() or not message.defects
    except _TRIPS as exc:
        raise ParseError("parse_failed", "The mail cannot be read. Save it from the mail program again.") from exc
    if not is_mail or not isinstance(message, EmailMessage):
        raise ParseError("parse_failed", "The file is no mail. Save it from the mail program as .eml again.")
    return message


def _facts(message: EmailMessage) -> list[str]:
    return [f"{name}: {_header(message, name)}" for name in _HEADERS if message[name]]


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message[name] or "").split())


def _add_body(draft: Draft, message: EmailMessage) -> None:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    try:
        found = raw.decode(charset) if charset else decode(raw)
    except (LookupError, UnicodeDecodeError):
        found = decode(raw)
    if part.get_content_subtype() == "html":
        if (root := root_of(found)) is not None:
            add_page(draft, root, shift=1)
    else:
        add_long(draft, found.replace("\r\n", "\n"))


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """The parts of a mail, without those of mails inside it."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            waiting += reversed([each for each in part.iter_parts() if isinstance(each, EmailMessage)])


def _add_attachment(parsed: Parsed, part: EmailMessage, depth: int) -> None:
    name = part.get_filename() or ""
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0) if part.is_multipart() else None
        data = inner.as_bytes() if isinstance(inner, EmailMessage) else b""
        attachments.add(parsed, name or "message.eml", data, depth)
    elif name and not part.is_multipart():
        payload = part.get_payload(decode=True)
        attachments.add(parsed, name, payload if isinstance(payload, bytes) else b"", depth)
