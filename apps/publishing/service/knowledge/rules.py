"""Dify's `process_rule` and `doc_form`, and our processing settings, each as the other. Pure.

Mode `automatic` is our default settings: what Dify leaves to itself, Weft leaves to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.knowledge.processing import Cleaning, Cut, Fixed, ParentChild, Processing, Separator, Structure, checked, read
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import list_field, object_field
from apps.publishing.service.knowledge.frame import choice_field
from weft.http.errors import WeftError

DOC_FORMS = ("text_model", "hierarchical_model", "qa_model")
MODES = ("automatic", "custom", "hierarchical")
_FORM_OF_MODE = {"parent_child": "hierarchical_model", "qa": "qa_model"}
# Dify's rule -> our switch
_CLEANING = {
    "remove_extra_spaces": "collapse_spaces",
    "remove_urls_emails": "remove_urls",
    "remove_stopwords": "remove_stop_words",
}


def doc_form_of(stored: Mapping[str, Any]) -> str:
    return _FORM_OF_MODE.get(read(stored).chunker.mode, "text_model")


def processing_of(body: dict[str, Any]) -> Processing | None:
    """What `process_rule` and `doc_form` say together. Raises InvalidParam.

    None where they leave it to the dataset, as clients do that always send the mode `automatic`.
    """
    form = choice_field(body, "doc_form", DOC_FORMS)
    rule = object_field(body, "process_rule")
    mode = choice_field(rule, "mode", MODES)
    if mode in (None, "automatic") and form in (None, "text_model"):
        return None
    rules = object_field(rule, "rules")
    given: dict[str, Any] = {"chunker": _chunker(mode, form, rules)}
    if mode in ("custom", "hierarchical"):
        given["cleaning"] = _cleaning(rules)
    try:
        return checked(given)
    except WeftError as error:
        raise InvalidParam(error.message, field="process_rule") from error


def process_rule(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as Dify's rule. Sizes that Weft counts otherwise are shown in tokens, estimated."""
    settings = read(stored)
    chunker = settings.chunker
    rules: dict[str, Any] = {
        "pre_processing_rules": [
            {"id": rule, "enabled": bool(getattr(settings.cleaning, switch))} for rule, switch in _CLEANING.items()
        ],
        "segmentation": _segmentation(Cut(), 500),
    }
    match chunker:
        case ParentChild():
            rules["parent_mode"] = "full-doc" if chunker.parent == "full" else "paragraph"
            by_section = chunker.parent == "section"
            rules["segmentation"] = _segmentation(chunker.paragraph, chunker.parent_size // 4 if by_section else None)
            rules["subchunk_segmentation"] = _segmentation(chunker.child or Cut(), chunker.child_size // 4)
            if chunker.child is not None:
                rules["subchunk_segmentation"] = _segmentation(chunker.child)
            return {"mode": "hierarchical", "rules": rules}
        case Separator():
            rules["segmentation"] = _segmentation(chunker)
        case Structure() | Fixed():
            rules["segmentation"] = _segmentation(Cut(), chunker.size // 4)
    automatic = settings == Processing() or chunker.mode == "qa"
    return {"mode": "automatic" if automatic else "custom", "rules": rules}


def _chunker(mode: str | None, form: str | None, rules: dict[str, Any]) -> dict[str, Any]:
    if form == "qa_model":
        return {"mode": "qa"}
    whole = choice_field(rules, "parent_mode", ("full-doc", "paragraph")) == "full-doc"
    segmentation = object_field(rules, "segmentation")
    if mode == "hierarchical" or form == "hierarchical_model":
        if mode in (None, "automatic"):
            return {"mode": "parent_child"}
        child = object_field(rules, "subchunk_segmentation")
        return {
            "mode": "parent_child",
            "parent": "full" if whole else "paragraph" if segmentation else "section",
            "paragraph": _cut(segmentation),
            "child": _cut(child) if child else None,
        }
    return {"mode": "separator", **_cut(segmentation)} if mode == "custom" and segmentation else {"mode": "structure"}


def _cleaning(rules: dict[str, Any]) -> dict[str, bool]:
    """What is not asked for is not done, of what Dify knows; our own rules stay as they are."""
    found = dict.fromkeys(_CLEANING.values(), False)
    for rule in list_field(rules, "pre_processing_rules"):
        if not isinstance(rule, Mapping) or rule.get("id") not in _CLEANING:
            raise InvalidParam(
                f"The id of a pre-processing rule is one of {', '.join(_CLEANING)}.", field="process_rule"
            )
        found[_CLEANING[rule["id"]]] = rule.get("enabled") is True
    return Cleaning().model_dump() | found


def _cut(segmentation: dict[str, Any]) -> dict[str, Any]:
    """Both names that Dify has had for the separator; one typed as backslash and n means a line break, as there."""
    found: dict[str, Any] = {}
    separator = segmentation.get("separator") or segmentation.get("delimiter")
    if separator is not None:
        found["separator"] = separator.replace("\\n", "\n") if isinstance(separator, str) else separator
    for theirs, ours in (("max_tokens", "max_tokens"), ("chunk_overlap", "overlap_tokens")):
        if segmentation.get(theirs) is not None:
            found[ours] = segmentation[theirs]
    return found


def _segmentation(cut: Cut, max_tokens: int | None = None) -> dict[str, Any]:
    return {
        "separator": cut.separator,
        "max_tokens": max_tokens or cut.max_tokens,
        "chunk_overlap": cut.overlap_tokens,
    }
