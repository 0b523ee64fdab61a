"""Conditions on metadata: as SQL they hold for exactly the documents for which they hold by plain comparison."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from apps.knowledge import metadata
from apps.knowledge.metadata import OPERATORS, Condition, Filter
from apps.knowledge.models import Document
from tests.cast import Cast
from tests.factories import make_dataset

# 2024-06-01T00:00:00Z
JUNE = 1717200000
VALUES: list[Any] = [
    None, "", "Ann", "ann", "Anna", "北京市", "100%", "a_b", "5", 5, 5.0, -2.5, 0, 12, JUNE, "2024-06-01",
    "it's \"so\"",
]  # fmt: skip
WANTED: list[Any] = [
    "Ann", "nn", "", "京", "%", "_", "5", 5, "5.0", 0, -3, "12", "Ann, 5", ["Ann", 5], [], "2024-06-01",
    "2024-06-02T00:00:00+08:00", "no number", None, True, '"', "'", "\\", 10**400, "1e999", "nan",
]  # fmt: skip


def text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return None
    try:
        return float(value) if math.isfinite(float(value)) else None
    except OverflowError:
        return None
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def holds(stored: Any, operator: str, wanted: Any) -> bool:
    """The oracle: what each operator means for one value."""
    if stored is None or stored == "":
        return operator == "empty"
    known = float(stored) if isinstance(stored, int | float) else None
    # as JSON has it: a whole number that was stored as a fraction stays written so
    has = json.dumps(stored) if isinstance(stored, float) else text(stored)
    asked = number(wanted)

    def same(other: Any) -> bool:
        return has == text(other) or (known is not None and known == number(other))

    listed = wanted if isinstance(wanted, list) else [each.strip() for each in text(wanted).split(",") if each.strip()]
    compared = known is not None and asked is not None
    return {
        "empty": False,
        "not empty": True,
        "contains": text(wanted) in has,
        "not contains": text(wanted) not in has,
        "start with": has.startswith(text(wanted)),
        "end with": has.endswith(text(wanted)),
        "is": same(wanted),
        "is not": not same(wanted),
        "=": same(wanted),
        "≠": not same(wanted),
        "in": any(same(each) for each in listed),
        "not in": not any(same(each) for each in listed),
        ">": compared and known > asked,  # type: ignore[operator]
        "<": compared and known < asked,  # type: ignore[operator]
        "≥": compared and known >= asked,  # type: ignore[operator]
        "≤": compared and known <= asked,  # type: ignore[operator]
        "before": compared and known < asked,  # type: ignore[operator]
        "after": compared and known > asked,  # type: ignore[operator]
    }[operator]


@pytest.fixture
def documents(cast: Cast, db: None) -> dict[str, Any]:
    """Document names with the value each has for the field `x`, which one lacks."""
    dataset = make_dataset(cast.workspace)
    values = {f"d{index}": value for index, value in enumerate(VALUES)}
    fields = {"size_bytes": 1, "mime_type": "text/plain", "path": "p", "sha256": "s"}
    rows = [
        Document(dataset=dataset, name=name, metadata={"x": value, "7": 7}, **fields) for name, value in values.items()
    ]
    Document.objects.bulk_create([*rows, Document(dataset=dataset, name="without", metadata={}, **fields)])
    return values | {"without": None}


def found(filter_: Filter) -> set[str]:
    return set(Document.objects.filter(metadata.query(filter_)).values_list("name", flat=True))


@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator_holds_for_what_it_says(documents: dict[str, Any], operator: str) -> None:
    for wanted in WANTED:
        one = Filter(conditions=[Condition(name="x", operator=operator, value=wanted)])  # type: ignore[arg-type]
        expected = {name for name, stored in documents.items() if holds(stored, operator, wanted)}
        assert found(one) == expected, (operator, wanted)


def test_conditions_together(documents: dict[str, Any]) -> None:
    pairs = [("contains", "n"), ("is", 5), ("empty", None), (">", 1), ("not in", "Ann,5")]
    for (first, a), (second, b) in product(pairs, pairs):
        conditions = [Condition(name="x", operator=first, value=a), Condition(name="x", operator=second, value=b)]  # type: ignore[arg-type]
        for logical, both in (("and", all), ("or", any)):
            expected = {
                name for name, stored in documents.items() if both((holds(stored, first, a), holds(stored, second, b)))
            }
            assert found(Filter(logical=logical, conditions=conditions)) == expected  # type: ignore[arg-type]
    assert found(Filter()) == set(documents)


def test_a_field_may_be_called_like_a_number_and_like_sql(documents: dict[str, Any]) -> None:
    assert len(found(Filter(conditions=[Condition(name="7", operator="=", value=7)]))) == len(VALUES)
    assert found(Filter(conditions=[Condition(name="x'); --", operator="not empty")])) == set()
    assert found(Filter(conditions=[Condition(name="x\0", operator="is", value="Ann\0")])) == {"d2"}


def test_built_in_fields_are_the_documents_own(cast: Cast, documents: dict[str, Any]) -> None:
    Document.objects.filter(name="d1").update(created_at=datetime(2020, 1, 1, tzinfo=UTC), created_by=cast.editor.user)
    name = cast.editor.user.name if cast.editor.user is not None else ""

    def one(field: str, operator: Any, value: Any) -> set[str]:
        return found(Filter(conditions=[Condition(name=field, operator=operator, value=value)]))

    assert one("document_name", "start with", "d1") == {"d1", *(f"d{n}" for n in range(10, len(VALUES)))}
    assert one("upload_date", "before", "2020-06-01") == {"d1"}
    assert one("uploader", "is", name) == {"d1"}
    assert one("source", "is", "file") == set(documents)


def test_what_fails_is_named(documents: dict[str, Any]) -> None:
    ann = Document.objects.get(name="d2")
    right, wrong = Condition(name="x", operator="is", value="Ann"), Condition(name="x", operator="is", value="Bob")
    assert metadata.failing(Filter(conditions=[right, wrong]), ann) == [wrong]
    assert metadata.failing(Filter(logical="or", conditions=[right, wrong]), ann) == []
    assert metadata.failing(Filter(logical="or", conditions=[wrong]), ann) == [wrong]
    assert metadata.failing(Filter(), ann) == []


@pytest.mark.parametrize(
    "given", [{"conditions": [{"name": "", "operator": "is"}]}, {"conditions": [{"name": "x", "operator": "like"}]}]
)
def test_a_senseless_filter_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Filter.model_validate(given)
