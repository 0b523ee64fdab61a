import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { NewDatasetDialog } from "./NewDatasetDialog";
import { makeDataset } from "./testing/make";

afterEach(() => vi.unstubAllGlobals());

const MODELS = [
  { provider: "weft", provider_name: "Weft", name: "all-MiniLM-L6-v2", kind: "embedding", note_code: "english_only" },
  { provider: "acme", provider_name: "Acme", name: "text-embedding-3-small", kind: "embedding" },
];

function draw() {
  const server = fakeServer({ "GET /models": { items: MODELS, next: null }, "POST /datasets": makeDataset() });
  renderPage(<NewDatasetDialog open onOpenChange={vi.fn()} />, { path: "/", at: "/" });
  return server;
}

it("says what the built-in model is good for, and begins with it", async () => {
  const server = draw();
  await userEvent.type(screen.getByLabelText("Name"), "Looms");

  expect(screen.getByText(/^Runs here at no cost\. It understands English;/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Create" }));
  await waitFor(() => expect(server.asked.find((one) => one.method === "POST")?.body).toEqual({ name: "Looms", description: "", embedding_provider: "weft", embedding_model: "all-MiniLM-L6-v2" }));
});

it("takes another model, and says where the passages go then", async () => {
  const server = draw();
  await userEvent.type(screen.getByLabelText("Name"), "Looms");
  await userEvent.click(screen.getByLabelText("Embedding model"));
  await userEvent.click(await screen.findByRole("option", { name: /text-embedding-3-small/ }));

  expect(screen.getByText(/^Passages are sent to this provider/)).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Create" }));
  await waitFor(() => expect(server.asked.find((one) => one.method === "POST")?.body).toMatchObject({ embedding_provider: "acme", embedding_model: "text-embedding-3-small" }));
});
