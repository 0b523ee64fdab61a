import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { TooltipProvider } from "@/kit";
import { PublicChatPage } from "./PublicChatPage";

const site = {
  code: "abc", title: "Product help", mode: "chat", greeting: "Ask about the X200.", suggested_questions: ["How do I reset it?"], inputs: [], citations: true, visitor: "signed", max_upload_bytes: 5 * 1024 * 1024,
};
const events = [
  { type: "message_started", run_id: "r", message_id: "m", conversation_id: "c" },
  { type: "run_started", seq: 1 },
  { type: "node_started", seq: 2, node_id: "find", kind: "knowledge-retrieval" },
  { type: "node_finished", seq: 3, node_id: "find", elapsed_ms: 38, facts: { passages: 2, documents: 1 } },
  { type: "answer_delta", seq: 4, text: "Hold the button [1]." },
  { type: "run_finished", seq: 5, answer: "Hold the button [1].", outputs: {}, elapsed_ms: 900 },
  { type: "message_end", citations: [{ position: 1, document_name: "Manual.pdf", content: "Hold the side button.", page: 14 }] },
];
const stream = (list: object[]) => new Response(list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));

type Answer = (path: string, init: RequestInit) => Response;

function open(answer: Answer) {
  const calls: { path: string; method: string; visitor: string | null; body: unknown }[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init = {}) => {
    const path = String(input).replace("/api/public/sites/abc", "");
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : null;
    calls.push({ path, method: init.method ?? "GET", visitor: new Headers(init.headers).get("X-Weft-Visitor"), body });
    return answer(path, init);
  });
  const router = createMemoryRouter([{ path: "/chat/:code", Component: PublicChatPage }], { initialEntries: ["/chat/abc"] });
  render(
    <TooltipProvider>
      <RouterProvider router={router} />
    </TooltipProvider>,
  );
  return calls;
}

const normal: Answer = (path, init) => {
  if (path === "") return Response.json(site);
  if (init.method === "POST" && path === "/messages") return stream(events);
  return Response.json({ items: [] });
};

beforeEach(() => localStorage.clear());

