"""A run's log, translated: exactly the stream that Dify's clients were written for."""

from __future__ import annotations

import pickle
import uuid
from typing import Any

from apps.publishing.service.dify_events import DifyStream, Header

RUN = "00000000-0000-0000-0000-00000000000a"
AT = "2026-11-22T12:00:00.000Z"
AT_S = 1795348800


def event(seq: int, type: str, **fields: Any) -> dict[str, Any]:
    return {"type": type, "seq": seq, "at": AT, **fields}


def chat() -> DifyStream:
    return DifyStream(Header(RUN, "V", AT_S, {"llm": "Write"}, message_id="M", conversation_id="C"))


def workflow() -> DifyStream:
    return DifyStream(Header(RUN, "V", AT_S, {"code": "Compute"}))


def names(stream: DifyStream, log: list[dict[str, Any]]) -> list[str]:
    return [payload["event"] for entry in log for payload in stream.translate(entry)]


STARTED = event(1, "run_started", run_id=RUN, mode="chat", inputs={"x": "1"}, sys={})
LLM_STARTED = event(2, "node_started", node_id="llm", kind="llm", attempt=1)
HEL = event(3, "answer_delta", node_id="answer", text="Hel")
LO = event(4, "answer_delta", node_id="answer", text="lo")
LLM_FINISHED = event(
    5,
    "node_finished",
    node_id="llm",
    inputs={"prompt": "p"},
    outputs={"text": "Hello"},
    handle=None,
    elapsed_ms=1500.0,
    usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    facts={},
)
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
FINISHED = event(
    6, "run_finished", outputs={"answer": "Hello"}, answer="Hello", usage=USAGE, elapsed_ms=2000.0, exceptions=0
)


def test_a_chat_stream_ends_with_the_workflow_and_then_the_message() -> None:
    log = [STARTED, LLM_STARTED, HEL, LO, LLM_FINISHED, FINISHED]

    assert names(chat(), log) == [
        "workflow_started",
        "node_started",
        "message",
        "message",
        "node_finished",
        "workflow_finished",
        "message_end",
    ]


def test_every_chat_event_carries_the_ids_and_the_first_one_the_task() -> None:
    stream = chat()

    (started,) = stream.translate(STARTED)
    (delta,) = stream.translate(HEL)

    assert started == {
        "event": "workflow_started",
        "task_id": RUN,
        "workflow_run_id": RUN,
        "message_id": "M",
        "conversation_id": "C",
        "created_at": AT_S,
        "data": {
            "id": RUN,
            "workflow_id": "V",
            "sequence_number": 1,
            "inputs": {"x": "1"},
            "created_at": AT_S,
            "reason": "initial",
        },
    }
    assert delta == {
        "event": "message",
        "task_id": RUN,
        "workflow_run_id": RUN,
        "message_id": "M",
        "conversation_id": "C",
        "created_at": AT_S,
        "id": "M",
        "answer": "Hel",
        "from_variable_selector": ["answer", "answer"],
    }


def test_a_nodes_end_repeats_its_start_and_adds_the_outcome() -> None:
    stream = chat()
    stream.translate(STARTED)
    stream.translate(LLM_STARTED)

    (finished,) = stream.translate(LLM_FINISHED)

    assert finished["data"] == {
        "id": str(uuid.uuid5(uuid.UUID(RUN), "llm")),
        "node_id": "llm",
        "node_type": "llm",
        "title": "Write",
        "index": 1,
        "predecessor_node_id": None,
        "created_at": AT_S,
        "inputs": {"prompt": "p"},
        "process_data": None,
        "outputs": {"text": "Hello"},
        "status": "succeeded",
        "error": None,
        "elapsed_time": 1.5,
        "execution_metadata": {"total_tokens": 5, "total_price": "0", "currency": "USD"},
        "finished_at": AT_S,
        "files": [],
    }


def test_a_node_that_runs_again_is_announced_once() -> None:
    stream = chat()
    again = event(3, "node_started", node_id="llm", kind="llm", attempt=2)
    retrying = event(3, "node_retrying", node_id="llm", attempt=2, error={"code": "x", "message": "no"}, delay_ms=10)

    assert names(stream, [STARTED, LLM_STARTED, retrying, again]) == ["workflow_started", "node_started", "node_retry"]


