"""Text to search terms, the same for passages and questions.

Pure. Scripts that put no spaces between words (Chinese, Japanese, Korean, Thai and their like) become characters and
their pairs: measured on Chinese question sets, that beats a word segmenter, and a segmenter beside it adds nothing.
All else becomes words (see `words`), after folding (see `folding`).
"""

from __future__ import annotations

import re
from operator import add
from typing import Literal

from apps.knowledge.analysis.folding import fold
from apps.knowledge.analysis.words import MARKS, terms_of_word

__all__ = ["CHUNK", "PAIRED_FIRST", "SCRIPTS", "script_of", "terms_of", "terms_of_query"]

_HAN_KANA_HANGUL = (
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u1100-\u11ff\uac00-\ud7ff\U00020000-\U0003ffff"
)
_PAIRED = _HAN_KANA_HANGUL + "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_CJK = re.compile(f"[{_HAN_KANA_HANGUL}]")
# Letters and digits with the marks that belong to them, which \w leaves out, and what joins words into one
_LETTER = rf"[\w{MARKS}{_PAIRED}]"
CHUNK = re.compile(rf"{_LETTER}+(?:[.'@/:\\&-]{_LETTER}+)*(?:\+\+|\#)?")
SCRIPTS = re.compile(f"[{_PAIRED}]+|[^{_PAIRED}]+")
PAIRED_FIRST = re.compile(f"[{_PAIRED}]")


def terms_of(text: str) -> list[str]:
    """Every term with its repeats."""
    terms: list[str] = []
    for chunk in CHUNK.findall(fold(text)):
        if chunk.isascii():
            terms += terms_of_word(chunk)
        else:
            for run in SCRIPTS.findall(chunk):
                if PAIRED_FIRST.match(run):
                    terms += run
                    terms += map(add, run, run[1:])
                else:
                    terms += terms_of_word(run)
    return terms


def terms_of_query(text: str) -> list[str]:
    """A question's terms are a passage's: whatever finds must be able to be found."""
    return terms_of(text)


def script_of(text: str) -> Literal["cjk", "latin"]:
    """`cjk` when any of it is: an embedding model that cannot read a part of a question cannot be trusted with it."""
    return "cjk" if _CJK.search(text) else "latin"
