"""Mails: who wrote to whom about what, and the text."""

from __future__ import annotations

from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser

from workflows.documents.encoding import decode
from workflows.documents.errors import ParseError
from workflows.documents.markup import html_text

_HEADERS = ("From", "To", "Cc", "Date", "Subject")


def read_eml(data: bytes) -> str:
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
        head = [f"{name}: {' '.join(str(message[name]).split())}" for name in _HEADERS if message[name]]
        if not head and message.defects:
            raise ParseError("parse_failed", "The file is no mail. Save it from the mail program as .eml again.")
        text = _body(message)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, IndexError) as exc:
        # The standard library's parser trips over headers in many ways.
        raise ParseError("parse_failed", "The mail cannot be read. Save it from the mail program again.") from exc
    return "\n".join([*head, "", text]).strip()


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    try:
        text = raw.decode(charset) if charset else decode(raw)
    except (LookupError, UnicodeDecodeError):
        text = decode(raw)
    text = text.replace("\r\n", "\n")
    return html_text(text.encode(errors="replace")) if part.get_content_subtype() == "html" else text.strip()
