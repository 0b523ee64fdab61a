"""The words of a question that a passage lacks, as people read them."""

from __future__ import annotations

import pytest

from apps.knowledge.analysis.missing import missing_words


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("笔记本电脑丢了怎么办？", "报告遗失手机", ["笔记本电脑丢了"]),
        ("笔记本电脑丢了怎么办？", "笔记本电脑遗失必须报告", ["丢了"]),
        # written otherwise, the same word
        ("筆記本電腦", "笔记本电脑", []),
        ("茶多少钱", "茶叶", ["钱"]),
        # a character in common is no word in common
        ("年假", "今年放假", ["年假"]),
        ("How do I reset the IL-6 device?", "A reset device", ["IL-6"]),
        ("使用Python编程", "编程", ["使用", "Python"]),
        ("tea, tea and Tea", "coffee", ["tea", "Tea"]),
        ("?!", "x", []),
        ("", "", []),
    ],
)
def test_missing_words(question: str, text: str, missing: list[str]) -> None:
    assert missing_words(question, text) == missing
