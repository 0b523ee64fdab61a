"""A tool that searches knowledge bases. Which ones, a person sets; what for, a model may."""

from __future__ import annotations

from typing import Any

from workflows.context import Context
from workflows.errors import ToolError
from workflows.ports import RetrievalRequest, ToolResult
from workflows.prompts import context_text
from workflows.tools.base import Tool, arguments, text


class SearchKnowledge(Tool):
    """One search."""

    name = "search_knowledge"
    description = "Searches the knowledge bases for passages about a question, best first."
    parameters = arguments(
        ["query"],
        query=text("What to look for: a question or a few words."),
        top_k={"type": "integer", "minimum": 1, "maximum": 20, "description": "How many passages, if not as usual."},
        dataset_ids={
            "type": "array", "items": {"type": "string"}, "description": "The knowledge bases.", "x-widget": "datasets",
        },
        score_threshold={"type": ["number", "null"], "minimum": 0, "maximum": 1},
    )  # fmt: skip
    personal = frozenset({"dataset_ids", "score_threshold"})

    async def call(self, ctx: Context, arguments: dict[str, Any], *, key: str) -> ToolResult:
        if not arguments.get("dataset_ids"):
            message = "No knowledge base is chosen for search_knowledge: set dataset_ids."
            raise ToolError("dataset_missing", message)
        request = RetrievalRequest(
            query=arguments["query"],
            dataset_ids=arguments["dataset_ids"],
            top_k=arguments.get("top_k"),
            score_threshold=arguments.get("score_threshold"),
            is_tool=True,
            run_id=ctx.run_id,
            node_id=ctx.node_id,
        )
        passages = await ctx.retrieval.retrieve(request)
        return ToolResult(text=context_text(passages) or "Nothing was found.", json=list(passages))


TOOLS = (SearchKnowledge(),)
