import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { type KnowledgeDocument } from "@/api";
import { TooltipProvider } from "@/kit";
import { makeDocument } from "../testing/make";
import { DocumentRow } from "./DocumentRow";

function draw(over: Partial<KnowledgeDocument>, readOnly = false) {
  const on = { onTick: vi.fn(), onDo: vi.fn(), onDelete: vi.fn() };
  render(
    <MemoryRouter>
      <TooltipProvider>
        <DocumentRow document={makeDocument(over)} ticked={false} readOnly={readOnly} {...on} />
      </TooltipProvider>
    </MemoryRouter>,
  );
  return on;
}

describe("DocumentRow", () => {
  it("shows stage, count, progress and time left while it moves, with pause and cancel beside", async () => {
    const on = draw({ stage: "embedding", progress: 0.46, done: 118, total: 256, eta_s: 42, chunk_count: 0 });

    expect(screen.getByText("Embedding")).toBeInTheDocument();
    expect(screen.getByText("118 / 256")).toBeInTheDocument();
    expect(screen.getByText("42 s left")).toBeInTheDocument();
    expect(screen.getByRole("progressbar", { name: "Progress of Manual.pdf" })).toHaveAttribute("aria-valuenow", "46");
    await userEvent.click(screen.getByRole("button", { name: "Pause Manual.pdf" }));
    await userEvent.click(screen.getByRole("button", { name: "Cancel Manual.pdf" }));
    expect(on.onDo.mock.calls).toEqual([["pause"], ["cancel"]]);
  });

  it("takes no second pause while its worker is asked for one", () => {
    draw({ stage: "parsing", stopping: "paused" });

    expect(screen.getByRole("button", { name: "Pause Manual.pdf" })).toBeDisabled();
  });

  it("says why and where it failed, and offers another try", async () => {
    const on = draw({ stage: "failed", chunk_count: 0, error: { code: "parse_failed", message: "The file is damaged.", stage: "parsing" } });

    expect(screen.getByRole("alert")).toHaveTextContent("This document could not be made searchableThe file is damaged.");
    expect(screen.getByRole("alert")).toHaveTextContent("while: Reading");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(on.onDo).toHaveBeenCalledExactlyOnceWith("retry");
  });

  it("says why it waits and until when, and tries at once when asked", async () => {
    const retry_at = new Date(Date.now() + 29_500).toISOString();
    const on = draw({ stage: "queued", progress: 0.2, done: 3, total: 9, chunk_count: 9, retry_at, error: { code: "vector_store_unavailable", message: "The vector store did not take Manual.pdf.", stage: "embedding" } });

    expect(screen.getByText("Waiting to try again")).toBeInTheDocument();
    expect(screen.getByText("3 / 9")).toHaveAttribute("title", "3 of 9 passages embedded");
    expect(screen.getByRole("status")).toHaveTextContent(/^The vector store did not take Manual\.pdf\.It stopped while: Embedding; what was done is kept\. Next try in \d+ s\.Try now$/);
    await userEvent.click(screen.getByRole("button", { name: "Try now" }));
    expect(on.onDo).toHaveBeenCalledExactlyOnceWith("retry");
  });

  it("counts down, and says so when the time has come", () => {
    vi.useFakeTimers();
    try {
      draw({ stage: "queued", retry_at: new Date(Date.now() + 2_000).toISOString(), error: { code: "model_unavailable", message: "Away." } });
      expect(screen.getByText("Next try in 2 s.")).toBeInTheDocument();
      act(() => vi.advanceTimersByTime(2_000));
      expect(screen.getByText("It is tried again any moment.")).toBeInTheDocument();
    } finally {
      vi.useRealTimers();
    }
  });

  it("leads to its page, and rests quietly when ready", () => {
    draw({});

    expect(screen.getByRole("link", { name: "Manual.pdf" })).toHaveAttribute("href", "/knowledge/k/documents/d");
    expect(screen.queryByRole("progressbar")).toBeNull();
    expect([screen.getByText("Ready"), screen.getByText("214"), screen.getByText("4.81 MB")]).toHaveLength(3);
  });

  it("names what sets it apart, and offers nothing to who only looks", () => {
    draw({ is_enabled: false, is_archived: true, outdated: true, warnings: [{ code: "page_without_text", message: "Page 3 has no text.", page: 3 }] }, true);

    expect(["Archived", "Off", "1 warning", "Older settings"].map((words) => screen.getByText(words).textContent)).toHaveLength(4);
    expect(screen.queryAllByRole("button")).toEqual([]);
    expect(screen.queryByRole("checkbox")).toBeNull();
  });
});
