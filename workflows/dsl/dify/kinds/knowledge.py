"""Dify's knowledge retrieval, in both of its generations."""

from __future__ import annotations

from typing import Any, get_args

from workflows.dsl.dify.kinds.base import Config, Kind, Source, logical, operand
from workflows.dsl.dify.loose import items, mapping, mappings, text, texts, within
from workflows.nodes.knowledge_retrieval import MetadataOperator


def _read_knowledge(source: Source) -> Config:
    data = source.data
    multiple = mapping(data.get("multiple_retrieval_config"))
    threshold = multiple.get("score_threshold")
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)) or not 0 <= threshold <= 1:
        threshold = None
    if texts(data.get("query_attachment_selector")):
        source.warn("setting_ignored", "Files are not searched for, only text.", "query_attachment_selector")
    return {
        "query": texts(data.get("query_variable_selector")),
        "dataset_ids": texts(data.get("dataset_ids")),
        "top_k": within(multiple.get("top_k"), 4, 1, 100),
        "score_threshold": threshold,
        "reranking": _read_reranking(multiple),
        "filter": _read_filter(data, source),
        "filter_model": _read_filter_model(data, source),
        "chooser": _read_chooser(data),
    }


def _read_filter_model(data: Config, source: Source) -> Config | None:
    if data.get("metadata_filtering_mode") != "automatic":
        return None
    model = _read_model(data.get("metadata_model_config"))
    if model is None:
        message = "No model is named that reads conditions on metadata out of the question; none are applied."
        source.warn("setting_ignored", message, "metadata_model_config")
    return model


def _read_chooser(data: Config) -> Config | None:
    """In Dify's older mode a model picks one knowledge base."""
    if data.get("retrieval_mode") != "single":
        return None
    return _read_model(mapping(data.get("single_retrieval_config")).get("model"))


def _read_model(value: Any) -> Config | None:
    model = mapping(value)
    name = text(model.get("name"))
    return {"provider": text(model.get("provider")), "model": name} if name else None


def _read_reranking(multiple: Config) -> Config | None:
    if multiple.get("reranking_enable") is not True:
        return None
    if multiple.get("reranking_mode") != "weighted_score":
        model = mapping(multiple.get("reranking_model"))
        name = text(model.get("model")) or text(model.get("reranking_model_name"))
        provider = text(model.get("provider")) or text(model.get("reranking_provider_name"))
        return {"mode": "model", "provider": provider, "model": name} if name else None
    weights = mapping(multiple.get("weights"))
    vector = mapping(weights.get("vector_setting")).get("vector_weight")
    keyword = mapping(weights.get("keyword_setting")).get("keyword_weight")
    return {"mode": "weights", "vector_weight": _share(vector, 0.7), "keyword_weight": _share(keyword, 0.3)}


def _share(value: Any, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        return default
    return float(value)


def _read_filter(data: Config, source: Source) -> Config | None:
    if data.get("metadata_filtering_mode") != "manual":
        return None
    given = mapping(data.get("metadata_filtering_conditions"))
    rows = [
        {"name": text(row.get("name")), "operator": text(row.get("comparison_operator")), "value": row.get("value")}
        for row in mappings(given.get("conditions"))
    ]
    known = [row for row in rows if row["operator"] in get_args(MetadataOperator)]
    if len(known) < len(rows):
        message = "A condition on metadata has an operator that is not known, and is left out."
        source.warn("setting_ignored", message, "metadata_filtering_conditions")
    conditions = [{**row, "value": operand(row["value"])} for row in known]
    return {"logical": logical(given.get("logical_operator")), "conditions": conditions} if conditions else None


def _read_knowledge_v2(source: Source) -> Config:
    """The second generation calls its settings otherwise."""
    data = source.data
    multiple = {"top_k": data.get("top_n"), "score_threshold": data.get("score_threshold")}
    same = {"dataset_ids": data.get("control_space_ids"), "multiple_retrieval_config": multiple}
    if any(items(value) for value in mapping(data.get("metadata_filters")).values()):
        source.warn("setting_ignored", "Filtering by kinds and tags is not applied.", "metadata_filters")
    return _read_knowledge(Source({**data, **same}, source.node_id, source.faults))


def _write_knowledge(config: Config) -> Config:
    return {
        "query_variable_selector": config.get("query", []),
        "dataset_ids": config.get("dataset_ids", []),
        **_mode_data(config.get("chooser")),
        "multiple_retrieval_config": {
            # Dify has no setting of the knowledge base to leave it to
            "top_k": config.get("top_k") or 4,
            "score_threshold": config.get("score_threshold"),
            **_reranking_data(config.get("reranking")),
        },
        **_filter_data(config.get("filter"), config.get("filter_model")),
    }


def _mode_data(value: Any) -> Config:
    if not mapping(value):
        return {"retrieval_mode": "multiple"}
    return {"retrieval_mode": "single", "single_retrieval_config": {"model": _model_data(mapping(value))}}


def _model_data(chosen: Config) -> Config:
    provider, name = chosen.get("provider", ""), chosen.get("model", "")
    return {"provider": provider, "name": name, "mode": "chat", "completion_params": {}}


def _reranking_data(value: Any) -> Config:
    reranking = mapping(value)
    if not reranking:
        return {"reranking_enable": False}
    if reranking.get("mode") == "model":
        model = {"provider": reranking.get("provider", ""), "model": reranking.get("model", "")}
        return {"reranking_enable": True, "reranking_mode": "reranking_model", "reranking_model": model}
    weights = {
        "vector_setting": {"vector_weight": reranking.get("vector_weight", 0.7)},
        "keyword_setting": {"keyword_weight": reranking.get("keyword_weight", 0.3)},
    }
    return {"reranking_enable": True, "reranking_mode": "weighted_score", "weights": weights}


def _filter_data(value: Any, model: Any) -> Config:
    rows = mappings(mapping(value).get("conditions"))
    if not rows and mapping(model):
        return {"metadata_filtering_mode": "automatic", "metadata_model_config": _model_data(mapping(model))}
    if not rows:
        return {}
    conditions = [
        {"name": row.get("name", ""), "comparison_operator": row.get("operator", "is"), "value": row.get("value", "")}
        for row in rows
    ]
    logic = mapping(value).get("logical", "and")
    return {
        "metadata_filtering_mode": "manual",
        "metadata_filtering_conditions": {"logical_operator": logic, "conditions": conditions},
    }


KINDS = (
    Kind("knowledge-retrieval", "knowledge-retrieval", _read_knowledge, _write_knowledge, frozenset(("type",))),
    Kind("knowledge-retrieval-v2", "knowledge-retrieval", _read_knowledge_v2, _write_knowledge, frozenset(("type",))),
)
