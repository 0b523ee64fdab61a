import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type ModelLibrary, type Session } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { Library } from "./Library";
import { halfway, makeLibrary, makeModel } from "./testing";

const SESSION = { user: { id: "u", email: "a@b.c", name: "A", language: "en" }, workspace: { id: "w", name: "W" }, role: "admin", limits: { max_upload_bytes: 1 } } satisfies Session;
const BIG = makeModel({ key: "Qwen--Qwen3-32B", id: "Qwen/Qwen3-32B", name: "Qwen3 32B", size: "large", fit: { verdict: "no", reason: "memory_short", needed_bytes: 65e9, available_bytes: 20e9, tokens_per_s: null } });
const READY = makeModel({ state: "ready", path: "/srv/weft/models/Qwen--Qwen3-0.6B", fit: { disk: null } });
const OTHER = makeModel({ key: "local--tiny", id: "tiny", name: "tiny", source: "directory", state: "ready", path: "/srv/tiny", licence: null, fit: { verdict: "quantised", quantization: "int8" } });

function show(library: unknown, more: Record<string, unknown> = {}) {
  const server = fakeServer({ "GET /model-library": library, "GET /models": { items: [], next: null }, ...more });
  renderPage(<Library />, { session: SESSION });
  return { ...server, acts: () => server.asked.filter((one) => one.method !== "GET").map(({ method, path, body }) => [method, path, body]) };
}
const row = async (name: string) => within((await screen.findByText(name)).closest("li") as HTMLElement);

afterEach(() => vi.unstubAllGlobals());

