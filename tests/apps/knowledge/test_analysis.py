"""Text to terms: scripts, compounds, folding, and text made to hurt."""

from __future__ import annotations

import time

import pytest

from apps.knowledge.analysis import script_of, terms_of, terms_of_query


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The runs of a runner are running", ["run", "runner", "run"]),
        ("IL-6 and p53", ["il-6", "il", "6", "p53"]),
        ("getUserName HTTPServer", ["getusername", "get", "user", "name", "httpserver", "http", "server"]),
        ("snake_case __init__", ["snake_case", "snake", "case", "init"]),
        ("jane.doe@example.org", ["jane.doe@example.org", "jane", "doe", "exampl", "org"]),
        ("/etc/hosts", ["etc/hosts", "etc", "host"]),
        ("C++, C# and F#", ["c++", "c", "c#", "c", "f#", "f"]),
        ("1,000.50 at 10:30", ["1000.50", "1000", "50", "10:30", "10", "30"]),
        ("the author’s café", ["author", "cafe"]),
        ("don't", ["don't", "don", "t"]),
        ("Ｗｅｆｔ　２０２６", ["weft", "2026"]),
        ("火车票", ["火", "车", "票", "火车", "车票"]),
        ("使用Python编程", ["使", "用", "使用", "python", "编", "程", "编程"]),
        ("カメラ・テスト", ["カ", "メ", "ラ", "カメ", "メラ", "テ", "ス", "ト", "テス", "スト"]),
        ("한국어 책", ["한", "국", "어", "한국", "국어", "책"]),
        ("𠮷野", ["𠮷", "野", "𠮷野"]),
        ("книги книгу", ["книг", "книг"]),
        ("हिन्दी", ["हिन्द"]),
        ("?!… — 。，", []),
        ("", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms
    assert terms_of_query(text) == terms


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("臺灣的資訊科技", "台湾的资讯科技"),
        ("ｶﾒﾗ", "カメラ"),
        ("ＡＢＣ", "abc"),
        ("cafe\u0301", "café"),
        ("co\u00adoperate", "cooperate"),
        ("non‑breaking", "non-breaking"),
        ("1,234,567", "1234567"),
        ("ﬁnd", "find"),
    ],
)
def test_different_ways_to_write_the_same(written: str, asked: str) -> None:
    assert terms_of(written) == terms_of(asked) != []


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0315\u0300" * 200_000,
        "a" * 400_000,
        "a." * 200_000,
        "a's" * 200_000,
        "aB" * 200_000,
        "_" * 400_000,
        "1," * 200_000,
        "漢" * 400_000,
        "a漢" * 200_000,
        "\ufdfa" * 20_000,
        "\x00\ud800" * 100_000,
        "\u0e31" * 400_000,
    ],
    ids=lambda text: ascii(text[:4]),
)
def test_text_made_to_hurt_takes_time_by_its_length(text: str) -> None:
    started = time.process_time()

    terms = terms_of(text)

    # a second or two where it is by the square: hundreds of them
    assert time.process_time() - started < 10
    assert max(map(len, terms), default=0) <= 64
    assert len(terms) <= 18 * len(text)


def test_the_script_of_a_question() -> None:
    scripts = {text: script_of(text) for text in ("What is it?", "什么是 RAG？", "カメラ", "한국어", "Привет", "")}
    expected = ["latin", "cjk", "cjk", "cjk", "latin", "latin"]
    assert list(scripts.values()) == expected
