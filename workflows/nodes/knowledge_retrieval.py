"""Knowledge retrieval: finds passages in knowledge bases for a question.

Knows the query and its conditions; knows nothing of indexes, which are behind the `Retrieval` port.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from workflows import ports
from workflows.context import Context
from workflows.errors import NodeError, RetrievalError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.conditions import Expected, Logical, compile_value
from workflows.nodes.fields import NodeConfig, Selector, widget
from workflows.ports import RetrievalRequest
from workflows.scope import Scope
from workflows.template import Pool
from workflows.values import to_text

MetadataOperator = Literal[
    "contains", "not contains", "start with", "end with", "is", "is not", "empty", "not empty", "in", "not in",
    "=", "≠", ">", "<", "≥", "≤", "before", "after",
]  # fmt: skip


class Reranking(NodeConfig):
    """How the passages found are put in order."""

    mode: Literal["model", "weights"] = Field(
        default="weights",
        description="By a reranking model, or by weighing the search by meaning against the search by words.",
        json_schema_extra=widget("select"),
    )
    provider: str = Field(default="", description="The provider of the reranking model.")
    model: str = Field(default="", description="The reranking model.")
    vector_weight: float = Field(
        default=0.7, ge=0, le=1, description="What the search by meaning counts.", json_schema_extra=widget("number")
    )
    keyword_weight: float = Field(
        default=0.3, ge=0, le=1, description="What the search by words counts.", json_schema_extra=widget("number")
    )


class MetadataCondition(NodeConfig):
    """A condition on what a document says of itself."""

    name: str = Field(default="", description="The name of the metadata, such as author.")
    operator: MetadataOperator = Field(default="is", json_schema_extra=widget("select"))
    value: Expected = Field(default="", description="What it is compared with; may contain references.")


class MetadataFilter(NodeConfig):
    """Which documents are searched."""

    logical: Logical = Field(default="and", description="Whether all conditions must hold, or one.")
    conditions: list[MetadataCondition] = Field(default=[], description="What is asked of each document.")


class ChatModel(NodeConfig):
    """A chat model."""

    provider: str = Field(default="", description="The provider of the model.")
    model: str = Field(default="", description="The model's name.")


class Config(NodeConfig):
    """What to look for, and where."""

    query: Selector = Field(default=["sys", "query"], description="The question; any value, as text.")
    dataset_ids: list[str] = Field(
        default=[], description="The knowledge bases to search.", json_schema_extra=widget("datasets")
    )
    top_k: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="How many passages at most; without it, as many as the knowledge base is set to give.",
        json_schema_extra=widget("number"),
    )
    score_threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The least score, from 0 to 1; without it, the knowledge base's own.",
        json_schema_extra=widget("number"),
    )
    reranking: Reranking | None = Field(default=None, description="Without it, passages are ordered by their score.")
    filter: MetadataFilter | None = Field(default=None, description="Without it, every document is searched.")
    filter_model: ChatModel | None = Field(
        default=None, description="A model that reads conditions on metadata out of the question; none without it."
    )
    chooser: ChatModel | None = Field(
        default=None, description="A model that picks the one knowledge base to search; without it, all are searched."
    )


class KnowledgeRetrieval(NodeType[Config]):
    """See the module."""

    kind = "knowledge-retrieval"
    family = "knowledge"
    config = Config
    effect = "idempotent"
    outputs = (Output("result", "array[object]"),)

    def build(self, config: Config, scope: Scope) -> Step:
        query_ref = scope.ref(config.query, "query")
        if not config.dataset_ids:
            scope.soft_fault("dataset_missing", "No knowledge base is chosen.", "dataset_ids")
        request_for = _compile(config, scope)

        async def run(ctx: Context) -> Result:
            query = to_text(query_ref.get_or_none(ctx.pool), scope.dialect).strip()
            inputs: dict[str, Any] = {"query": query}
            if not query:
                return Result({"result": []}, inputs, facts={"passages": 0})
            if not config.dataset_ids:
                message = "No knowledge base is chosen."
                raise NodeError("dataset_missing", message, field="dataset_ids", retryable=False, inputs=inputs)
            request = request_for(ctx, query)
            if request.filter is not None:
                inputs["filter"] = [[row.name, row.operator, row.value] for row in request.filter.conditions]
            try:
                passages = await ctx.retrieval.retrieve(request)
            except RetrievalError as error:
                raise NodeError(error.code, error.message, inputs=inputs) from error
            facts: dict[str, Any] = {"passages": len(passages)}
            if isinstance(passages, ports.Passages) and passages.funnel:
                facts["funnel"] = passages.funnel
            if ignored := _beyond(request, ctx.retrieval.supports):
                facts["ignored"] = ignored
            return Result({"result": list(passages)}, inputs, facts=facts)

        return Step(task=run, timeout_s=120)


def _compile(config: Config, scope: Scope) -> Callable[[Context, str], RetrievalRequest]:
    reranking = ports.Reranking(**config.reranking.model_dump()) if config.reranking is not None else None
    filter_model, chooser = _model(config.filter_model), _model(config.chooser)
    conditions = config.filter.conditions if config.filter is not None else []
    for i, row in enumerate(conditions):
        if not row.name.strip():
            scope.soft_fault("metadata_missing", "A condition names no metadata.", f"filter.conditions.{i}.name")
    rows = [
        (row.name, row.operator, compile_value(row.value, scope, f"filter.conditions.{i}.value"))
        for i, row in enumerate(conditions)
    ]

    def filter_for(pool: Pool) -> ports.MetadataFilter | None:
        if config.filter is None or not rows:
            return None
        found = [ports.MetadataCondition(name, operator, value(pool)) for name, operator, value in rows]
        return ports.MetadataFilter(config.filter.logical, found)

    def request_for(ctx: Context, query: str) -> RetrievalRequest:
        return RetrievalRequest(
            query=query,
            dataset_ids=config.dataset_ids,
            top_k=config.top_k,
            score_threshold=config.score_threshold,
            reranking=reranking,
            filter=filter_for(ctx.pool),
            filter_model=filter_model,
            chooser=chooser,
            history=ctx.history,
            run_id=ctx.run_id,
            node_id=ctx.node_id,
        )

    return request_for


def _model(chosen: ChatModel | None) -> ports.ModelChoice | None:
    return ports.ModelChoice(chosen.provider, chosen.model) if chosen is not None and chosen.model else None


def _beyond(request: RetrievalRequest, supports: frozenset[str]) -> list[str]:
    """What was asked for and is not done, for the run's log to say."""
    asked = {
        "reranking": request.reranking is not None,
        "filter": request.filter is not None,
        "filter_model": request.filter_model is not None,
        "chooser": request.chooser is not None,
    }
    return [name for name, wanted in asked.items() if wanted and name not in supports]


NODE = KnowledgeRetrieval()
