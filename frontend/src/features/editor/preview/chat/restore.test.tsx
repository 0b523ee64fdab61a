import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "@/graph";
import { fakeServer } from "@/testing/fakeServer";
import { rememberRun, rememberTalk } from "../../run/lastRun";
import { RunPill } from "../../run/RunPill";
import { useRuns } from "../../run/useRuns";
import { show } from "../../testing/harness";
import { Preview } from "../Preview";

const at = "2026-01-01T00:00:00.000Z";
const begun = (run: string): RunEvent => ({ type: "run_started", seq: 1, at, run_id: run, mode: "chat", inputs: {}, sys: {} });
const said = (text: string): RunEvent => ({ type: "answer_delta", seq: 2, at, node_id: "answer", text });
const ended = (answer: string): RunEvent => ({ type: "run_finished", seq: 3, at, outputs: {}, answer, usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost: 0 }, elapsed_ms: 5, exceptions: 0 });

const { told } = vi.hoisted(() => ({ told: new Map<string, { onEvent: (event: unknown) => void }>() }));
vi.mock("@/api", async (original) => ({
  ...(await original<object>()),
  followRun: (id: string, reader: { onEvent: (event: unknown) => void }) => {
    told.set(id, reader);
    return () => told.delete(id);
  },
}));

const noWait = () => Promise.resolve();
function Page() {
  const runs = useRuns("a1", noWait);
  return <><RunPill runs={runs} /><Preview appId="a1" runs={runs} /></>;
}

beforeEach(() => sessionStorage.clear());
afterEach(() => vi.unstubAllGlobals());

describe("a reload", () => {
  it("finds the conversation again and follows the run that goes on", async () => {
    rememberRun("a1", "r2");
    rememberTalk("a1", { conversation: "c", turns: [{ runId: "r1", query: "First?" }, { runId: "r2", query: "Second?" }] });
    fakeServer({ "GET /runs/r2": { id: "r2", status: "running" }, "GET /runs/r1/log": { items: [begun("r1"), said("One."), ended("One.")], next: null } });
    show(<Page />);

    expect(await screen.findByText("Second?")).toBeVisible();
    expect(await screen.findByText("One.")).toBeVisible();
    await waitFor(() => expect(told.has("r2")).toBe(true));
    for (const event of [begun("r2"), said("Two is com")]) told.get("r2")?.onEvent(event);

    expect(await screen.findByText(/Two is com/)).toBeVisible();
    expect(document.querySelector("[data-run=running]")).not.toBeNull();
    expect(screen.getByRole("button", { name: /stop/i })).toBeVisible();
  });

  it("shows nothing where nothing was run", () => {
    const editor = show(<Page />);

    expect(editor.store.get()).toMatchObject({ run: null, preview: false });
  });
});
