import { screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Role, type Session } from "@/api";
import { AppsPage } from "@/features/apps";
import { DatasetPage, KnowledgePage } from "@/features/knowledge";
import { ModelsPage } from "@/features/models";
import { AccessPage } from "@/features/publish";
import { giveRoom, makeDataset, makeDocument } from "@/features/knowledge/testing/make";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { Settings } from "./Settings";

const none = { items: [], next: null };
const app = { id: "a", name: "Help", description: "", icon: "", mode: "chat", published_version: null, last_run: null, activity: [], site: null };
const dataset = makeDataset({ id: "d", name: "Manuals" });
const document = makeDocument({ id: "m", dataset_id: "d", stage: "failed", error: { code: "parse_failed", message: "Damaged." } });
const provider = { slug: "openai", name: "OpenAI", base_url: "https://api.openai.com/v1", has_key: true, key_hint: "…1", builtin: false, models: [], created_at: null };

const sessionOf = (role: Role): Session => ({ user: { id: "u", email: "lin@acme.example", name: "Lin", language: "en" }, workspace: { id: "w", name: "Acme" }, role, limits: { max_upload_bytes: 1 } });

function serve(role: Role) {
  vi.stubGlobal("WebSocket", class { send() {} close() {} });
  giveRoom();
  return fakeServer({
    "GET /session": sessionOf(role),
    "GET /apps": { items: [app], next: null }, "GET /apps/a": app, "GET /apps/a/site": { enabled: true, title: "Help", greeting: "", suggested_questions: [], code: "c" }, "GET /apps/a/keys": none, "GET /apps/a/draft": { document: {} },
    "GET /datasets": { items: [dataset], next: null }, "GET /datasets/d": dataset, "GET /datasets/d/documents": { items: [document], next: null }, "GET /dataset-keys": none,
    "GET /providers": { items: [provider], next: null }, "GET /models": none, "POST /providers/weft/test": { ok: true, elapsed_ms: 1 },
  });
}
const buttons = () => screen.queryAllByRole("button").map((button) => button.getAttribute("aria-label") ?? button.textContent);

const PAGES = [
  { name: "apps", draw: (session: Session) => renderPage(<AppsPage />, { session, path: "/apps" }), sign: "Help", forEditors: ["New app"] },
  { name: "knowledge", draw: (session: Session) => renderPage(<KnowledgePage />, { session, path: "/knowledge" }), sign: "Manuals", forEditors: ["New knowledge base", "More for Manuals"] },
  { name: "dataset", draw: (session: Session) => renderPage(<DatasetPage />, { session, path: "/knowledge/:datasetId", at: "/knowledge/d" }), sign: "Damaged.", forEditors: ["Try again", "More for Manual.pdf"] },
  { name: "models", draw: (session: Session) => renderPage(<ModelsPage />, { session }), sign: "OpenAI", forEditors: ["Test"] },
  { name: "access", draw: (session: Session) => renderPage(<AccessPage />, { session, path: "/apps/:appId/access", at: "/apps/a/access" }), sign: "Chat page", forEditors: ["New key"] },
  { name: "settings", draw: (session: Session) => renderPage(<Settings />, { session }), sign: "Acme", forEditors: ["New key"] },
];

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe.each(PAGES)("$name", ({ draw, sign, forEditors }) => {
  const isThere = async () => void (await screen.findAllByText((_, node) => node?.textContent === sign || (node as HTMLInputElement | null)?.value === sign));

  it("offers editors what they may do", async () => {
    serve("editor");
    draw(sessionOf("editor"));
    await isThere();

    await vi.waitFor(() => expect(buttons()).toEqual(expect.arrayContaining(forEditors)));
  });

  it("keeps from viewers what the server would refuse", async () => {
    const server = serve("viewer");
    draw(sessionOf("viewer"));
    await isThere();
    await vi.waitFor(() => expect(buttons().filter((label) => forEditors.includes(label ?? ""))).toEqual([]));

    expect(server.asked.filter(({ method, path }) => method !== "GET" || path.includes("keys"))).toEqual([]);
  });
});
