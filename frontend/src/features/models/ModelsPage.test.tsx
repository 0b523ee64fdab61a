import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { guessKind } from "./ModelNames";
import { ModelsPage } from "./ModelsPage";

const BUILTIN = { slug: "weft", name: "Weft", base_url: "", has_key: false, key_hint: null, builtin: true, models: [] };
const QUOTE = { provider: "weft", provider_name: "Weft", name: "weft-quote", kind: "chat", note_code: "quotes_only" };
const BASE = {
  "POST /providers/weft/test": { ok: true, elapsed_ms: 4, models: [] },
  "GET /providers": { items: [BUILTIN], next: null }, "GET /models": { items: [QUOTE], next: null } };

afterEach(() => vi.unstubAllGlobals());

describe("ModelsPage", () => {
  it("says honestly what the built-in answerer is not", async () => {
    fakeServer(BASE);
    renderPage(<ModelsPage />);

    expect(await screen.findByText(/It is no language model/)).toBeInTheDocument();
    expect(await screen.findByText("Running")).toBeInTheDocument();
  });

  it("says why the built-in server does not answer", async () => {
    fakeServer({ ...BASE, "POST /providers/weft/test": { ok: false, elapsed_ms: 12, error: { code: "model_unavailable", message: "Weft cannot be reached at 127.0.0.1:8100." } } });
    renderPage(<ModelsPage />);

    expect(await screen.findByRole("alert")).toHaveTextContent("Weft cannot be reached at 127.0.0.1:8100.");
  });

  it("adds a provider: saves, tries, offers the models found, keeps those chosen", async () => {
    const saved = { slug: "openai", name: "OpenAI", base_url: "https://api.openai.com/v1", has_key: true, key_hint: "…1", models: [] };
    const server = fakeServer({ ...BASE, "POST /providers": saved, "POST /providers/openai/test": { ok: true, elapsed_ms: 212, models: [{ name: "gpt-6", kind: "chat" }, { name: "text-embedding-4", kind: "embedding" }] }, "PATCH /providers/openai": saved });
    renderPage(<ModelsPage />);
    await userEvent.click((await screen.findAllByRole("button", { name: "Add provider" }))[0] as HTMLElement);
    await userEvent.type(screen.getByLabelText("API key"), "sk-1");
    await userEvent.click(screen.getByRole("button", { name: "Save and test" }));
    expect(await screen.findByText(/Answered in 212 ms/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "gpt-6" }));
    await userEvent.click(screen.getByRole("button", { name: "text-embedding-4" }));
    await userEvent.click(screen.getByRole("button", { name: "Save and close" }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(server.asked.filter((one) => one.method !== "GET" && !one.path.includes("weft")).map((one) => [one.method, one.path, one.body])).toEqual([
      ["POST", "/providers", { name: "OpenAI", base_url: "https://api.openai.com/v1", models: [], api_key: "sk-1" }],
      ["POST", "/providers/openai/test", null],
      ["PATCH", "/providers/openai", { name: "OpenAI", base_url: "https://api.openai.com/v1", models: [{ name: "gpt-6", kind: "chat" }, { name: "text-embedding-4", kind: "embedding" }], api_key: "sk-1" }],
    ]);
  });

  it("puts a refused address beside its field", async () => {
    fakeServer({ ...BASE, "POST /providers": refuse(422, "egress_refused", "127.0.0.1 is not allowed; add it to WEFT_EGRESS_ALLOW.", { field: "base_url" }) });
    renderPage(<ModelsPage />);
    await userEvent.click((await screen.findAllByRole("button", { name: "Add provider" }))[0] as HTMLElement);
    await userEvent.click(screen.getByRole("button", { name: "Save and test" }));

    await waitFor(() => expect(screen.getByLabelText("Base URL")).toHaveAccessibleDescription("127.0.0.1 is not allowed; add it to WEFT_EGRESS_ALLOW."));
  });
});

describe("guessKind", () => {
  it.each([["text-embedding-3-small", "embedding"], ["bge-m3", "embedding"], ["bge-reranker-v2-m3", "rerank"], ["qwen-plus", "chat"], ["deepseek-reasoner", "chat"]])("takes %s for %s", (name, kind) => {
    expect(guessKind(name)).toBe(kind);
  });
});