def test_a_failed_chat_ends_with_an_error_event_and_no_message_end() -> None:
    stream = chat()
    error = {"code": "model_bad_request", "message": "The provider said no."}
    failed = event(3, "run_failed", error=error, answer="Hel", outputs={}, elapsed_ms=20.0)

    payloads = [payload for entry in [STARTED, HEL, failed] for payload in stream.translate(entry)]

    assert [payload["event"] for payload in payloads] == ["workflow_started", "message", "workflow_finished", "error"]
    assert {key: payloads[-1][key] for key in ("status", "code", "message", "message_id", "task_id")} == {
        "status": 400,
        "code": "completion_request_error",
        "message": "The provider said no.",
        "message_id": "M",
        "task_id": RUN,
    }


def test_a_failed_workflow_says_so_in_its_last_event() -> None:
    stream = workflow()
    failing = event(3, "node_failed", node_id="code", error={"code": "code_failed", "message": "boom"}, handled=None,
                    inputs={}, outputs={}, elapsed_ms=10.0)  # fmt: skip
    started = event(2, "node_started", node_id="code", kind="code", attempt=1)
    failed = event(
        4, "run_failed", error={"code": "code_failed", "message": "boom"}, answer="", outputs={}, elapsed_ms=20.0
    )

    payloads = [payload for entry in [STARTED, started, failing, failed] for payload in stream.translate(entry)]

    assert [(payload["event"], payload["data"].get("status")) for payload in payloads] == [
        ("workflow_started", None),
        ("node_started", None),
        ("node_finished", "failed"),
        ("workflow_finished", "failed"),
    ]
    assert payloads[-1]["data"]["error"] == "boom"
    assert "message_id" not in payloads[-1]


def test_a_handled_failure_makes_the_run_partly_succeeded() -> None:
    stream = workflow()
    started = event(2, "node_started", node_id="code", kind="code", attempt=1)
    handled = event(3, "node_failed", node_id="code", error={"code": "x", "message": "boom"}, handled="branch",
                    inputs={}, outputs={"error_message": "boom"}, elapsed_ms=1.0)  # fmt: skip

    payloads = [payload for entry in [STARTED, started, handled, FINISHED] for payload in stream.translate(entry)]

    assert payloads[2]["data"]["status"] == "exception"
    assert payloads[-1]["data"]["status"] == "partial-succeeded"
    assert payloads[-1]["data"]["exceptions_count"] == 1


def test_an_answer_that_was_rewritten_replaces_what_was_shown() -> None:
    stream = chat()

    payloads = [p for e in [STARTED, HEL, event(4, "answer_reset", text="Hi")] for p in stream.translate(e)]

    assert (payloads[-1]["event"], payloads[-1]["answer"]) == ("message_replace", "Hi")


def test_a_stopped_chat_keeps_its_partial_answer_and_ends_properly() -> None:
    stream = chat()
    stopped = event(4, "run_stopped", reason="user", answer="Hel", outputs={}, elapsed_ms=5.0)

    payloads = [payload for entry in [STARTED, HEL, stopped] for payload in stream.translate(entry)]

    assert [payload["event"] for payload in payloads] == [
        "workflow_started",
        "message",
        "workflow_finished",
        "message_end",
    ]
    assert payloads[2]["data"]["status"] == "stopped"


def test_a_workflow_streams_the_text_that_its_end_hands_out() -> None:
    stream = workflow()
    log = [
        STARTED,
        LLM_STARTED,
        event(3, "node_delta", node_id="llm", output="reasoning", text="hm"),
        event(4, "node_delta", node_id="llm", output="text", text="Hel"),
        event(5, "answer_delta", node_id="end", text="Hel"),
    ]

    payloads = [payload for entry in log for payload in stream.translate(entry)]

    assert [payload["event"] for payload in payloads] == ["workflow_started", "node_started", "text_chunk"]
    assert payloads[-1]["data"] == {"text": "Hel", "from_variable_selector": ["end", "answer"]}


