from __future__ import annotations

from typing import Any

import pytest

from apps.knowledge.processing import Cleaning, Fixed, Processing, Structure, checked, effective, read
from weft.http.errors import WeftError


def test_defaults_need_nothing() -> None:
    assert read({}) == checked({}) == Processing()
    assert Processing().chunker == Structure(size=1000)


def test_what_is_given_changes_and_the_rest_stays() -> None:
    base = checked({"cleaning": {"remove_urls": True}, "chunker": {"mode": "fixed", "size": 600, "overlap": 50}})

    assert checked({"cleaning": {"collapse_spaces": False}, "chunker": {"mode": "fixed", "size": 500}}, base) == (
        Processing(cleaning=Cleaning(remove_urls=True, collapse_spaces=False), chunker=Fixed(size=500, overlap=50))
    )
    assert checked({"chunker": {"mode": "structure"}}, base).chunker == Structure()
    assert checked({"chunker": {"size": 700}}, base).chunker == Fixed(size=700, overlap=50)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"chunker": {"mode": "structure", "size": 10}}, "chunker.structure.size"),
        ({"chunker": {"mode": "magic"}}, "chunker"),
        ({"chunker": {"mode": "fixed", "size": 100, "overlap": 80}}, "chunker.fixed"),
        ({"chunker": {"mode": "separator", "max_tokens": 50, "overlap_tokens": 40}}, "chunker.separator"),
        ({"cleaning": {"remove_all": True}}, "cleaning.remove_all"),
        ({"cleaning": 7}, "cleaning"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_what_is_wrong_is_named(given: dict[str, Any], field: str) -> None:
    with pytest.raises(WeftError) as caught:
        checked(given)
    assert (caught.value.code, caught.value.field) == ("processing_setting_invalid", field)


def test_what_is_stored_and_unknown_counts_as_not_set() -> None:
    assert read({"chunker": {"mode": "of tomorrow"}, "cleaning": {"remove_urls": True}, "more": 1}) == Processing(
        cleaning=Cleaning(remove_urls=True)
    )


def test_a_documents_own_settings_win() -> None:
    dataset = {"chunker": {"mode": "full"}}
    assert effective(dataset, None) == read(dataset)
    assert effective(dataset, {}) == Processing()


def test_the_version_tells_settings_that_cut_alike() -> None:
    base = Processing()
    assert base.version == read(base.model_dump(mode="json")).version
    assert checked({"metadata_model": {"provider": "acme", "model": "large"}}).version == base.version
    assert checked({"chunker": {"size": 900}}).version != base.version
    assert checked({"cleaning": {"normalise": False}}).version != base.version
