import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type RunForm, type Session, type Wait } from "@/api";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { usedOf } from "../used";
import { RunWaits } from "./RunWaits";

const FORM: RunForm = {
  key: "each:0/ask/1", run_id: "r", node_id: "ask", frame: "each:0", title: "Check", content: "Publish?", fields: [], values: {}, actions: [{ id: "yes", title: "Publish", style: "primary" }], expires_at: null, status: "open", action_id: null, submitted: null, submitted_at: null, submitted_by: "", link: "http://weft/form/t", delivery: [{ type: "email", status: "not_configured" }],
};
const WAIT: Wait = { key: "k", type: "form", node_id: "ask", frame: "each:0", expires_at: null, event: null, callback: null };
const session = (role: string) => ({ role, limits: { max_upload_bytes: 1 } }) as Session;
const draw = (role: string, waits: Wait[] = [WAIT]) => renderPage(<RunWaits runId="r" waits={waits} titleOf={(id) => id} />, { session: session(role) });

afterEach(() => vi.unstubAllGlobals());

describe("RunWaits", () => {
  it("lets a member answer, and tells of mails that did not leave", async () => {
    const server = fakeServer({ "GET /runs/r/forms": { items: [FORM], next: null }, "POST /runs/r/forms/each%3A0%2Fask%2F1": {} });
    draw("editor");
    expect(await screen.findByText("No e-mail server is set up")).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));

    expect(await screen.findByText("Answered: Publish")).toBeVisible();
    expect(server.asked.find(({ method }) => method === "POST")?.body).toEqual({ action: "yes", inputs: {} });
  });

  it("shows viewers what is asked, without the buttons", async () => {
    fakeServer({ "GET /runs/r/forms": { items: [FORM], next: null } });
    draw("viewer");

    expect(await screen.findByText("Editors of the workspace can answer.")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Publish" })).toBeNull();
  });

  it("can tell a run that its event has happened", async () => {
    const server = fakeServer({ "POST /runs/r/signals": {} });
    draw("editor", [{ ...WAIT, type: "event", event: "paid", callback: "http://weft/cb" }]);
    await userEvent.click(screen.getByRole("button", { name: "It has happened" }));

    expect(server.asked[0]).toMatchObject({ path: "/runs/r/signals", body: { name: "paid", data: {} } });
  });
});

describe("usedOf", () => {
  const at = (s: number) => new Date(s * 1000).toISOString();
  const events = [
    { type: "run_started", seq: 1, at: at(0) }, { type: "node_started", seq: 2, at: at(0), node_id: "a", attempt: 1 }, { type: "node_started", seq: 3, at: at(1), node_id: "a", attempt: 1 }, { type: "run_paused", seq: 4, at: at(2), reasons: [] }, { type: "node_resumed", seq: 5, at: at(90), node_id: "a", signal: {} }, { type: "run_failed", seq: 6, at: at(91) },
  ] as never[];
  const state = { usage: { total_tokens: 120, cost: 0.5 }, error: { code: "budget_exceeded", message: "" } } as never;

  it("counts tries once and sleep not at all, and says which limit ended the run", () => {
    expect(usedOf(state, events, { tokens: 100, wall_s: 60 })).toEqual([
      { name: "wall_s", used: 3, limit: 60, hit: false }, { name: "tokens", used: 120, limit: 100, hit: true }, { name: "cost", used: 0.5, limit: null, hit: false }, { name: "steps", used: 1, limit: null, hit: false },
    ]);
  });
});
