"""What the engine asks of its host, as Protocols, and the values that cross these borders.

Knows shapes and promises; knows no implementation. Every port may be missing: a node that needs it then fails
and names it. Implementations are used from one event loop and must let `asyncio.CancelledError` pass.
"""

from workflows.ports.chat import ChatChunk, ChatRequest, Message, ToolCall, ToolCallDelta, ToolSpec
from workflows.ports.protocols import Blobs, Clock, Code, Files, Http, Journal, Models, Retrieval, Tools
from workflows.ports.requests import CodeReply, CodeRequest, HttpRequest, HttpResponse, ToolRequest, ToolResult
from workflows.ports.retrieval import (
    MetadataCondition,
    MetadataFilter,
    ModelChoice,
    Passage,
    Passages,
    Reranking,
    RetrievalRequest,
)
from workflows.ports.run import Control, Ports, RunInputs, Signal, SystemClock

__all__ = [
    "Blobs",
    "ChatChunk",
    "ChatRequest",
    "Clock",
    "Code",
    "CodeReply",
    "CodeRequest",
    "Control",
    "Files",
    "Http",
    "HttpRequest",
    "HttpResponse",
    "Journal",
    "Message",
    "MetadataCondition",
    "MetadataFilter",
    "ModelChoice",
    "Models",
    "Passage",
    "Passages",
    "Ports",
    "Reranking",
    "Retrieval",
    "RetrievalRequest",
    "RunInputs",
    "Signal",
    "SystemClock",
    "ToolCall",
    "ToolCallDelta",
    "ToolRequest",
    "ToolResult",
    "ToolSpec",
    "Tools",
]
