"""Agents that are killed on their way: nothing is paid twice, what is in doubt is not done again."""

from __future__ import annotations

from typing import Any

from tests.workflows.agents import NOW, TIME, agent, steps
from workflows import Plan, Ports, RunInputs, compile, load
from workflows.drive import drive
from workflows.events import Event, NodeIntent, NodeStep, RunFinished, decode, encode
from workflows.ports import ChatRequest, ToolRequest, ToolResult
from workflows.state import fold
from workflows.testing import FakeTools, FixedClock, MemoryJournal, ScriptedModels, answer_of, calls

PAY = {"provider": "shop", "tool": "pay", "parameters": {"type": "object", "properties": {"sum": {"type": "number"}}}}


class Shop:
    """A shop that counts what it was paid, by key."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def port(self) -> FakeTools:
        def pay(request: ToolRequest) -> ToolResult:
            self.keys.append(request.key)
            return ToolResult(text=f"paid {request.arguments['sum']}")

        return FakeTools(pay=pay)


def customer(request: ChatRequest) -> Any:
    """Pays twice at once, then once more, then says what it was told."""
    told = [str(message.content) for message in request.messages if message.role == "tool"]
    if len(told) == 0:
        return ["On it.", calls(("pay", {"sum": 1}), ("pay", {"sum": 2}))]
    if len(told) == 2:
        return [calls(("pay", {"sum": 3}), NOW, first=2)]
    return "; ".join(told) + "."


async def finish(plan: Plan, history: list[Event], shop: Shop) -> list[Event]:
    journal = MemoryJournal()
    ports = Ports(models=ScriptedModels(customer), tools=shop.port(), journal=journal, clock=FixedClock())
    await drive(plan, run_id="r", inputs=RunInputs(query="Pay"), ports=ports, history=history)
    return [*history, *journal.events]


async def test_a_killed_agent_goes_on_and_pays_nothing_twice() -> None:
    plan = compile(load(agent(PAY, TIME)))
    whole = await finish(plan, [], Shop())
    expected = fold(whole)
    assert expected.answer == "paid 1; paid 2; paid 3; 2026-01-01 00:00:00."
    intents = [event.key for event in whole if isinstance(event, NodeIntent)]
    assert intents == ["r:a:1:1", "r:a:1:2", "r:a:1:4"]

    for cut in range(1, len(whole)):
        history = [decode(encode(event)) for event in whole[:cut]]
        begun = {event.key for event in history if isinstance(event, NodeIntent)}
        ended = {f"r:a:1:{event.index}" for event in history if isinstance(event, NodeStep)}
        shop = Shop()
        recovered = await finish(plan, history, shop)
        state = fold(recovered)

        assert state.status == "finished"
        assert not begun & set(shop.keys), "what was begun before the cut is not tried again"
        if begun <= ended:
            assert (state.answer, answer_of(recovered)) == (expected.answer, expected.answer)
            assert state.nodes["a"].outputs == expected.nodes["a"].outputs
        else:
            assert "It is unknown whether pay did" in state.answer


async def test_a_tool_in_doubt_is_not_called_again() -> None:
    plan = compile(load(agent(PAY, TIME)))
    whole = await finish(plan, [], Shop())
    cut = next(i for i, event in enumerate(whole) if isinstance(event, NodeIntent)) + 1
    shop = Shop()

    recovered = await finish(plan, whole[:cut], shop)

    assert shop.keys == []
    codes = {step.index: step.error.code if step.error else None for step in steps(recovered) if step.name == "pay"}
    assert codes == {1: "outcome_unknown", 2: "tool_doubtful", 4: "tool_doubtful"}
    assert isinstance(recovered[-1], RunFinished)
