from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge.evaluation.questions import Written, checked, copied_share

PASSAGE = "Receipts are handed in within thirty days. A meal may cost forty euro.  Travel is paid by the company."


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ({"question": "When do I submit bills?", "quote": "handed in within thirty days"}, None),
        ({"question": None}, "none"),
        ({"question": "", "quote": ""}, "none"),
        (None, "unreadable"),
        ({"answer": "x"}, "unreadable"),
        ({"question": ["x"], "quote": "x"}, "unreadable"),
        ({"question": "When?", "quote": 7}, "unreadable"),
        ({"question": "When?" * 100, "quote": "thirty days"}, "too_long"),
        ({"question": "What does this passage say of meals?", "quote": "forty euro"}, "about_the_text"),
        ({"question": "本文说了什么?", "quote": "forty euro"}, "about_the_text"),
        ({"question": "How much is lunch?", "quote": "fifty euro"}, "quote_not_found"),
        ({"question": "How much is lunch?", "quote": " ** "}, "quote_not_found"),
        ({"question": "Receipts are handed in within thirty days?", "quote": "thirty days"}, "copied"),
    ],
)
def test_what_is_kept_of_a_models_question(reply: dict[str, Any] | None, verdict: str | None) -> None:
    kept = checked(reply, PASSAGE)

    assert kept == (verdict or Written("When do I submit bills?", "handed in within thirty days"))


def test_how_much_of_a_question_is_copied() -> None:
    assert copied_share("meal MAY cost", PASSAGE) == 1.0
    assert copied_share("a meal? zzzz", "A meal") == pytest.approx(5 / 10)
    assert copied_share("", PASSAGE) == 0.0
    assert copied_share("发票需要提交吗", "发票需要在三十天内提交") == pytest.approx(4 / 7)
