import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Dataset, type DatasetSettings, type Move } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { EmbeddingCard } from "./EmbeddingCard";

const dataset = { id: "k", name: "Handbook", document_count: 3, chunk_count: 900 } as Dataset;
const settings = { vector_store: "chroma", embedding: { provider: "weft", model: "all-MiniLM-L6-v2" } } as DatasetSettings;
const models = { items: [{ provider: "acme", provider_name: "Acme", name: "other", type: "embedding" }, { provider: "weft", provider_name: "Weft", name: "all-MiniLM-L6-v2", type: "embedding" }], next: null };
const atRest: Move = { dataset_id: "k", state: "none", to: null, done: 0, total: 0, eta_s: null, error: null, retry_at: null };
const underWay: Move = { ...atRest, state: "moving", to: { provider: "acme", model: "other", vector_store: "chroma" }, done: 512, total: 900, eta_s: 200 };
const ESTIMATE = "POST /datasets/k/move/estimate";

function draw(move: Move, answers: Record<string, unknown> = {}, { mayEdit = true, of = dataset }: { mayEdit?: boolean; of?: Dataset } = {}) {
  const server = fakeServer({ "GET /datasets/k/move": move, "GET /models": models, [ESTIMATE]: { passages: 900, seconds: 200 }, ...answers });
  renderPage(<EmbeddingCard dataset={of} settings={settings} mayEdit={mayEdit} />);
  return { changes: () => server.asked.filter((one) => one.method !== "GET").map(({ method, path, body }) => [method, path, body]) };
}

async function choose(label: string, option: string) {
  await waitFor(() => expect(screen.getByLabelText(label)).toBeEnabled());
  await userEvent.click(screen.getByLabelText(label));
  await userEvent.click(await screen.findByRole("option", { name: option }));
}

afterEach(() => vi.unstubAllGlobals());

describe("EmbeddingCard", () => {
  it("says what another model means before it begins, and shows how far it is", async () => {
    const { changes } = draw(atRest, { "POST /datasets/k/move": underWay });

    await choose("Model", "other");
    expect(await screen.findByText(/900 passages are embedded anew\. That takes roughly 3 min\./)).toHaveTextContent("The provider may charge for it.");
    expect(screen.getByText(/everything is found by the present vectors/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Start" }));

    expect(await screen.findByText("512 / 900")).toBeInTheDocument();
    expect(screen.getByText("3 min left")).toBeInTheDocument();
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByLabelText("Model")).toBeDisabled();
    const aim = { embedding: { provider: "acme", model: "other" } };
    expect(changes()).toEqual([["POST", "/datasets/k/move/estimate", aim], ["POST", "/datasets/k/move", aim]]);
  });

  it("copies vectors to another store", async () => {
    draw(atRest, { [ESTIMATE]: { passages: 900, seconds: null } });

    await choose("Vectors lie in", "PostgreSQL (pgvector)");

    expect(await screen.findByText("900 vectors are copied; nothing is embedded anew.")).toBeInTheDocument();
  });

  it("does not begin with a model that does not answer", async () => {
    draw(atRest, { [ESTIMATE]: refuse(503, "model_auth_failed", "Acme refused the API key.") });

    await choose("Model", "other");

    expect(await screen.findByRole("alert")).toHaveTextContent("That would not work now");
    expect(screen.getByRole("button", { name: "Start" })).toBeDisabled();
  });

  it("changes an empty knowledge base without asking", async () => {
    const { changes } = draw(atRest, { "POST /datasets/k/move": atRest }, { of: { ...dataset, document_count: 0, chunk_count: 0 } });

    await choose("Model", "other");

    await waitFor(() => expect(changes()).toEqual([["POST", "/datasets/k/move", { embedding: { provider: "acme", model: "other" } }]]));
  });

  it("stops when asked to", async () => {
    let now = underWay;
    const { changes } = draw(underWay, { "GET /datasets/k/move": () => now, "DELETE /datasets/k/move": () => (now = atRest) });

    await userEvent.click(await screen.findByRole("button", { name: "Stop" }));

    await waitFor(() => expect(changes()).toEqual([["DELETE", "/datasets/k/move", null]]));
    await waitFor(() => expect(screen.queryByRole("button", { name: "Stop" })).toBeNull());
  });

  it("says why it failed and tries the same again", async () => {
    const failed: Move = { ...underWay, state: "failed", error: { code: "model_gone", message: "Acme has no such model." }, retry_at: "2099-01-01T00:00:00Z" };
    const { changes } = draw(failed, { "POST /datasets/k/move": { ...underWay, state: "waiting" } });

    expect(await screen.findByRole("alert")).toHaveTextContent("Acme has no such model.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));

    expect(await screen.findByText("Waiting for a worker")).toBeInTheDocument();
    expect(changes()).toEqual([["POST", "/datasets/k/move", { embedding: { provider: "acme", model: "other" }, vector_store: "chroma" }]]);
  });

  it("only tells who may not change anything", async () => {
    draw(underWay, {}, { mayEdit: false });

    expect(await screen.findByText("512 / 900")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Stop" })).toBeNull();
  });
});
