import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "@/graph";
import { ragDoc } from "@/graph/testing/factories";
import { fakeServer } from "@/testing/fakeServer";
import { makeEditor, show } from "../testing/harness";
import { PublishDialog } from "./PublishDialog";

const said = (code: string, node_id: string, severity: Fault["severity"]): Fault => ({ code, message: code, node_id, field: null, severity });

function open(...faults: Fault[]) {
  const doc = ragDoc();
  const editor = makeEditor({ ...doc, nodes: doc.nodes.map((node) => (node.id === "llm" ? { ...node, title: "Ask the agent" } : node)) });
  editor.store.set({ faults });
  editor.show({ surface: "publish" });
  show(<PublishDialog appId="a1" autosave={null} />, editor);
  return editor;
}

afterEach(() => vi.unstubAllGlobals());

describe("PublishDialog", () => {
  it("names the nodes that cannot run, leads to them, and publishes when told to", async () => {
    const server = fakeServer({ "GET /apps/a1": { published_version: 2, site: null }, "POST /apps/a1/versions": { number: 3 }, "GET /apps/a1/site": { enabled: true, code: "k3" } });
    const editor = open(said("node_unsupported", "llm", "warning"));

    expect(await screen.findByText("Ask the agent cannot run here: a run that comes to it fails.")).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: /^Ask the agent/ }));
    expect(editor.store.get()).toMatchObject({ surface: null, openNode: "llm" });

    editor.show({ surface: "publish" });
    await userEvent.click(await screen.findByRole("button", { name: "Publish anyway" }));
    await waitFor(() => expect(server.asked.map((one) => `${one.method} ${one.path}`)).toContain("POST /apps/a1/versions"));
  });

  it("is kept from publishing by errors, and lists warnings beside them", async () => {
    fakeServer({ "GET /apps/a1": { published_version: 2, site: null } });
    open(said("model_missing", "llm", "error"), said("node_unreachable", "answer", "warning"));

    expect(await screen.findByText("1 problem must be solved first")).toBeInTheDocument();
    expect(screen.getByText("1 thing to know before")).toBeInTheDocument();
    expect(await screen.findByRole("button", { name: "Publish v3" })).toBeDisabled();
  });
});
