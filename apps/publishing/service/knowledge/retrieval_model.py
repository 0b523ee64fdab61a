"""Dify's `retrieval_model` and our search settings, each as the other. Pure, but for reading a dataset's row.

What a client does not name keeps what the dataset has; `weights` absent leaves the share of vectors to what the
embedding model was seen to understand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from apps.knowledge.metadata import OPERATORS, Condition, Filter
from apps.knowledge.models import Dataset
from apps.knowledge.search.settings import MAX_TOP_K, Retrieval, read
from apps.publishing.errors import InvalidParam
from apps.publishing.service.http import list_field, object_field
from apps.publishing.service.knowledge.frame import choice_field, flag_field

METHODS = {
    "hybrid_search": "hybrid",
    "semantic_search": "vector",
    "full_text_search": "lexical",
    "keyword_search": "lexical",
}
_SHOWN = {"hybrid": "hybrid_search", "vector": "semantic_search", "lexical": "full_text_search"}
_OPERATORS = {each: each for each in OPERATORS} | {"!=": "≠", "==": "=", ">=": "≥", "<=": "≤"}


def settings_of(model: dict[str, Any]) -> dict[str, Any]:
    """What `model` says, as settings of ours. Raises InvalidParam."""
    method = choice_field(model, "search_method", tuple(METHODS))
    found: dict[str, Any] = {"method": METHODS[method]} if method else {}
    if (top_k := _number(model, "top_k")) is not None:
        found["top_k"] = _top_k(top_k)
    found |= _threshold(model)
    if (enabled := flag_field(model, "reranking_enable")) is not None:
        found["rerank"] = _rerank(model) if enabled else None
    share = _number(object_field(object_field(model, "weights"), "vector_setting"), "vector_weight")
    if share is not None:
        found["vector_weight"] = _share(share, "vector_weight")
    if conditions := filter_of(object_field(model, "metadata_filtering_conditions")):
        found["filter"] = conditions.model_dump()
    return found


def filter_of(given: dict[str, Any]) -> Filter | None:
    """Dify's conditions on metadata; None where there are none. A name may come as a list, as older clients send it."""
    conditions = list_field(given, "conditions")
    if not conditions:
        return None
    any_of_them = choice_field(given, "logical_operator", ("and", "or")) == "or"
    try:
        return Filter(
            logical="or" if any_of_them else "and", conditions=[one for each in conditions for one in _conditions(each)]
        )
    except ValidationError as error:
        what = error.errors()[0]["msg"]
        raise InvalidParam(f"The metadata conditions are not valid: {what}.", field="conditions") from error


def shown(row: Dataset) -> dict[str, Any]:
    """What the dataset is searched with."""
    settings = read(row.retrieval)
    rerank = settings.rerank
    return {
        "search_method": _SHOWN[settings.method],
        "reranking_enable": rerank is not None,
        "reranking_mode": "reranking_model" if rerank else "weighted_score",
        "reranking_model": {
            "reranking_provider_name": rerank.provider if rerank else "",
            "reranking_model_name": rerank.model if rerank else "",
        },
        "weights": _weights(row, settings),
        "top_k": settings.top_k,
        "score_threshold_enabled": settings.threshold is not None,
        "score_threshold": settings.threshold or 0.0,
        "metadata_filtering_conditions": _conditions_shown(settings.filter),
    }


def shown_external(row: Dataset) -> dict[str, Any]:
    settings = read(row.retrieval)
    return {
        "top_k": settings.top_k,
        "score_threshold": settings.threshold or 0.0,
        "score_threshold_enabled": settings.threshold is not None,
    }


def _threshold(model: dict[str, Any]) -> dict[str, Any]:
    enabled, value = flag_field(model, "score_threshold_enabled"), _number(model, "score_threshold")
    if enabled is None:
        return {}
    return {"threshold": _share(value or 0.0, "score_threshold") if enabled else None}


def _rerank(model: dict[str, Any]) -> dict[str, Any] | None:
    """The reranker that is named; in the mode of weights there is none."""
    if choice_field(model, "reranking_mode", ("reranking_model", "weighted_score")) == "weighted_score":
        return None
    named = object_field(model, "reranking_model")
    provider, name = named.get("reranking_provider_name"), named.get("reranking_model_name")
    if not provider or not name:
        return None
    # a plugin's provider is named by its path, such as langgenius/cohere/cohere
    return {"provider": str(provider).rpartition("/")[2], "model": str(name)}


def _weights(row: Dataset, settings: Retrieval) -> dict[str, Any] | None:
    share = settings.vector_weight
    if share is None:
        return None
    return {
        "weight_type": "customized",
        "vector_setting": {
            "vector_weight": share,
            "embedding_provider_name": row.embedding_provider,
            "embedding_model_name": row.embedding_model,
        },
        "keyword_setting": {"keyword_weight": round(1 - share, 6)},
    }


def _conditions(given: Any) -> list[Condition]:
    if not isinstance(given, Mapping):
        raise InvalidParam("Each metadata condition must be an object.", field="conditions")
    operator = given.get("comparison_operator")
    if operator not in _OPERATORS:
        message = f"comparison_operator must be one of {', '.join(OPERATORS)}."
        raise InvalidParam(message, field="comparison_operator")
    names = given.get("name")
    return [
        Condition.model_validate({"name": name, "operator": _OPERATORS[operator], "value": given.get("value")})
        for name in (names if isinstance(names, list) else [names])
    ]


def _conditions_shown(filter_: Filter | None) -> dict[str, Any] | None:
    if filter_ is None or not filter_.conditions:
        return None
    conditions = [
        {"name": each.name, "comparison_operator": each.operator, "value": each.value} for each in filter_.conditions
    ]
    return {"logical_operator": filter_.logical, "conditions": conditions}


def _number(model: dict[str, Any], name: str) -> float | None:
    value = model.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidParam(f"{name} must be a number.", field=name)
    return float(value)


def _top_k(value: float) -> int:
    """More than we give is cut to what we give."""
    if value < 1 or not value.is_integer():
        raise InvalidParam("top_k must be a whole number from 1.", field="top_k")
    return min(int(value), MAX_TOP_K)


def _share(value: float, name: str) -> float:
    if not 0 <= value <= 1:
        raise InvalidParam(f"{name} must be from 0 to 1.", field=name)
    return value