def test_a_long_stream_keeps_no_log() -> None:
    stream = workflow()
    names(stream, [STARTED, LLM_STARTED, LLM_FINISHED])
    small = len(pickle.dumps(stream))

    names(stream, [event(seq, "node_delta", node_id="llm", output="text", text="word") for seq in range(6, 1000)])

    assert len(pickle.dumps(stream)) == small


def _node(seq: int, type: str, node_id: str, frame: str = "", **fields: Any) -> dict[str, Any]:
    return event(seq, type, node_id=node_id, **({"frame": frame} if frame else {}), **fields)


def _done(seq: int, node_id: str, frame: str = "", **outputs: Any) -> dict[str, Any]:
    rest = {"inputs": {}, "outputs": outputs, "handle": None, "elapsed_ms": 10.0, "usage": USAGE, "facts": {}}
    return _node(seq, "node_finished", node_id, frame, **rest)


def test_an_iteration_is_told_by_its_own_events_and_what_is_inside_with_its_id() -> None:
    stream = workflow()
    log = [
        STARTED,
        _node(2, "node_started", "each", kind="iteration", attempt=1),
        _node(3, "container_started", "each", inputs={"items": [1]}, length=1),
        _node(4, "frame_started", "each", index=0),
        _node(5, "node_started", "code", "each:0", kind="code", attempt=1),
        _done(6, "code", "each:0", n=1),
        _node(7, "frame_finished", "each", index=0, output=1, error=None, elapsed_ms=20.0),
        _done(8, "each", output=[1]),
    ]

    payloads = [payload for entry in log for payload in stream.translate(entry)][1:]

    assert [payload["event"] for payload in payloads] == [
        "iteration_started", "iteration_next", "node_started", "node_finished", "iteration_completed",
    ]  # fmt: skip
    begun, following, _, inner, completed = (payload["data"] for payload in payloads)
    assert (begun["id"], begun["metadata"], following["index"]) == ("each", {"iteration_length": 1}, 0)
    assert (inner["iteration_id"], inner["execution_metadata"]["iteration_index"]) == ("each", 0)
    assert (completed["outputs"], completed["status"], completed["steps"]) == ({"output": [1]}, "succeeded", 1)
    assert completed["execution_metadata"]["iteration_duration_map"] == {"0": 0.02}


def test_a_loops_round_is_told_with_what_the_one_before_gave() -> None:
    stream = workflow()
    log = [
        _node(2, "node_started", "again", kind="loop", attempt=1),
        _node(3, "container_started", "again", inputs={}, length=None),
        _node(4, "frame_started", "again", index=0),
        _node(5, "frame_finished", "again", index=0, output={"n": 1}, error=None, elapsed_ms=20.0),
        _node(6, "frame_started", "again", index=1),
    ]

    payloads = [payload for entry in log for payload in stream.translate(entry)]

    assert [payload["event"] for payload in payloads] == ["loop_started", "loop_next", "loop_next"]
    assert [payload["data"]["pre_loop_output"] for payload in payloads[1:]] == [None, {"n": 1}]


def test_what_happens_inside_a_called_workflow_is_its_own_affair() -> None:
    stream = workflow()
    log = [
        _node(2, "node_started", "call", kind="workflow", attempt=1),
        _node(3, "frame_started", "call", index=0),
        _node(4, "node_started", "code", "call:0", kind="code", attempt=1),
        _done(5, "code", "call:0", n=1),
        _done(6, "call", n=1),
    ]

    assert names(stream, log) == ["node_started", "node_finished"]


def test_an_agents_steps_are_told_as_its_log() -> None:
    stream = workflow()
    stream.translate(_node(2, "node_started", "agent", kind="agent", attempt=1))
    step = {"attempt": 1, "index": 0, "name": "current_time", "kind": "tool", "input": {}, "output": "now"}

    (told,) = stream.translate(_node(3, "node_step", "agent", **step, error=None, elapsed_ms=5.0, usage=None))

    assert (told["event"], told["data"]["label"], told["data"]["status"]) == ("agent_log", "current_time", "success")
    assert told["data"]["data"] == {"kind": "tool", "input": {}, "output": "now"}
