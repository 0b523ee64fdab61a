"""Words to match by: stemmed English, Chinese character pairs. Knows two languages' surfaces; nothing of passages."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

Language = Literal["en", "zh"]

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[A-Za-z0-9]+(?:[._/+-][A-Za-z0-9]+)*|[{_HAN}]+")
_POSSESSIVE = re.compile(r"['’](?:s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_PART = re.compile(r"[._/+-]")
_HAN_CHAR = re.compile(rf"[{_HAN}]")
_VOWEL = re.compile("[aeiouy]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_HAN_EMPTY = re.compile(
    "什么时候|什麼時候|多长时间|多長時間|为什么|為什麼|有没有|有沒有|怎么样|怎麼樣|是不是|能不能|"
    "什么|什麼|怎么|怎麼|怎样|怎樣|如何|为何|為何|哪些|哪个|哪個|哪里|哪裡|哪儿|哪种|哪種|哪年|哪一|多少|多久|几个|幾個|"
    "请问|請問|是否|能否|可以|何时|何時|何地|一个|一個|这个|這個|那个|那個|我们|我們|你们|你們|他们|他們|"
    "[的了吗嗎呢吧啊呀么麼是谁誰哪请請]"
)
_STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "it",
        "its",
        "he",
        "she",
        "they",
        "them",
        "their",
        "his",
        "her",
        "we",
        "us",
        "our",
        "you",
        "your",
        "i",
        "me",
        "my",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "am",
        "do",
        "does",
        "did",
        "done",
        "doing",
        "has",
        "have",
        "had",
        "having",
        "can",
        "could",
        "will",
        "would",
        "shall",
        "should",
        "may",
        "might",
        "must",
        "what",
        "which",
        "who",
        "whom",
        "whose",
        "when",
        "where",
        "why",
        "how",
        "whether",
        "if",
        "then",
        "than",
        "so",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "of",
        "off",
        "on",
        "onto",
        "out",
        "over",
        "to",
        "up",
        "with",
        "without",
        "about",
        "and",
        "or",
        "but",
        "not",
        "no",
        "nor",
        "any",
        "some",
        "all",
        "each",
        "both",
        "more",
        "most",
        "much",
        "many",
        "other",
        "such",
        "only",
        "own",
        "same",
        "too",
        "very",
        "just",
        "also",
        "please",
        "tell",
        "explain",
        "describe",
        "give",
        "show",
        "say",
        "said",
        "get",
        "got",
        "let",
    ]
)


def language_of(text: str) -> Language:
    """Chinese when a fair part of what is written is Han characters; a Chinese question may well name English
    products.
    """
    han = len(_HAN_CHAR.findall(text))
    words = len(_LATIN_WORD.findall(text))
    return "zh" if han > words else "en"


def terms(text: str) -> Counter[str]:
    """How often each matchable term occurs in `text`."""
    found: Counter[str] = Counter()
    for token in _TOKEN.findall(_POSSESSIVE.sub("", text)):
        if _HAN_CHAR.match(token):
            found.update(_han_terms(token))
        else:
            found.update(_latin_terms(token))
    return found


def stem(word: str) -> str:
    """A light stemmer: one form for start, starts, started, starting; for install and installation."""
    if len(word) <= 2 or not word.isalpha():
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith(("sses", "ches", "shes", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for suffix in ("ations", "ation", "ings", "ing", "edly", "ed", "ment", "ly"):
        root = word.removesuffix(suffix)
        if root != word and len(root) >= 2 and _VOWEL.search(root):
            word = _undouble(root)
            break
    word = word.removesuffix("e") if len(word) > 2 else word
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def _latin_terms(token: str) -> list[str]:
    token = token.lower()
    parts = [part for part in _PART.split(token) if part]
    found = [stem(part) for part in parts if part not in _STOP_WORDS and (len(part) > 1 or part.isdigit())]
    return [*found, token] if len(parts) > 1 else found


def _han_terms(run: str) -> list[str]:
    found: list[str] = []
    for piece in _HAN_EMPTY.sub(" ", run).split():
        found += [piece] if len(piece) == 1 else [piece[at : at + 2] for at in range(len(piece) - 1)]
    return found


def _undouble(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        return word[:-1]
    return word
