import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ImportPreview } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { ExportDialog } from "./ExportDialog";
import { ImportForm } from "./importing/ImportForm";
import { sectionsOf } from "./importing/sections";
import { changesOf, hunksOf } from "./versions/diff";
import { VersionsPage } from "./versions/VersionsPage";

const PREVIEW: ImportPreview = {
  report: {
    format: "dify", loads: true, name: "Letters", mode: "chat", nodes: 4,
    models: [{ code: "model_to_map", message: "…", provider: "openai", name: "gpt-4o", nodes: ["llm"] }, { code: "model_to_map", message: "…", provider: "weft", name: "weft-quote", nodes: ["quote"] }],
    tools: [{ code: "tool_missing", message: "…", provider: "tavily", tool: "search", nodes: ["search"] }], plugins: [], datasets: [], workflows: [], secrets: [{ code: "secret_missing", message: "…", name: "KEY" }],
    unsupported: [{ code: "node_unsupported", message: "…", node_id: "search", kind: "tool", missing: "the tool tavily/search" }, { code: "node_unsupported", message: "…", node_id: "1739191682740", kind: "datasource", missing: "the node datasource" }], references: [],
    changes: [{ code: "setting_ignored", message: "The setting x was left out.", node_id: "llm", field: null, severity: "warning" }, { code: "handle_unconnected", message: "Nothing follows.", node_id: "if", field: null, severity: "warning" }],
  },
  faults: [{ code: "model_provider_unknown", message: "…", node_id: "llm", field: null, severity: "error" }],
};
const DIFF = "--- 1\n+++ draft\n@@ -2,3 +2,4 @@\n nodes:\n   - id: llm\n-    title: Old\n+    title: New\n+    note: x\n";

afterEach(() => vi.unstubAllGlobals());

describe("sectionsOf", () => {
  it("tells what is to be done from what is only to be known, and leaves out what is here already", () => {
    expect(sectionsOf(PREVIEW).map(({ name, weight, items }) => [name, weight, items.map((item) => item.name || item.code)])).toEqual([
      ["unsupported", "todo", ["the node datasource"]], ["tools", "todo", ["tavily/search"]], ["models", "todo", ["openai/gpt-4o"]], ["secrets", "todo", ["KEY"]], ["changes", "told", ["setting_ignored"]], ["notes", "told", ["handle_unconnected"]],
    ]);
  });
});

describe("ImportForm", () => {
  it("shows what a text needs before it makes an app of it", async () => {
    const onCreated = vi.fn();
    const server = fakeServer({ "POST /apps/import/preview": PREVIEW, "POST /apps/import": { ...PREVIEW, app: { id: "a9" } } });
    renderPage(<ImportForm onCreated={onCreated} onCancel={vi.fn()} />);
    await userEvent.type(screen.getByLabelText("or paste its text"), "kind: app");
    await userEvent.click(screen.getByRole("button", { name: "Read it" }));
    expect(await screen.findByText("openai/gpt-4o")).toBeVisible();
    expect(server.asked.map(({ path }) => path)).toEqual(["/apps/import/preview"]);

    await userEvent.clear(screen.getByLabelText("Name"));
    await userEvent.type(screen.getByLabelText("Name"), "Mine");
    await userEvent.click(screen.getByRole("button", { name: "Create app" }));
    await waitFor(() => expect(onCreated).toHaveBeenCalledExactlyOnceWith({ id: "a9" }, PREVIEW.faults));
    expect(server.asked.at(-1)?.body).toEqual({ text: "kind: app", name: "Mine" });
  });

  it("takes a file, and says why it is none", async () => {
    fakeServer({ "POST /apps/import/preview": refuse(422, "import_invalid", "This file cannot be read: line 3.") });
    const { container } = renderPage(<ImportForm onCreated={vi.fn()} onCancel={vi.fn()} />);
    await userEvent.upload(container.querySelector("input[type=file]") as HTMLInputElement, Object.assign(new File(["{"], "broken.yml"), { text: () => Promise.resolve("{") }));

    expect(await screen.findByRole("alert")).toHaveTextContent("This file cannot be read: line 3.");
    expect(screen.getByRole("button", { name: "Create app" })).toBeDisabled();
  });
});

