import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { AccessPage } from "./AccessPage";

const APP = { id: "a1", name: "Help", mode: "chat", published_version: 3 };
const SITE = { enabled: true, title: "Help", greeting: "Hello", suggested_questions: [], code: "k3x9" };
const BASE = { "GET /apps/a1": APP, "GET /apps/a1/site": SITE, "GET /apps/a1/keys": { items: [], next: null } };
const show = () => renderPage(<AccessPage />, { path: "/apps/:appId/access", at: "/apps/a1/access" });

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("AccessPage", () => {
  it("saves what is typed once, when typing pauses", async () => {
    // a clock of its own, that stands while the machine is busy: two letters are never a pause apart
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const server = fakeServer({ ...BASE, "PATCH /apps/a1/site": SITE });
    show();
    await userEvent.type(await screen.findByLabelText("Title"), "!?");

    expect(await screen.findByText("Saved")).toBeInTheDocument();
    expect(server.asked.filter((one) => one.method === "PATCH").map((one) => one.body)).toEqual([{ title: "Help!?" }]);
  });

  it("shows a new key once and puts it into the samples", async () => {
    fakeServer({ ...BASE, "POST /apps/a1/keys": { id: "k", key: "app-secret", prefix: "app-se", created_at: "2026-01-01T00:00:00Z" } });
    show();
    await userEvent.click(await screen.findByRole("button", { name: "New key" }));
    expect(await screen.findByText("app-secret")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "I have copied it" }));

    expect(screen.getByText("\"Authorization: Bearer app-secret\"")).toBeInTheDocument();
  });

  it("gives the line that puts the bubble on a page", async () => {
    fakeServer(BASE);
    show();

    const line = `<script src="${location.origin}/embed.js" data-code="k3x9" async></script>`;
    await waitFor(() => expect(document.body).toHaveTextContent(line));
  });

  it("shows a workflow its own endpoint", async () => {
    fakeServer({ ...BASE, "GET /apps/a1": { ...APP, mode: "workflow", published_version: null } });
    show();

    expect(await screen.findByText(`${location.origin}/v1/workflows/run`)).toBeInTheDocument();
    expect(screen.getByText("Not published yet")).toBeInTheDocument();
  });
});
