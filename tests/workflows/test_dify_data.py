"""Dify's start, assigner and knowledge retrieval: their data as configs, and back."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.dsl.dify.kinds import from_dify, to_dify
from workflows.dsl.dify.kinds.base import Source
from workflows.errors import Fault


def read(kind: str, data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    faults: list[Fault] = []
    found, config = from_dify(kind, Source(data, "n", faults))
    assert found != "placeholder", config
    return config, [fault.code for fault in faults]


FILES = {
    "allowed_file_types": ["document", "custom", "unheard"],
    "allowed_file_extensions": [".txt"],
    "allowed_file_upload_methods": ["local_file"],
}


@pytest.mark.parametrize(
    ("row", "limits"),
    [
        ({"type": "text-input", **FILES}, {}),
        ({"type": "file", **FILES},
         {"allowed_file_types": ["document", "custom"], "allowed_file_extensions": [".txt"],
          "allowed_file_upload_methods": ["local_file"]}),
        ({"type": "file-list", **FILES, "allowed_file_types": ["image"]},
         {"allowed_file_types": ["image"], "allowed_file_extensions": [],
          "allowed_file_upload_methods": ["local_file"]}),
        ({"type": "json_object", "json_schema": '{"type": "object"}'}, {"json_schema": {"type": "object"}}),
        ({"type": "json_object", "json_schema": "{"}, {"json_schema": None}),
    ],
)  # fmt: skip
def test_limits_of_inputs(row: dict[str, Any], limits: dict[str, Any]) -> None:
    config, codes = read("start", {"variables": [{"variable": "v", **row}]})
    (variable,) = config["variables"]
    found = {key: value for key, value in variable.items() if key.startswith(("allowed_", "json_"))}
    assert (found, codes) == (limits, [])
    (written,) = to_dify("start", config)[1]["variables"]
    kept = {key: value for key, value in written.items() if key.startswith(("allowed_", "json_"))}
    assert kept == {key: value for key, value in limits.items() if value}


def test_the_first_assigner_looks_at_no_types() -> None:
    data = {
        "assigned_variable_selector": ["conversation", "a"],
        "write_mode": "over-write",
        "input_variable_selector": ["n1", "text"],
    }
    config, _ = read("assigner", data)
    assert config["items"] == [
        {"target": ["conversation", "a"], "operation": "replace", "source": "variable", "value": ["n1", "text"]}
    ]
    assert read("assigner", to_dify("assigner", config)[1])[0] == config


CONDITIONS = {
    "logical_operator": "or",
    "conditions": [
        {"id": "1", "name": "author", "comparison_operator": "is", "value": "{{#start.who#}}"},
        {"name": "at", "comparison_operator": "before", "value": 1700000000},
    ],
}


def test_conditions_on_metadata_and_weights() -> None:
    weights = {"vector_setting": {"vector_weight": 0.2}, "keyword_setting": {"keyword_weight": 0.8}}
    multiple = {"top_k": 3, "reranking_enable": True, "reranking_mode": "weighted_score", "weights": weights}
    data = {
        "query_variable_selector": ["start", "q"],
        "dataset_ids": ["d"],
        "multiple_retrieval_config": multiple,
        "metadata_filtering_mode": "manual",
        "metadata_filtering_conditions": CONDITIONS,
    }
    config, codes = read("knowledge-retrieval", data)
    assert codes == []
    assert config == {
        "query": ["start", "q"],
        "dataset_ids": ["d"],
        "top_k": 3,
        "score_threshold": None,
        "reranking": {"mode": "weights", "vector_weight": 0.2, "keyword_weight": 0.8},
        "filter": {
            "logical": "or",
            "conditions": [
                {"name": "author", "operator": "is", "value": "{{#start.who#}}"},
                {"name": "at", "operator": "before", "value": 1700000000},
            ],
        },
        "filter_model": None,
        "chooser": None,
    }
    kind, written, _ = to_dify("knowledge-retrieval", config)
    assert kind == "knowledge-retrieval"
    assert read(kind, written)[0] == config


@pytest.mark.parametrize(
    ("data", "reranking", "codes"),
    [
        ({}, None, []),
        ({"reranking_enable": False, "reranking_mode": "weighted_score"}, None, []),
        ({"reranking_enable": True, "reranking_mode": "reranking_model",
          "reranking_model": {"provider": "p", "model": "m"}}, {"mode": "model", "provider": "p", "model": "m"}, []),
        ({"reranking_enable": True, "reranking_model": {}}, None, []),
        ({"reranking_enable": True, "reranking_mode": "weighted_score", "weights": {"vector_setting": "?"}},
         {"mode": "weights", "vector_weight": 0.7, "keyword_weight": 0.3}, []),
    ],
)  # fmt: skip
def test_reranking(data: dict[str, Any], reranking: dict[str, Any] | None, codes: list[str]) -> None:
    config, found = read("knowledge-retrieval", {"multiple_retrieval_config": data})
    assert (config["reranking"], found) == (reranking, codes)


@pytest.mark.parametrize(
    ("data", "count", "codes"),
    [
        ({"metadata_filtering_mode": "disabled", "metadata_filtering_conditions": CONDITIONS}, 0, []),
        ({"metadata_filtering_mode": "automatic"}, 0, ["setting_ignored"]),
        ({"metadata_filtering_mode": "automatic", "metadata_model_config": {"provider": "p", "name": "m"}}, 0, []),
        ({"metadata_filtering_mode": "manual",
          "metadata_filtering_conditions": {"conditions": [{"name": "a", "comparison_operator": "resembles"}]}},
         0, ["setting_ignored"]),
    ],
)  # fmt: skip
def test_filters_that_cannot_be_had(data: dict[str, Any], count: int, codes: list[str]) -> None:
    config, found = read("knowledge-retrieval", data)
    assert (len((config["filter"] or {"conditions": []})["conditions"]), found) == (count, codes)


def test_models_that_filter_and_choose() -> None:
    model = {"provider": "p", "name": "m", "mode": "chat", "completion_params": {"temperature": 0}}
    data = {
        "dataset_ids": ["a", "b"],
        "retrieval_mode": "single",
        "single_retrieval_config": {"model": model},
        "metadata_filtering_mode": "automatic",
        "metadata_model_config": model,
    }

    config, codes = read("knowledge-retrieval", data)

    chosen = {"provider": "p", "model": "m"}
    assert (config["chooser"], config["filter_model"], config["filter"], codes) == (chosen, chosen, None, [])
    kind, written, _ = to_dify("knowledge-retrieval", config)
    assert (written["retrieval_mode"], written["metadata_filtering_mode"]) == ("single", "automatic")
    assert read(kind, written)[0] == config
