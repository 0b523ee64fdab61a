import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Found, type Session } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { makeDataset, makeHit, RETRIEVAL } from "../testing/make";
import { RetrievalTest } from "./RetrievalTest";

const FUNNEL: Found["funnel"] = {
  ms: 38,
  notes: [{ code: "weight_against_reading", message: "The model does not understand questions like this one." }],
  steps: [
    { name: "lexical", in: null, out: 12, ms: 3, details: { best: 7.25, cutoff: null, depth: 100 } },
    { name: "vector", in: null, out: 100, ms: 20, details: { best: 0.61, cutoff: 0.12, depth: 100 } },
    { name: "live", in: 104, out: 104, ms: 1, details: {} },
    { name: "fusion", in: 104, out: 104, ms: 1, details: { in_both: 8, method: "weighted", weights: [{ dataset_id: "k", name: "Looms", script: "latin", vector_weight: 0.5, why: "read", right: 10, of: 10 }] } },
    { name: "top_k", in: 104, out: 1, ms: 0, details: { most: 4 } },
  ],
};
const FOUND: Found = { items: [makeHit({ content: "Hold the reset button." })], funnel: FUNNEL, settings: RETRIEVAL, elapsed_ms: 38 };
const BASE = { "GET /datasets/k/retrieval": RETRIEVAL, "GET /models": { items: [], next: null }, "GET /providers": { items: [], next: null }, "GET /datasets/k/metadata": { items: [], built_in: [{ name: "source", type: "string" }], built_in_enabled: false } };

function draw(answers: Record<string, unknown> = {}) {
  const server = fakeServer({ ...BASE, "POST /datasets/k/retrieve": FOUND, ...answers });
  renderPage(<RetrievalTest dataset={makeDataset()} question="" />, { session: { role: "editor" } as Session });
  return { server, ask: async (text: string) => userEvent.type(await screen.findByRole("textbox", { name: "Question" }), `${text}{Enter}`) };
}

afterEach(() => vi.unstubAllGlobals());

