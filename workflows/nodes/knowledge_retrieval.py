"""Knowledge retrieval: finds passages in knowledge bases for a question.

Knows the query; knows nothing of indexes, which are behind the `Retrieval` port.
"""

from __future__ import annotations

from pydantic import Field

from workflows.context import Context
from workflows.errors import NodeError, RetrievalError
from workflows.kinds import NodeType, Output, Result, Step
from workflows.nodes.fields import NodeConfig, Selector, widget
from workflows.ports import Passage, RetrievalRequest
from workflows.scope import Scope
from workflows.values import to_text


class Config(NodeConfig):
    """What to look for, and where."""

    query: Selector = ["sys", "query"]
    dataset_ids: list[str] = Field(default=[], json_schema_extra=widget("datasets"))
    top_k: int = Field(default=4, ge=1, le=100, json_schema_extra=widget("number"))
    score_threshold: float | None = Field(default=None, ge=0, le=1, json_schema_extra=widget("number"))


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

        async def run(ctx: Context) -> Result:
            query = to_text(query_ref.get_or_none(ctx.pool)).strip()
            inputs = {"query": query}
            if not query:
                return Result({"result": []}, inputs, facts={"passages": 0})
            passages = await _retrieve(ctx, config, query)
            return Result({"result": passages}, inputs, facts={"passages": len(passages)})

        return Step(task=run, timeout_s=120)


async def _retrieve(ctx: Context, config: Config, query: str) -> list[Passage]:
    if not config.dataset_ids:
        raise NodeError("dataset_missing", "No knowledge base is chosen.", field="dataset_ids", retryable=False)
    request = RetrievalRequest(
        query=query,
        dataset_ids=config.dataset_ids,
        top_k=config.top_k,
        score_threshold=config.score_threshold,
        run_id=ctx.run_id,
        node_id=ctx.node_id,
    )
    try:
        return await ctx.retrieval.retrieve(request)
    except RetrievalError as error:
        raise NodeError(error.code, error.message, inputs={"query": query}) from error


NODE = KnowledgeRetrieval()