describe("ExportDialog", () => {
  it("says what the chosen format cannot say", async () => {
    const file = { filename: "Letters.weft.yaml", text: "weft: 1", issues: [] };
    const issues = [{ code: "export_dropped", message: "Limits have no place in this format.", node_id: "llm", field: null, severity: "warning" }];
    fakeServer({ "GET /apps/a1/versions": { items: [{ number: 2, id: "v", note: "", is_live: true }], next: null }, "GET /apps/a1/export?format=weft&envelope=json": file, "GET /apps/a1/export?format=dify&envelope=json": { ...file, filename: "Letters.dify.yml", issues } });
    renderPage(<ExportDialog app={{ id: "a1", name: "Letters" }} onClose={vi.fn()} />);
    expect(await screen.findByText("Letters.weft.yaml says everything that is in the app.")).toBeVisible();
    await userEvent.click(screen.getByRole("radio", { name: "Dify YAML" }));

    expect(await screen.findByText("Limits have no place in this format.")).toBeVisible();
  });
});

describe("differences", () => {
  it("are lines with their place", () => {
    expect(hunksOf(DIFF, "weft: 1\nnodes:\n  - id: llm\n    title: New\n    note: x\n")).toEqual([{
      place: "llm",
      lines: [
        { kind: "same", from: 2, to: 2, text: "nodes:" }, { kind: "same", from: 3, to: 3, text: "  - id: llm" }, { kind: "removed", from: 4, to: null, text: "    title: Old" }, { kind: "added", from: null, to: 4, text: "    title: New" }, { kind: "added", from: null, to: 5, text: "    note: x" },
      ],
    }]);
  });

  it("are things that came, went and changed, whatever the order of names", () => {
    const before = { nodes: [{ id: "a", title: "Ask", config: { x: 1, y: null } }, { id: "b", title: "Go" }, { id: "c" }], edges: [{ source: "a", target: "b" }] };
    const after = { nodes: [{ id: "a", config: { x: 1 }, title: "Ask" }, { id: "b", title: "Went" }, { id: "d", title: "New" }], edges: [{ source: "a", target: "d" }], limits: { steps: 3 } };
    expect(changesOf(before, after)).toEqual({ added: ["New"], removed: ["c"], changed: ["Went"], links: 2, others: ["limits"] });
  });

  it("are shown for the version asked for", async () => {
    const version = (number: number) => ({ number, id: `v${number}`, note: `Note ${number}`, created_at: "2026-01-01T00:00:00Z", author: { name: "Lin" }, is_live: number === 2, document: { nodes: [{ id: "llm", title: "Old" }] } });
    fakeServer({ "GET /apps/a1": { id: "a1", name: "Letters" }, "GET /apps/a1/versions": { items: [version(2), version(1)], next: null }, "GET /apps/a1/versions/1/diff?against=2": { from: { label: "1", text: "" }, to: { label: "2", text: "nodes:\n  - id: llm\n" }, diff: DIFF }, "GET /apps/a1/versions/1": version(1), "GET /apps/a1/versions/2": { ...version(2), document: { nodes: [{ id: "llm", title: "New" }] } } });
    renderPage(<VersionsPage />, { path: "/apps/:appId/versions", at: "/apps/a1/versions?from=1&to=2" });

    expect(await screen.findByText("Note 1")).toBeVisible();
    expect(await screen.findByText("title: New")).toBeVisible();
    expect(screen.getByText("Changed").nextElementSibling).toHaveTextContent("New");
    expect([screen.getByText("+2"), screen.getByText("−1")]).toHaveLength(2);
  });
});
