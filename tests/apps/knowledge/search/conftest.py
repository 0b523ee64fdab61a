from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from apps.knowledge.models import Dataset
    from tests.apps.knowledge.search.handbook import Ask
    from tests.cast import Cast


@pytest.fixture
def handbook(
    cast: Cast, files: Path, clean_redis: str, chroma_url: str, inference_url: str, transactional_db: None
) -> Dataset:
    """A handbook in two languages, indexed with the built-in model."""
    from tests.apps.knowledge.search.handbook import make_handbook

    return make_handbook(cast)


@pytest.fixture
def ask(cast: Cast, handbook: Dataset) -> Ask:
    """`ask("question", top_k=1)` searches the handbook with these settings."""
    from tests.apps.knowledge.search.handbook import asking

    return asking(cast, handbook)