describe("Library", () => {
  it("says what the machine is, what is served, and what fits", async () => {
    show(makeLibrary([makeModel(), BIG]));

    expect(await screen.findByRole("heading", { name: "No language model is served" })).toBeInTheDocument();
    expect(screen.getByText("80 GB of 85 GB free")).toBeInTheDocument();
    expect((await row("Qwen3 0.6B")).getAllByText(/./, { selector: "p > span" }).map((fact) => fact.textContent)).toEqual(["1.5 GB", "Apache-2.0", "English, good Chinese", "40,960 tokens of context", "Fits", "≈ 1,800 tokens/s"]);
    expect(screen.getAllByRole("heading", { level: 4 }).map((group) => group.textContent)).toEqual(["Small"]);
    await userEvent.click(screen.getByRole("radio", { name: "All" }));
    expect((await row("Qwen3 32B")).getByText("Needs 65 GB of memory, 20 GB are there")).toBeInTheDocument();
    expect((await row("Qwen3 32B")).queryByRole("button")).toBeNull();
    expect(screen.getAllByRole("heading", { level: 4 }).map((group) => group.textContent)).toEqual(["Small", "Large"]);
  });

  it("is not shown to those whom the server refuses, nor asked for by those it would", async () => {
    const server = show(refuse(403, "forbidden", "No."));
    await waitFor(() => expect(screen.queryByText("On this machine")).toBeNull());
    expect(server.asked.map((one) => one.path)).toEqual(["/model-library"]);
  });

  it("gets a model and shows how far it has come", async () => {
    const moving: ModelLibrary = makeLibrary([makeModel({ state: "downloading", download: halfway })], { moving: true });
    const server = show(makeLibrary([makeModel()]), { "POST /model-library/downloads": moving });
    await userEvent.click(await screen.findByRole("button", { name: "Get Qwen3 0.6B" }));

    expect(await screen.findByText("Downloading · 734 MB of 1.5 GB")).toBeInTheDocument();
    expect(screen.getByText("52.4 MB/s · 15 s left")).toBeInTheDocument();
    expect(screen.getByRole("progressbar", { name: "Download of Qwen3 0.6B" })).toHaveAttribute("aria-valuenow", "49");
    expect(server.acts()).toEqual([["POST", "/model-library/downloads", { id: "Qwen/Qwen3-0.6B" }]]);
  });

  it.each([
    ["downloading", "Pause the download of Qwen3 0.6B", ["POST", "/model-library/downloads/Qwen--Qwen3-0.6B/pause", null]],
    ["paused", "Resume the download of Qwen3 0.6B", ["POST", "/model-library/downloads/Qwen--Qwen3-0.6B/resume", null]],
    ["failed", "Resume the download of Qwen3 0.6B", ["POST", "/model-library/downloads/Qwen--Qwen3-0.6B/resume", null]],
    ["paused", "Cancel the download of Qwen3 0.6B and delete what came", ["DELETE", "/model-library/downloads/Qwen--Qwen3-0.6B", null]],
  ] as const)("while %s: %s", async (state, button, [method, path, body]) => {
    const server = show(makeLibrary([makeModel({ state, download: { ...halfway, error: state === "failed" ? { code: "hub_gated", message: "Accept the terms." } : null } })]), { [`${method} ${path}`]: makeLibrary([makeModel()]) });
    await userEvent.click(await screen.findByRole("button", { name: button }));

    expect(await screen.findByRole("button", { name: "Get Qwen3 0.6B" })).toBeEnabled();
    expect(server.acts()).toEqual([[method, path, body]]);
  });

  it("serves a model, and asks before another is put aside", async () => {
    const serving = makeLibrary([READY, OTHER], { serving: { state: "serving", key: READY.key, quantization: "none" } });
    const loading = makeLibrary([READY, OTHER], { serving: { state: "loading", key: READY.key, next_key: OTHER.key, done_bytes: 1e9, total_bytes: 4e9, eta_s: 3 } });
    const server = show(serving, { "POST /model-library/serving": loading });
    expect(await screen.findByRole("heading", { name: "Qwen3 0.6B" })).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Serve tiny" }));
    expect(server.acts()).toEqual([]);
    const window = screen.getByRole("dialog", { name: "Serve tiny instead?" });
    expect(window).toHaveTextContent("Apps that choose tiny wait until it is loaded; those that choose Qwen3 0.6B fail until it is served again.");
    await userEvent.click(within(window).getByRole("button", { name: "Serve" }));

    expect(await screen.findByRole("heading", { name: "Loading tiny" })).toBeInTheDocument();
    expect(screen.getByText("1 GB of 4 GB")).toBeInTheDocument();
    expect(server.acts()).toEqual([["POST", "/model-library/serving", { key: "local--tiny", quantization: "int8" }]]);
  });

  it("removes after a question, and forgets a directory without touching it", async () => {
    const server = show(makeLibrary([READY, OTHER]), { "DELETE /model-library/models/local--tiny": makeLibrary([READY]) });
    await userEvent.click(await screen.findByRole("button", { name: "More for tiny" }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Forget" }));
    expect(screen.getByRole("dialog", { name: "Forget tiny?" })).toHaveTextContent("The files in /srv/tiny stay as they are.");
    await userEvent.click(screen.getByRole("button", { name: "Forget" }));

    await waitFor(() => expect(screen.queryByText("tiny")).toBeNull());
    expect(server.acts()).toEqual([["DELETE", "/model-library/models/local--tiny", null]]);
  });

  it("puts a refused directory beside its line, and keeps what was typed", async () => {
    show(makeLibrary([]), { "POST /model-library/directories": refuse(422, "not_a_model", "/srv/x has no config.json.", { field: "path" }) });
    await userEvent.click(await screen.findByRole("button", { name: "Add" }));
    await userEvent.click(screen.getByRole("menuitem", { name: "Add a directory" }));
    await userEvent.type(screen.getByLabelText("Directory"), "/srv/x");
    await userEvent.click(screen.getByRole("button", { name: "Add" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("/srv/x has no config.json.");
    expect(screen.getByLabelText("Directory")).toHaveValue("/srv/x");
  });

  it("without a network says so, and keeps what is here", async () => {
    const paused = makeModel({ key: "b", name: "B", state: "paused", download: { ...halfway, error: { code: "hub_unreachable", message: "No answer." } } });
    show(makeLibrary([READY, makeModel({ key: "a", name: "A" }), paused], { network: { state: "offline" } }));

    expect(await screen.findByText(/huggingface.co does not answer/)).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Serve Qwen3 0.6B" })).toBeEnabled();
    expect(screen.getByRole("button", { name: "Get A" })).toBeDisabled();
    expect(screen.getByText("The download waits")).toBeInTheDocument();
  });

  it("says what hinders: no GPU, no room, terms to accept, a broken copy", async () => {
    show(makeLibrary(
      [makeModel({ gated: true, fit: { disk: "short" } }), { ...OTHER, problem: { code: "weights_missing", message: "model.safetensors is gone." } }],
      { machine: { device: "cpu", name: "AMD EPYC" }, serving: { state: "failed", error: { code: "memory_short", message: "Needs 9 GB.", key: "local--tiny" } } },
    ));

    expect(await screen.findByText(/No GPU was found/)).toBeInTheDocument();
    expect(screen.getByText("Too little room on the disk")).toBeInTheDocument();
    expect(screen.getByRole("button", { name: "Get Qwen3 0.6B" })).toBeDisabled();
    expect(screen.getByRole("link", { name: "Qwen/Qwen3-0.6B" })).toHaveAttribute("href", "https://huggingface.co/Qwen/Qwen3-0.6B");
    expect(screen.getByText("tiny could not be served")).toBeInTheDocument();
    expect(screen.getByText("This copy cannot be served any more")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Serve tiny" })).toBeNull();
  });

  it("stops serving", async () => {
    const server = show(makeLibrary([READY], { serving: { state: "serving", key: READY.key } }), { "DELETE /model-library/serving": makeLibrary([READY]) });
    await userEvent.click(await screen.findByRole("button", { name: "Stop" }));

    expect(await screen.findByRole("heading", { name: "No language model is served" })).toBeInTheDocument();
    expect(server.acts()).toEqual([["DELETE", "/model-library/serving", null]]);
  });

  it("shows a refused action in the row", async () => {
    show(makeLibrary([READY]), { "POST /model-library/serving": refuse(409, "switch_in_progress", "Another switch is under way.") });
    await userEvent.click(await screen.findByRole("button", { name: "Serve Qwen3 0.6B" }));

    expect(await (await row("Qwen3 0.6B")).findByRole("alert")).toHaveTextContent("Another switch is under way.");
  });
});
