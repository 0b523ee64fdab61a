"""A small library that is searched by its terms alone, so that no model is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from apps.knowledge.models import Dataset
    from tests.cast import Cast


@pytest.fixture
def library(cast: Cast, files: Path, clean_redis: str, transactional_db: None) -> Dataset:
    from tests.apps.knowledge.evaluation.library import add_document
    from tests.factories import make_dataset

    dataset = make_dataset(
        cast.workspace, name="Handbook", retrieval={"method": "lexical"}, created_by=cast.editor.user
    )
    add_document(dataset, "travel.md", ["Trains are booked two weeks ahead.", "First class is for long journeys."])
    add_document(dataset, "money.md", ["Receipts are handed in within thirty days.", "A meal may cost forty euro."])
    add_document(
        dataset, "leave.md", ["Everyone has thirty days of leave a year.", "Leave is asked for in the calendar."]
    )
    return dataset
