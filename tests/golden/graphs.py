"""Golden runs of graphs: branches, joins, streams, retries, failures, variables, agents."""

from __future__ import annotations

from tests.golden.case import BUSY, IS_TEA, LOST, START, Case, add, answer, end, llm, template
from workflows.testing import calls, document, node, passage

GRAPHS: dict[str, Case] = {
    "chain": Case(
        document(
            START,
            node(
                "code",
                config={
                    "code": "def main(topic):\n    return {'loud': topic.upper()}",
                    "inputs": [{"name": "topic", "selector": ["start", "topic"]}],
                    "outputs": {"loud": {"type": "string"}},
                },
            ),
            template("template", "About {{ x }}.", ["code", "loud"]),
            end(text=["template", "output"]),
            edges=["start>code>template>end"],
        ),
        {"inputs": {"topic": "tea"}},
        code=lambda inputs: {"loud": str(inputs["topic"]).upper()},
    ),
    "branch": Case(
        document(
            START,
            node("choice", "if-else", {"cases": [{"id": "true", "conditions": [IS_TEA]}]}),
            template("hot", "Hot {{ x }}", ["start", "topic"]),
            template("cold", "Cold {{ x }}", ["start", "topic"]),
            node("join", "variable-aggregator", {"selectors": [["hot", "output"], ["cold", "output"]]}),
            end(text=["join", "output"]),
            edges=["start>choice", "choice:true>hot>join", "choice:false>cold>join", "join>end"],
        ),
        {"inputs": {"topic": "tea"}},
    ),
    "rag-chat": Case(
        document(
            node("start"),
            node("retrieve", "knowledge-retrieval", {"dataset_ids": ["d1"]}),
            llm("llm", "{{#context#}}\n\nQuestion: {{#sys.query#}}", context=["retrieve", "result"]),
            answer("{{#llm.text#}}"),
            edges=["start>retrieve>llm>answer"],
            mode="chat",
        ),
        {"query": "How hot is tea?"},
        {"llm": [["Tea is ", "80 °C", " hot [1]."]]},
        passages=[passage("Tea", "Tea is brewed at 80 °C."), passage("Coffee", "Coffee at 93 °C.", position=2)],
    ),
    "parallel-answer": Case(
        document(
            node("start"),
            llm("short", "Short: {{#sys.query#}}"),
            llm("long", "Long: {{#sys.query#}}"),
            answer("Long: {{#long.text#}}\nShort: {{#short.text#}}"),
            edges=["start>short>answer", "start>long>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"short": [["Leaves."]], "long": [["Dried ", "leaves ", "in ", "water."]]},
    ),
    "retry": Case(
        document(
            node("start"),
            {**llm("llm", "{{#sys.query#}}"), "policy": {"retry": {"max": 2, "interval_ms": 500}}},
            answer("{{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "is ", BUSY], ["Tea ", "is ", "fine."]]},
    ),
    "reset": Case(
        document(
            node("start"),
            {**llm("llm", "{{#sys.query#}}"), "policy": {"retry": {"max": 1, "interval_ms": 0}}},
            answer("{{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "is ", BUSY], ["Tea ", "was ", "fine."]]},
    ),
    "failure": Case(
        document(
            node("start"),
            llm("llm", "{{#sys.query#}}"),
            answer("Well, {{#llm.text#}}"),
            edges=["start>llm>answer"],
            mode="chat",
        ),
        {"query": "tea"},
        {"llm": [["I ", LOST]]},
    ),
    "fail-branch": Case(
        document(
            START,
            {**llm("llm", "{{#start.topic#}}"), "policy": {"on_error": "branch"}},
            template("sorry", "Sorry: {{ x }}", ["llm", "error_message"]),
            node("join", "variable-aggregator", {"selectors": [["llm", "text"], ["sorry", "output"]]}),
            end(text=["join", "output"]),
            edges=["start>llm>join", "llm:fail-branch>sorry>join", "join>end"],
        ),
        {"inputs": {"topic": "tea"}},
        {"llm": [[LOST]]},
    ),
    "conversation-variable": Case(
        document(
            node("start"),
            llm("llm", "{{#sys.query#}}"),
            add("conversation", "notes", ["llm", "text"], "append", "variable"),
            answer("Noted: {{#conversation.notes#}}"),
            edges=["start>llm>assign>answer"],
            mode="chat",
            variables={"conversation": [{"name": "notes", "type": "array[string]", "value": ["milk"]}]},
        ),
        {"query": "tea"},
        {"llm": [["Tea ", "too."]]},
    ),
    "two-roots": Case(
        document(
            START,
            node("timer", "trigger-schedule", {"cron": "0 9 * * *"}),
            template("daily", "Daily at {{ x }}", ["timer", "scheduled_at"]),
            node("join", "variable-aggregator", {"selectors": [["start", "topic"], ["daily", "output"]]}),
            end(text=["join", "output"]),
            edges=["start>join", "timer>daily>join", "join>end"],
        ),
        {"inputs": {"topic": "tea"}},
    ),
    "agent": Case(
        document(
            node("start"),
            node(
                "agent",
                config={
                    "model": {"provider": "weft", "name": "weft-quote"},
                    "query": "{{#sys.query#}}",
                    "tools": [{"provider": "weft", "tool": "current_time"}],
                },
            ),
            answer("{{#agent.text#}}"),
            edges=["start>agent>answer"],
            mode="chat",
        ),
        {"query": "What time is it?"},
        {"agent": [["Let me see. ", calls(("current_time", {}))], ["It is ", "midnight."]]},
    ),
}
