import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { TooltipProvider } from "@/kit";
import { RetrievalTest } from "./RetrievalTest";

const hit = { chunk_id: "c", document_id: "d", document_name: "Manual.pdf", score: 0.834, score_method: "cosine", content: "Hold the button.", position: 31, page: 14, headings: ["Reset"] };

function draw(answer: () => Response) {
  const fetch = vi.spyOn(globalThis, "fetch").mockImplementation(async () => answer());
  const onOpen = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TooltipProvider>
        <RetrievalTest datasetId="k" isEmpty={false} onOpen={onOpen} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return { fetch, onOpen, ask: (text: string) => userEvent.type(screen.getByRole("textbox", { name: "Question" }), `${text}{Enter}`) };
}

describe("RetrievalTest", () => {
  it("asks, ranks, says what the score means, and opens the passage in its document", async () => {
    const { fetch, onOpen, ask } = draw(() => Response.json({ items: [hit], elapsed_ms: 38 }));

    await ask("How?");
    await userEvent.click(await screen.findByRole("button", { name: "Manual.pdf" }));

    expect(JSON.parse(String(fetch.mock.calls[0]?.[1]?.body))).toEqual({ query: "How?", top_k: 5, score_threshold: null });
    expect(screen.getByText("0.83")).toBeInTheDocument();
    expect(screen.getByText("p. 14 · Passage 32")).toBeInTheDocument();
    expect(screen.getByText(/cosine similarity/)).toBeInTheDocument();
    expect(onOpen).toHaveBeenCalledExactlyOnceWith("d", 31);
  });

  it("says what to do when nothing was close enough", async () => {
    const { ask } = draw(() => Response.json({ items: [], elapsed_ms: 9 }));

    await ask("How?");

    expect(await screen.findByText(/No passage was close enough/)).toBeInTheDocument();
    expect(screen.getByText("0 passages")).toBeInTheDocument();
  });

  it("shows a failed search as a card with another try", async () => {
    const { ask } = draw(() => Response.json({ code: "embedding_unavailable", message: "The embedding model does not answer." }, { status: 503 }));

    await ask("How?");

    expect(await screen.findByRole("alert")).toHaveTextContent("The embedding model does not answer.");
  });
});
