"""Bytes to text when nobody says in which encoding: marks first, then UTF-8, then the likely old encodings."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from workflows.documents.errors import ParseError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CANDIDATES = ["gb18030", "big5", "cp932", "euc_kr", "cp1252", "cp1251", "utf_16_le", "utf_16_be"]
_SAMPLE = 256 * 1024


def decode(data: bytes) -> str:
    """The text. Raises ParseError for what is no text in any encoding we try."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if wide := _utf16_by_zeros(data):
        return _strictly(data, wide)
    best = from_bytes(data[:_SAMPLE], cp_isolation=_CANDIDATES).best()
    if best is None:
        raise ParseError(
            "parse_encoding", "The text's encoding is unknown. Save the file as UTF-8 and upload it again."
        )
    return data.decode(best.encoding, "replace")


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        message = f"The file says it is {encoding} and is not. Save it as UTF-8 and upload it again."
        raise ParseError("parse_encoding", message) from exc


def _utf16_by_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: in Latin text every other byte is zero."""
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd / half > 0.3 and even / half < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even / half > 0.3 and odd / half < 0.05 else None
