"""A word, or several in one (`il-6`, `user.getName`, `jane@example.org`, `/etc/hosts`), to the terms it is found by.

Plain words: stopped, accents off, stemmed. Words in one: the whole and its parts, since people ask for either. Words of
every Latin language are stemmed as English ones: which language a question of three words has, nobody can tell.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator

import Stemmer

# Longer ones are no words that anybody types; their beginning still finds them.
_MAX_WORD = 64
_MAX_MEMO = 100_000

# Lucene's list for English
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these they "
        "this to was will with",
    )
)
# What belongs to letters though it is none
MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0670\u06d6-\u06ed\u0900-\u0dff"
_PARTS = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*")
_GENITIVE = re.compile(r"'[sS]$")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_HAS_HUMP = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]")
# Scripts that one language or its near kin write, by the Unicode name of a letter
_BY_SCRIPT = {
    "CYRILLIC": "russian",
    "GREEK": "greek",
    "ARABIC": "arabic",
    "ARMENIAN": "armenian",
    "DEVANAGARI": "hindi",
    "TAMIL": "tamil",
}

_threads = threading.local()
_memo: dict[str, tuple[str, ...]] = {}


def terms_of_word(word: str) -> tuple[str, ...]:
    found = _memo.get(word)
    if found is None:
        found = tuple(_terms(word))
        if len(word) <= _MAX_WORD:
            if len(_memo) >= _MAX_MEMO:
                _memo.clear()
            _memo[word] = found
    return found


def _terms(word: str) -> Iterator[str]:
    word = word.strip("_")
    if len(word) <= _MAX_WORD:
        word = _GENITIVE.sub("", word)
    parts = _PARTS.findall(word)
    if len(word) <= _MAX_WORD and (len(parts) > 1 or word.endswith(("++", "#"))):
        yield word.lower()
    for part in parts:
        humps = _HUMPS.findall(part) if _HAS_HUMP.search(part) else []
        if len(humps) > 1:
            yield part[:_MAX_WORD].lower()
        for each in humps or [part]:
            if (lower := each.lower()) not in _STOP:
                yield _stem(lower)


def _stem(word: str) -> str:
    word = word[:_MAX_WORD]
    if word.isascii():
        return str(_stemmer("english").stemWord(word))
    plain = "".join(each for each in unicodedata.normalize("NFKD", word) if not unicodedata.combining(each))
    if plain.isascii():
        return str(_stemmer("english").stemWord(plain))
    language = _BY_SCRIPT.get(unicodedata.name(word[0], "").partition(" ")[0])
    return str(_stemmer(language).stemWord(word)) if language else word


def _stemmer(language: str) -> Stemmer.Stemmer:
    """One a thread: a stemmer keeps state while it works."""
    mine: dict[str, Stemmer.Stemmer] = _threads.__dict__
    if language not in mine:
        mine[language] = Stemmer.Stemmer(language)
    return mine[language]