describe("RetrievalTest", () => {
  it("asks, ranks, marks the question's words, and shows every stage's score", async () => {
    const { server, ask } = draw();

    await ask("How to reset?");
    const hit = (await screen.findByRole("link", { name: "Manual.pdf" })).closest("li");

    expect(server.asked.find((one) => one.path.endsWith("/retrieve"))?.body).toEqual({ query: "How to reset?", settings: {}, explain: true });
    expect(screen.getByRole("link", { name: "Manual.pdf" })).toHaveAttribute("href", "/knowledge/k/documents/d?chunk=c");
    expect(hit).toHaveTextContent("0.83");
    expect(hit).toHaveTextContent("p. 14 · Passage 32");
    expect(hit?.querySelector("mark")).toHaveTextContent("reset");
    expect(within(hit as HTMLElement).getByRole("list", { name: "Scores by stage" })).toHaveTextContent("Meaning0.61place 2Words7.25place 1Merged1.00place 1");
  });

  it("draws the way there, with the evidence for the weights and what was done without", async () => {
    const { ask } = draw();

    await ask("How to reset?");
    const funnel = await screen.findByRole("region", { name: "How the passages were found" });

    expect(funnel).toHaveTextContent("12 passages");
    expect(funnel).toHaveTextContent("words 50%, meaning 50%: the model told 10 of 10 pairs apart");
    expect(funnel).toHaveTextContent("103 left behind");
    expect(funnel).not.toHaveTextContent("Still there");
    expect(within(funnel).getByRole("alert")).toHaveTextContent("The model does not understand questions like this one.");
  });

  it("searches with changed settings, and keeps them for all when asked to", async () => {
    const kept = { ...RETRIEVAL, top_k: 9 };
    const { server, ask } = draw({ "PUT /datasets/k/retrieval": kept });
    await userEvent.click(await screen.findByRole("button", { name: /^Settings/ }));
    await userEvent.clear(screen.getByLabelText("Passages"));
    await userEvent.type(screen.getByLabelText("Passages"), "9");

    await ask("Reset?");
    await screen.findByRole("link", { name: "Manual.pdf" });
    expect(server.asked.find((one) => one.path.endsWith("/retrieve"))?.body).toMatchObject({ settings: { top_k: 9 } });
    await userEvent.click(screen.getByRole("button", { name: "Keep for all searches" }));

    await waitFor(() => expect(server.asked.find((one) => one.method === "PUT")?.body).toEqual({ top_k: 9 }));
    expect(await screen.findByText("Kept")).toBeInTheDocument();
  });

  it("puts passages in order by a reranking model that is offered", async () => {
    const { server, ask } = draw({ "GET /models": { items: [{ provider: "weft", provider_name: "Weft", name: "weft-quote", kind: "chat" }, { provider: "acme", provider_name: "Acme", name: "rerank-v3", kind: "rerank" }], next: null } });
    await userEvent.click(await screen.findByRole("button", { name: /^Settings/ }));
    await userEvent.click(await screen.findByRole("switch", { name: "Rerank" }));

    expect(screen.getByLabelText("Reranking model")).toHaveTextContent("rerank-v3");
    await ask("Reset?");
    await screen.findByRole("link", { name: "Manual.pdf" });
    expect(server.asked.find((one) => one.path.endsWith("/retrieve"))?.body).toMatchObject({ settings: { rerank: { provider: "acme", model: "rerank-v3", candidates: 30 } } });
  });

  it("says what reranking needs where no model for it is offered", async () => {
    draw();
    await userEvent.click(await screen.findByRole("button", { name: /^Settings/ }));

    expect(await screen.findByRole("switch", { name: "Rerank" })).toBeDisabled();
    expect(screen.getByText(/This needs a reranking model\. Add one under Models/)).toBeInTheDocument();
  });

  it("says why a passage came where it did, and makes a case of it", async () => {
    const { server, ask } = draw({
      "POST /datasets/k/why-not": { stage: "threshold", score: 0.31, cutoff: 0.5, rank: 7, other_chunk_id: null, scores: { vector: { score: 0.31, rank: 7 } }, details: {} },
      "POST /datasets/k/cases/expect": { id: "case" },
    });
    await ask("Reset?");

    await userEvent.click(await screen.findByRole("button", { name: "Why here?" }));
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByRole("heading", { name: "Its score is below the lowest score." })).toBeInTheDocument();
    expect(dialog).toHaveTextContent("Score 0.31 · needed 0.50 · place 7");
    await userEvent.click(within(dialog).getByRole("button", { name: "This should have been found" }));

    expect(await within(dialog).findByText("In the test set")).toBeInTheDocument();
    expect(server.asked.find((one) => one.path.endsWith("/cases/expect"))?.body).toEqual({ question: "Reset?", chunk_id: "c" });
  });

  it.each([
    ["read", 0, "no_terms", "Words alone decide here: the embedding model all-MiniLM-L6-v2 was tried and does not understand this (Chinese"],
    ["method", 0, "no_terms", "Words alone decide, as the settings say."],
    ["read", 0, "depth", "The search by words did not have it among its first, and it alone decides here"],
    ["read", 0.5, "depth", "Neither search had it among its first."],
    ["method", 1, "depth", "The search by meaning, which alone decides by the settings"],
  ])("advises what is true when a weight was %s and is %d (%s)", async (why, vector_weight, stage, advice) => {
    const weight = { dataset_id: "k", name: "Looms", script: "cjk", vector_weight, why, right: 1, of: 10, model: "all-MiniLM-L6-v2" };
    const { ask } = draw({ "POST /datasets/k/why-not": { stage, score: null, cutoff: null, rank: null, other_chunk_id: null, scores: {}, details: { missing_words: ["笔记本电脑"], weight } } });
    await ask("笔记本电脑");

    await userEvent.click(await screen.findByRole("button", { name: "Why here?" }));

    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByText(new RegExp(`^${advice.replace("(", "\\(")}`))).toBeInTheDocument();
    expect(within(dialog).getByText("笔记本电脑")).toBeInTheDocument();
  });

  it("says what to do when nothing was close enough", async () => {
    const { ask } = draw({ "POST /datasets/k/retrieve": { ...FOUND, items: [], funnel: null } });

    await ask("How?");

    expect(await screen.findByRole("heading", { name: "Nothing was close enough" })).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Ask why it was not found" })).toBeInTheDocument();
  });

  it("shows a failed search as a card with another try", async () => {
    const { ask } = draw({ "POST /datasets/k/retrieve": refuse(503, "embedding_unavailable", "The embedding model does not answer.") });

    await ask("How?");

    expect(await screen.findByRole("alert")).toHaveTextContent("The embedding model does not answer.");
  });
});
