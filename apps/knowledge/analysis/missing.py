"""The words of a question that a text lacks, to be shown to people.

Pure. The index knows Chinese by characters and pairs (see the package), which are no words to read. So a run of such
characters is parted at words that only ask, and what the text's pairs leave open is one word. English words that only
ask are left out too. It goes by no dictionary: a word may come out longer than a reader would cut it.
"""

from __future__ import annotations

import re
from collections.abc import Set

from apps.knowledge.analysis import CHUNK, PAIRED_FIRST, SCRIPTS, terms_of
from apps.knowledge.analysis.folding import fold
from apps.knowledge.analysis.words import terms_of_word

# What makes a sentence a question, and says nothing of what it is about
_ASKING_WORDS = frozenset(
    re.findall(
        r"\w+",
        "how what which who whom whose when where why do does did can could should would may much many i my me you "
        "your we our",
    )
)
_ASKING = re.compile(
    "为什么|怎么办|怎么样|怎么|怎样|如何|什么|多少|多久|哪些|哪里|哪儿|哪个|是否|能否|可否|有没有|请问|几个|几天|[的吗呢吧啊]"
)


def missing_words(question: str, text: str) -> list[str]:
    """In the order of the question, each once, folded as the index folds them."""
    has = set(terms_of(text))
    missing: list[str] = []
    for chunk in CHUNK.findall(fold(question)):
        for run in SCRIPTS.findall(chunk):
            if PAIRED_FIRST.match(run):
                missing += _open_runs(run, has)
            elif run.lower() not in _ASKING_WORDS and (terms := terms_of_word(run)) and has.isdisjoint(terms):
                missing.append(run)
    return list(dict.fromkeys(missing))


def _open_runs(run: str, has: Set[str]) -> list[str]:
    """Stretches of characters that no pair of the text covers."""
    found: list[str] = []
    for part in filter(None, _ASKING.split(run)):
        covered = [len(part) == 1 and part in has] * len(part)
        for at in range(len(part) - 1):
            if part[at : at + 2] in has:
                covered[at] = covered[at + 1] = True
        found += "".join(" " if done else character for character, done in zip(part, covered, strict=True)).split()
    return found
