import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type App } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { AppsPage } from "./AppsPage";

const WEEK = [0, 1, 2, 3, 4, 5, 6].map((day) => ({ date: `2026-01-0${day + 1}`, runs: day, errors: day === 6 ? 2 : 0 }));
const app = (over: Partial<App> = {}): App => ({
  id: "a1", name: "Product help", description: "Answers from the manuals.", icon: "support", mode: "chat", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z",
  published_version: 12, last_run: { status: "failed", at: new Date(Date.now() - 180_000).toISOString() }, activity: WEEK, site: { enabled: true, code: "k3" }, ...over,
});
const list = (...items: App[]) => ({ items, next: null });
const show = () => renderPage(<AppsPage />, { path: "/apps" });

afterEach(() => vi.unstubAllGlobals());

const REPORT = { format: "weft", loads: true, name: "Letters", mode: "chat", nodes: 1, models: [], tools: [], plugins: [], datasets: [], workflows: [], secrets: [], unsupported: [], references: [], changes: [] };

describe("AppsPage", () => {
  it("says of each app what it is, how its last run went and how its week was", async () => {
    fakeServer({ "GET /apps": list(app()) });
    show();

    const card = await screen.findByRole("listitem");
    expect(card).toHaveTextContent("Product helpChatv12 liveAnswers from the manuals.Failed 3 minutes ago");
    expect(within(card).getByRole("img", { name: "Last seven days: 21 runs, 2 failed" })).toBeInTheDocument();
    expect(within(card).getByRole("link", { name: "Product help" })).toHaveAttribute("href", "/apps/a1");
  });

  it("asks the server for what is searched", async () => {
    const server = fakeServer({ "GET /apps": list(app()), "GET /apps?q=zzz": list() });
    show();
    await userEvent.type(await screen.findByRole("searchbox"), "zzz");

    expect(await screen.findByText("No app matches “zzz”")).toBeInTheDocument();
    expect(server.asked.at(-1)?.path).toBe("/apps?q=zzz");
  });

  it("teaches when there is nothing", async () => {
    fakeServer({ "GET /apps": list() });
    show();

    expect(await screen.findByText("Build your first app")).toBeInTheDocument();
  });

  it("keeps an error in sight until trying again works", async () => {
    const server = fakeServer({ "GET /apps": refuse(503, "database_unavailable", "PostgreSQL does not answer.") });
    show();
    expect(await screen.findByRole("alert")).toHaveTextContent("PostgreSQL does not answer.");
    server.set("GET /apps", list(app()));
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));

    expect(await screen.findByText("Product help")).toBeInTheDocument();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("deletes at once, and brings back what was deleted by mistake", async () => {
    const server = fakeServer({ "GET /apps": list(app()), "DELETE /apps/a1": null, "POST /apps/a1/restore": app() });
    show();
    await userEvent.click(await screen.findByRole("button", { name: "Actions for Product help" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));

    await waitFor(() => expect(screen.queryByRole("link", { name: "Product help" })).toBeNull());
    await userEvent.click(await screen.findByRole("button", { name: "Undo" }));

    expect(await screen.findByRole("link", { name: "Product help" })).toBeInTheDocument();
    expect(server.asked.filter((one) => one.method !== "GET").map((one) => `${one.method} ${one.path}`)).toEqual(["DELETE /apps/a1", "POST /apps/a1/restore"]);
  });

  it("makes an app from a template and opens it", async () => {
    const server = fakeServer({ "GET /apps": list(), "GET /datasets": { items: [{ id: "d1", name: "Manuals", document_count: 3 }], next: null }, "POST /apps": app({ id: "a9" }) });
    const { router } = show();
    await userEvent.click((await screen.findAllByRole("button", { name: "New app" }))[0] as HTMLElement);
    await userEvent.type(await screen.findByLabelText("Name"), "Manual chat");
    await userEvent.click(screen.getByRole("button", { name: "Create app" }));

    await waitFor(() => expect(router.state.location.pathname).toBe("/apps/a9"));
    expect(server.asked.find((one) => one.method === "POST")?.body).toEqual({ name: "Manual chat", template: "rag-chat", icon: "book" });
  });

  it("hands over what an import left to do", async () => {
    const fault = { code: "edge_dropped", message: "Left out.", node_id: null, field: null, severity: "warning" };
    fakeServer({ "GET /apps": list(), "GET /datasets": { items: [], next: null }, "POST /apps/import/preview": { report: REPORT, faults: [fault] }, "POST /apps/import": { app: app({ id: "a9" }), report: REPORT, faults: [fault] } });
    const { router } = show();
    await userEvent.click((await screen.findAllByRole("button", { name: "New app" }))[0] as HTMLElement);
    const dialog = await screen.findByRole("dialog");
    await userEvent.click(within(dialog).getByRole("tab", { name: "Import file" }));
    const file = Object.assign(new File(["kind: app"], "app.yml"), { text: async () => "kind: app" }); // jsdom's files cannot be read
    await userEvent.upload(dialog.querySelector("input[type=file]") as HTMLInputElement, file);
    await waitFor(() => expect(within(dialog).getByLabelText("Name")).toHaveValue("Letters"));
    await userEvent.click(within(dialog).getByRole("button", { name: "Create app" }));

    await waitFor(() => expect(router.state.location).toMatchObject({ pathname: "/apps/a9", state: { imported: [fault] } }));
  });

  it("refuses a file that is larger than this Weft takes", async () => {
    fakeServer({ "GET /apps": list(), "GET /datasets": { items: [], next: null }, "GET /session": { limits: { max_upload_bytes: 5 * 1024 * 1024 } } });
    show();
    await userEvent.click((await screen.findAllByRole("button", { name: "New app" }))[0] as HTMLElement);
    const dialog = await screen.findByRole("dialog");
    await within(dialog).findByText(/up to 5 MB each/);
    const large = new File(["x"], "large.md");
    Object.defineProperty(large, "size", { value: 6_000_000 });
    await userEvent.upload(dialog.querySelector("input[type=file]") as HTMLInputElement, large);

    expect(within(dialog).getByRole("alert")).toHaveTextContent("large.md has 6 MB; the limit is 5 MB. Split it first.");
    expect(within(dialog).queryByRole("list", { name: "Files" })).toBeNull();
  });

  it("makes a knowledge base of files dropped with a new app", async () => {
    const server = fakeServer({
      "GET /apps": list(), "GET /datasets": { items: [], next: null }, "POST /datasets": { id: "d9" },
      "POST /datasets/d9/documents": { items: [], next: null }, "POST /apps": app({ id: "a9" }),
    });
    const { router } = show();
    await userEvent.click((await screen.findAllByRole("button", { name: "New app" }))[0] as HTMLElement);
    const dialog = await screen.findByRole("dialog");
    await userEvent.upload(dialog.querySelector("input[type=file]") as HTMLInputElement, new File(["Hold the button."], "manual.md"));
    expect(within(dialog).getByText("manual.md")).toBeInTheDocument();
    await userEvent.click(within(dialog).getByRole("button", { name: "Create app" }));

    await waitFor(() => expect(router.state.location.pathname).toBe("/apps/a9"));
    const sent = server.asked.filter((one) => one.method === "POST");
    expect(sent.map((one) => one.path)).toEqual(["/datasets", "/datasets/d9/documents", "/apps"]);
    expect(sent.at(-1)?.body).toEqual({ name: "Chat over documents", template: "rag-chat", icon: "book", dataset_id: "d9" });
  });
});
