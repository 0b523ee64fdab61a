import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { type KnowledgeDocument, type Processing } from "@/api";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { makeDocument } from "../testing/make";
import { PreviewPanel } from "./PreviewPanel";

afterEach(() => vi.unstubAllGlobals());

const MADE = { chunks: [], sizes: [], warnings: [], is_partial: false, counts: { chunks: 0, tokens: 0 }, estimate: { chunks: 0, tokens: 0, seconds: null } };

function draw(...documents: KnowledgeDocument[]) {
  const server = fakeServer({ "GET /datasets/k/documents": { items: documents, next: null }, "POST /datasets/k/preview": MADE });
  renderPage(<PreviewPanel datasetId="k" documentId={null} processing={{} as Processing} />, { path: "/", at: "/" });
  return server;
}

it("tries the first document that can be read, and says which it passes over", async () => {
  const server = draw(makeDocument({ id: "x", name: "broken.pdf", stage: "failed" }), makeDocument({ id: "d", name: "handbook.md" }));

  expect(await screen.findByText("broken.pdf could not be read and is passed over.")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("button", { name: "Preview" }));

  await waitFor(() => expect(server.asked.find((one) => one.method === "POST")?.body).toMatchObject({ document_id: "d" }));
});

it("offers a file alone where no document can be read", async () => {
  draw(makeDocument({ stage: "failed" }));

  expect(await screen.findByText("None of the documents could be read. Try a file.")).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Preview" })).toBeNull();
});