describe("PublicChatPage", () => {
  it("greets, answers, and opens a source beside the answer", async () => {
    const calls = open(normal);

    await userEvent.click(await screen.findByRole("button", { name: "How do I reset it?" }));
    await userEvent.click(await screen.findByRole("button", { name: "Source 1: Manual.pdf" }));

    expect(screen.getByRole("complementary", { name: "Source 1" })).toHaveTextContent("Manual.pdfPage 14Hold the side button.");
    expect(screen.getByRole("button", { name: /Searched 1 document/ })).toBeInTheDocument();
    expect(calls.find((call) => call.method === "POST")).toEqual({
      path: "/messages",
      method: "POST",
      visitor: "signed",
      body: { query: "How do I reset it?", inputs: {}, conversation_id: null },
    });
    expect(localStorage.getItem("weft.conversation.abc")).toBe("c");
  });

  it("asks for what the app needs before the first question", async () => {
    const inputs = [{ name: "city", label: "City", type: "text", required: true }];
    const calls = open((path, init) => (path === "" ? Response.json({ ...site, inputs }) : normal(path, init)));
    await userEvent.type(await screen.findByRole("textbox", { name: "Your question" }), "Where to eat?{Enter}");
    expect(screen.getByRole("alert")).toHaveTextContent("Needed to begin.");
    expect(calls.some((call) => call.method === "POST")).toBe(false);

    await userEvent.type(screen.getByRole("textbox", { name: "City" }), "Ulm");
    await userEvent.click(screen.getByRole("button", { name: "Send" }));

    await waitFor(() => expect(calls.find((call) => call.method === "POST")?.body).toEqual({ query: "Where to eat?", inputs: { city: "Ulm" }, conversation_id: null }));
  });

  it("runs a workflow app from its form and shows what came out", async () => {
    const result = [{ type: "message_started", run_id: "r" }, { type: "run_finished", seq: 9, answer: "", outputs: { summary: "Short.", count: 2 }, elapsed_ms: 1712 }, { type: "message_end", citations: [] }];
    open((path, init) => (path === "" ? Response.json({ ...site, mode: "workflow" }) : init.method === "POST" ? stream(result) : Response.json({ items: [] })));

    await userEvent.click(await screen.findByRole("button", { name: "Run" }));

    expect(await screen.findByText("Short.")).toBeInTheDocument();
    expect(screen.getByRole("heading", { name: "count" })).toBeInTheDocument();
    expect(screen.getByText("1.71 s")).toBeInTheDocument();
  });

  it("sends a file before the run, shows how far it has come, and refuses what is too large", async () => {
    const uploads: { url: string; visitor: string; progress: (loaded: number) => void; arrive: () => void }[] = [];
    vi.stubGlobal("XMLHttpRequest", class {
      upload: { onprogress?: (event: object) => void } = {};
      headers: Record<string, string> = {};
      url = "";
      status = 201;
      statusText = "Created";
      responseText = JSON.stringify({ id: "f1", name: "scan.pdf", size: 4, mime_type: "application/pdf" });
      onload?: () => void;
      open(_: string, url: string) { this.url = url; }
      setRequestHeader(name: string, value: string) { this.headers[name] = value; }
      send() {
        uploads.push({ url: this.url, visitor: this.headers["X-Weft-Visitor"] ?? "", progress: (loaded) => this.upload.onprogress?.({ lengthComputable: true, loaded, total: 4 }), arrive: () => this.onload?.() });
      }
    });
    const inputs = [{ name: "scan", label: "Scan", type: "file", required: true }];
    const calls = open((path, init) => (path === "" ? Response.json({ ...site, mode: "workflow", inputs }) : normal(path, init)));
    const run = await screen.findByRole("button", { name: "Run" });
    const choose = (file: File) => userEvent.upload(document.querySelector("input[type=file]") as HTMLInputElement, file);
    const large = new File(["x"], "large.pdf");
    Object.defineProperty(large, "size", { value: 6_000_000 });
    await choose(large);
    expect(screen.getByRole("alert")).toHaveTextContent("This file has 6 MB; the limit is 5 MB.");
    expect(uploads).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Remove large.pdf" }));

    await choose(new File(["%PDF"], "scan.pdf"));
    act(() => uploads[0]?.progress(1));
    expect(screen.getByRole("progressbar", { name: "Sending scan.pdf" })).toHaveAttribute("aria-valuenow", "25");
    await userEvent.click(run);
    expect(screen.getByText("Wait until the file has been sent.")).toBeInTheDocument();
    act(() => uploads[0]?.arrive());
    await waitFor(() => expect(screen.queryByRole("progressbar")).toBeNull());
    await userEvent.click(run);

    await waitFor(() => expect(calls.find((call) => call.method === "POST")?.body).toMatchObject({ inputs: { scan: { upload_file_id: "f1" } } }));
    expect(uploads.map(({ url, visitor }) => [url, visitor])).toEqual([["/api/public/sites/abc/files", "signed"]]);
    vi.unstubAllGlobals();
  });

  it("is plainly closed for an unknown code", async () => {
    open(() => Response.json({ code: "not_found", message: "This page does not exist." }, { status: 404 }));

    expect(await screen.findByRole("heading", { name: "This page is not available" })).toBeInTheDocument();
  });

  it("offers another try when the server cannot be reached", async () => {
    let up = false;
    open((path, init) => {
      if (!up) throw new TypeError("Failed to fetch");
      return normal(path, init);
    });
    const retry = await screen.findByRole("button", { name: "Try again" });
    up = true;

    await userEvent.click(retry);

    expect(await screen.findByText("Ask about the X200.")).toBeInTheDocument();
  });
});
