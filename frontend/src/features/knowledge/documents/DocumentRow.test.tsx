import { render, screen } from "@testing-library/react";
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
