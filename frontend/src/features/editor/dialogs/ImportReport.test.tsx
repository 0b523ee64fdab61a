import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { ReactFlowProvider } from "@xyflow/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { describe, expect, it } from "vitest";
import type { Fault } from "@/graph";
import { TooltipProvider } from "@/kit";
import { EditorProvider } from "../store/context";
import { makeEditor } from "../testing/harness";
import { ImportReport } from "./ImportReport";

const said = (code: string, node_id: string | null, severity: Fault["severity"] = "warning"): Fault => ({ code, message: code, node_id, field: null, severity });

function open(state: unknown) {
  const editor = makeEditor();
  const page = <EditorProvider editor={editor}><ReactFlowProvider><ImportReport /></ReactFlowProvider></EditorProvider>;
  const router = createMemoryRouter([{ path: "/apps/:id", element: page }], { initialEntries: [{ pathname: "/apps/a1", state }] });
  render(<QueryClientProvider client={new QueryClient()}><TooltipProvider><RouterProvider router={router} /></TooltipProvider></QueryClientProvider>);
  return { editor, router };
}

describe("ImportReport", () => {
  it("says what was read and what is left to do, and leads there", async () => {
    const { editor } = open({ imported: [said("edge_dropped", null), said("node_unsupported", "gone")] });
    act(() => editor.store.set({ faults: [said("model_provider_unknown", "llm", "error"), said("node_unsupported", "retrieve")] }));

    expect(await screen.findByText("Read 4 nodes and 3 edges.")).toBeInTheDocument();
    expect(screen.getByRole("status")).toHaveTextContent("1 model to choose, 1 node cannot run here, 1 part of the file left out");
    await userEvent.click(screen.getByRole("button", { name: /^retrieve/ }));
    expect(editor.store.get().openNode).toBe("retrieve");
  });

  it("is content when nothing is left, and goes when it is closed", async () => {
    const { editor, router } = open({ imported: [] });
    act(() => editor.store.set({ faults: [] }));

    expect(await screen.findByRole("status")).toHaveTextContent("Everything has its counterpart here.");
    await userEvent.click(screen.getByRole("button", { name: "Close" }));
    expect(screen.queryByRole("region")).toBeNull();
    expect(router.state.location.state).toBeNull();
  });

  it("is not there for an app that was not imported", () => {
    open(null);
    expect(screen.queryByRole("region")).toBeNull();
  });
});
