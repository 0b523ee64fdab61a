import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Session, type Trigger } from "@/api";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { webhookCurl } from "@/graph";
import { plainlyOf } from "./plainly";
import { TriggersCard } from "./TriggersCard";

const HOOK: Trigger = {
  id: "t1", node_id: "hook", kind: "webhook", title: "New order", enabled: true, live: true, in_draft: true, url: "http://weft/triggers/abc", test_url: "http://weft/triggers/test/xyz", method: "POST", cron: null, timezone: null, next_at: null, next_times: [],
  last_firing: { id: "f1", at: "2026-01-01T00:00:00Z", scheduled_at: null, run_id: "r1", status: "started", error: null }, problem: null,
};
const CLOCK: Trigger = { ...HOOK, id: "t2", node_id: "clock", kind: "schedule", title: "Morning", live: false, url: null, test_url: null, method: null, cron: "0 9 * * 1-5", timezone: "Asia/Shanghai", next_times: ["2026-01-02T01:00:00Z"], last_firing: null };
const DRAFT = { document: { nodes: [{ id: "hook", config: { method: "POST", body: [{ name: "order", type: "object" }] } }] } };
const draw = (items: Trigger[], role = "editor") => {
  const server = fakeServer({ "GET /apps/a1/triggers": { items, next: null }, "GET /apps/a1/draft": DRAFT, "GET /apps/a1/triggers/t1/firings": { items: [HOOK.last_firing], next: null }, "PATCH /apps/a1/triggers/t1": { ...HOOK, title: "hook", enabled: false } });
  renderPage(<TriggersCard appId="a1" />, { session: { role } as Session });
  return server;
};

afterEach(() => vi.unstubAllGlobals());

describe("plainlyOf", () => {
  it("says schedules as people do, and leaves alone what it cannot say", () => {
    const say = (cron: string) => plainlyOf(cron, "en-GB");
    expect(["*/15 * * * *", "* * * * *", "5 * * * *", "30 9 * * *", "0 9 * * 1-5", "0 18 * * fri,0", "0 8 1 * *"].map(say)).toEqual([
      { key: "minutes", count: 15 }, { key: "minutes", count: 1 }, { key: "hourly", minute: "05" }, { key: "daily", time: "09:30" }, { key: "weekdays", time: "09:00", days: "Monday, Tuesday, Wednesday, Thursday and Friday" }, { key: "weekly", time: "18:00", days: "Friday and Sunday" }, { key: "monthly", time: "08:00", day: 1 },
    ]);
    expect(["0 9 * 6 *", "0 9,12 * * *", "0 9 1 * 1", "nonsense", "0 9 * * 5-1"].map(say)).toEqual([null, null, null, null, null]);
  });
});

describe("webhookCurl", () => {
  it("sends what the webhook declares, in its content type", () => {
    expect(webhookCurl("http://w/x", { body: [{ name: "it's", type: "number" }], headers: [{ name: "X-Id" }], params: [{ name: "q" }] })).toBe(`curl 'http://w/x?q=%E2%80%A6' \\\n  -H 'X-Id: …' \\\n  -H 'Content-Type: application/json' \\\n  --data '{"it'\\''s":1}'`);
    expect(webhookCurl("http://w/x", { method: "PUT", content_type: "multipart/form-data", body: [{ name: "doc", type: "file" }] })).toBe("curl -X PUT 'http://w/x' \\\n  -F 'doc=@file.pdf'");
    expect(webhookCurl("http://w/x", { method: "GET" })).toBe("curl -X GET 'http://w/x'");
  });
});

describe("TriggersCard", () => {
  it("shows where a webhook listens, what it started, and switches it off", async () => {
    const server = draw([HOOK]);
    expect(await screen.findByText("http://weft/triggers/abc")).toBeVisible();
    await waitFor(() => expect(document.body).toHaveTextContent(`{"order":{}}`));
    await userEvent.click(screen.getByRole("button", { name: /Last fired/ }));
    expect(await screen.findByRole("link", { name: "Open run" })).toHaveAttribute("href", "/apps/a1/runs?run=r1");

    await userEvent.click(screen.getByRole("switch"));
    expect(await screen.findByText("Switched off")).toBeVisible();
    expect(screen.getByText("New order")).toBeVisible();
    expect(server.asked.find(({ method }) => method === "PATCH")?.body).toEqual({ enabled: false });
  });

  it("renews addresses only after saying what it ends", async () => {
    const server = draw([HOOK]);
    await userEvent.click(await screen.findByRole("button", { name: "New addresses" }));
    expect(server.asked.some(({ method }) => method === "PATCH")).toBe(false);
    await userEvent.click(screen.getAllByRole("button", { name: "New addresses" }).at(-1) as HTMLElement);

    await waitFor(() => expect(server.asked.find(({ method }) => method === "PATCH")?.body).toEqual({ renew_token: true }));
  });

  it("says a schedule plainly, and that it waits to be published", async () => {
    draw([CLOCK], "viewer");
    expect(await screen.findByText(/Monday to Friday at 0?9:00/)).toBeVisible();
    expect(screen.getByText("Not published")).toBeVisible();
    expect(screen.getByText("It would fire (your time)")).toBeVisible();
    expect(screen.getByText("It has not fired yet.")).toBeVisible();
    expect(screen.getByRole("switch")).toBeDisabled();
  });

  it("teaches where there is none", async () => {
    draw([]);
    expect(await screen.findByText("Nothing starts this app by itself")).toBeVisible();
    expect(screen.getByRole("link", { name: "Open the editor" })).toHaveAttribute("href", "/apps/a1");
  });
});
