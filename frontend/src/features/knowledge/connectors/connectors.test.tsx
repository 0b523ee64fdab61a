import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Connector, type Session } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { ConnectorsSheet } from "./ConnectorsSheet";

const AT = "2026-01-01T00:00:00Z";
const place: Connector = {
  id: "p", dataset_id: "k", kind: "url", name: "example.com/help", settings: { mode: "pages", urls: ["https://example.com/help"], include: [], exclude: [], limit: 500 }, every_s: 86_400, is_enabled: true, next_at: null, looking: false, document_count: 3,
  report: { at: AT, added: 1, changed: 2, removed: 0, unchanged: 4, failed: 1, failures: [{ key: "https://example.com/x", code: "page_failed", message: "It answered 500." }], error: null }, created_at: AT, updated_at: AT,
};

function draw(items: Connector[], answers: Record<string, unknown> = {}, role: Session["role"] = "editor") {
  const server = fakeServer({ "GET /datasets/k/connectors": { items, next: null }, ...answers });
  renderPage(<ConnectorsSheet datasetId="k" open onOpenChange={() => undefined} />, { session: { role } as Session });
  return server;
}

afterEach(() => vi.unstubAllGlobals());

describe("ConnectorsSheet", () => {
  it("tells what the last look brought and what could not be read", async () => {
    draw([place]);

    expect(await screen.findByText("1 new · 2 changed · 0 gone · 4 as before · 1 failed")).toBeInTheDocument();
    expect(screen.getByText("Web pages · 3 documents")).toBeInTheDocument();
    expect(screen.getByText("It answered 500.", { exact: false })).toBeInTheDocument();
  });

  it("follows the pages that are given, one address a line", async () => {
    const server = draw([], { "POST /datasets/k/connectors": place });

    await userEvent.type(await screen.findByLabelText("Addresses"), "https://example.com/a{Enter}https://example.com/b");
    await userEvent.click(screen.getByRole("button", { name: "Follow" }));

    await waitFor(() => expect(server.asked.find((one) => one.method === "POST")?.body).toEqual({
      kind: "url", name: "example.com/a +1", every_s: 86_400, settings: { mode: "pages", urls: ["https://example.com/a", "https://example.com/b"], include: [], exclude: [], limit: 500 },
    }));
  });

  it("keeps a refused folder in the form with the reason", async () => {
    draw([], { "POST /datasets/k/connectors": refuse(422, "connector_folder_refused", "The folder /etc is not open.") });
    await userEvent.click(await screen.findByRole("radio", { name: "Folder" }));
    await userEvent.type(screen.getByLabelText("Folder on the server"), "/etc");
    await userEvent.click(screen.getByRole("button", { name: "Follow" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("The folder /etc is not open.");
    expect(screen.getByLabelText("Folder on the server")).toHaveValue("/etc");
  });

  it("looks at once when asked to, and rests when switched off", async () => {
    const server = draw([place], { "POST /connectors/p/look": { ...place, looking: true }, "PATCH /connectors/p": { ...place, is_enabled: false } });

    await userEvent.click(await screen.findByRole("button", { name: "Look now" }));
    await userEvent.click(screen.getByRole("switch", { name: "example.com/help is followed" }));

    await waitFor(() => expect(server.asked.filter((one) => one.method !== "GET").map(({ path, body }) => [path, body])).toEqual([["/connectors/p/look", null], ["/connectors/p", { is_enabled: false }]]));
  });

  it("only tells who may not change anything", async () => {
    draw([place], {}, "viewer");

    expect(await screen.findByText("example.com/help")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Look now" })).toBeNull();
    expect(screen.queryByRole("switch")).toBeNull();
  });
});
