"""Bytes to text when nobody says in which encoding: marks first, then UTF-8, then the old encoding that fits best."""

from __future__ import annotations

import codecs
import re
import string

from workflows.documents.errors import ParseError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 256 * 1024
# What the old standards hold first: the characters of everyday words. Rare ones come of reading in a wrong encoding.
_COMMON_LEADS = {"gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "cp932": (0x88, 0x97), "euc_kr": (0xB0, 0xC8)}
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
_HALF_KANA = re.compile(r"[\uff61-\uff9f]")
_STRANGE = re.compile(r"[\x00-\x08\x0e-\x1f\x80-\x9f\ue000-\uf8ff]")
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "shift_jis": "cp932", "big5-hkscs": "big5hkscs"}
_MIN_SCORE = 0.55


def decode(data: bytes) -> str:
    """The text. Raises ParseError for what is no text in any encoding we try."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    if wide := _utf16_by_zeros(data):
        return data.decode(wide, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        # A file whose end was cut off may end in the middle of a character; some noise in a long text is noise.
        if exc.start > 0 and exc.start >= len(data) - 3:
            return data.decode("utf-8", "ignore")
    if wide := _utf16_by_ideographs(data):
        return data.decode(wide, "replace")
    found = _east_asian(data) or _western(data)
    if found is None:
        text = data.decode("utf-8", "replace")
        if len(data) > 200 and text.count("\ufffd") < len(text) / 100:
            return text
        message = "The text's encoding is unknown. Save the file as UTF-8 and upload it again."
        raise ParseError("parse_encoding", message)
    return data.decode(found, "replace")


def decode_as(data: bytes, name: str) -> str | None:
    """The text in the encoding that the file itself names; None when that is not so."""
    if data.startswith(tuple(mark for mark, _ in _MARKS)):
        return None
    try:
        return data.decode(_ALIASES.get(name.lower(), name))
    except (LookupError, UnicodeDecodeError, ValueError):
        return None


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        if exc.start >= len(data) - 4 and exc.start > 4:
            return data.decode(encoding, "ignore")
        message = f"The file says it is {encoding} and is not. Save it as UTF-8 and upload it again."
        raise ParseError("parse_encoding", message) from exc


def _utf16_by_zeros(data: bytes) -> str | None:
    """UTF-16 without a mark: in Latin text every other byte is zero."""
    sample = data[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    many = half * (0.3 if half > 32 else 0.6)
    if odd > many and even / half < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > many and odd / half < 0.05 else None


def _utf16_by_ideographs(data: bytes) -> str | None:
    """The same in Chinese, where line ends and spaces have a zero and most else is an ideograph."""
    sample = data[:4096]
    if b"\x00" not in sample or len(data) % 2:
        return None
    for name in ("utf-16-le", "utf-16-be"):
        text = data[: len(sample) // 2 * 2].decode(name, "replace")[:2000]
        if len(_IDEOGRAPH.findall(text)) > 0.5 * len(text) and "\ufffd" not in text[:-1]:
            return name
    return None


def _east_asian(data: bytes) -> str | None:
    """The two-byte encoding under which the text is made of everyday characters; None when it is under none."""
    sample = _whole_lines(data[:_SAMPLE]) if len(data) > _SAMPLE else data
    best, best_score = None, _MIN_SCORE
    for encoding, (low, high) in _COMMON_LEADS.items():
        try:
            text = sample.decode(encoding)
        except UnicodeDecodeError as exc:
            if exc.start < len(sample) - 2 or exc.start < 8:
                continue
            text = sample[: exc.start].decode(encoding)
        score = _everyday(text, encoding, low, high)
        # Korean syllables lie where Chinese has its commonest characters, but Chinese has others and few spaces.
        if score > best_score or (encoding == "euc_kr" and score > 0.98 and _looks_korean(text)):
            best, best_score = encoding, score
    return best


def _everyday(text: str, encoding: str, low: int, high: int) -> float:
    """The share of everyday characters among those beyond ASCII, between 0 and 1."""
    wide = [char for char in text if char >= "\x80"]
    if not wide:
        return 0.0
    common = 0.0
    for char in wide:
        if _STRANGE.match(char) or _HALF_KANA.match(char):
            common -= 1
        elif encoding == "cp932" and _KANA.match(char):
            common += 1
        elif encoding == "euc_kr":
            common += 1 if _HANGUL.match(char) else 0.2
        elif _IDEOGRAPH.match(char):
            common += low <= char.encode(encoding)[0] <= high
        elif "\u3000" <= char <= "\u303f" or "\uff00" <= char <= "\uffef" or char in "“”‘’…—·":
            common += 1
    return common / len(wide)


def _looks_korean(text: str) -> bool:
    syllables = len(_HANGUL.findall(text))
    return syllables > 11 or bool(re.search(r"[\uac00-\ud7a3] [\uac00-\ud7a3]", text))


def _western(data: bytes) -> str | None:
    """Cyrillic when most letters are no ASCII, else Western European; None when it is neither."""
    sample = data[:_SAMPLE]
    letters = sum(sample.count(letter) for letter in string.ascii_letters.encode())
    high = [byte for byte in sample if byte >= 0x80]
    marks = sum(1 for byte in high if byte < 0xC0)
    if len(high) > letters and marks <= len(high) / 5:
        lower = sum(1 for byte in high if byte >= 0xE0)
        return "cp1251" if lower >= len(high) / 2 else "koi8_r"
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return None
    return "cp1252" if len(high) <= letters and not _STRANGE.search(text) else None


def _whole_lines(sample: bytes) -> bytes:
    end = sample.rfind(b"\n")
    return sample[: end + 1] if end > 0 else sample
