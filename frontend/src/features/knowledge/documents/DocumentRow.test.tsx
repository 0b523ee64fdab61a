import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { type KnowledgeDocument } from "@/api";
import { TooltipProvider } from "@/kit";
import { DocumentRow } from "./DocumentRow";

const base: KnowledgeDocument = {
  id: "d", dataset_id: "k", name: "Manual.pdf", size_bytes: 4_812_332, mime_type: "application/pdf", stage: "ready", progress: 1, done: 0, total: 0,
  chunk_count: 214, error: null, eta_s: null, created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z",
};

function draw(over: Partial<KnowledgeDocument>) {
  const on = { onOpen: vi.fn(), onCancel: vi.fn(), onResume: vi.fn(), onDelete: vi.fn() };
  render(
    <TooltipProvider>
      <DocumentRow document={{ ...base, ...over }} selected={false} {...on} />
    </TooltipProvider>,
  );
  return on;
}

describe("DocumentRow", () => {
  it("shows stage, count, progress and time left while it moves, with cancel beside", async () => {
    const on = draw({ stage: "embedding", progress: 0.46, done: 118, total: 256, eta_s: 42, chunk_count: 0 });

    expect(screen.getByText("Embedding")).toBeInTheDocument();
    expect(screen.getByText("118 / 256")).toBeInTheDocument();
    expect(screen.getByText("42 s left")).toBeInTheDocument();
    expect(screen.getByRole("progressbar", { name: "Progress of Manual.pdf" })).toHaveAttribute("aria-valuenow", "46");
    await userEvent.click(screen.getByRole("button", { name: "Cancel Manual.pdf" }));
    expect(on.onCancel).toHaveBeenCalledOnce();
  });

  it("says why it failed and offers another try", async () => {
    const on = draw({ stage: "failed", chunk_count: 0, error: { code: "parse_failed", message: "The file is damaged." } });

    expect(screen.getByRole("alert")).toHaveTextContent("This document could not be made searchableThe file is damaged.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(on.onResume).toHaveBeenCalledOnce();
  });

  it("opens, and rests quietly when ready", async () => {
    const on = draw({});

    await userEvent.click(screen.getByRole("button", { name: "Manual.pdf" }));

    expect(on.onOpen).toHaveBeenCalledOnce();
    expect(screen.queryByRole("progressbar")).toBeNull();
    expect([screen.getByText("Ready"), screen.getByText("214"), screen.getByText("4.81 MB")]).toHaveLength(3);
  });
});
