import { describe, expect, it, vi } from "vitest";
import { type KnowledgeDocument } from "@/api";
import { type SendFile, Uploads } from "./uploads";

const LIMIT = 5_000_000;
const RULES = { extensions: ["pdf", "md", "txt"], limit: LIMIT };
const file = (name: string, size = 10) => ({ name, size }) as File;
const document = (id: string) => ({ id }) as KnowledgeDocument;

/** A sender whose files arrive when the test says so. */
function held() {
  const calls: { name: string; progress: (share: number) => void; signal: AbortSignal; arrive: (docs: KnowledgeDocument[]) => void; break: (error: unknown) => void }[] = [];
  const send: SendFile = (sent, progress, signal) =>
    new Promise((arrive, fail) => calls.push({ name: sent.name, progress, signal, arrive, break: fail }));
  return { calls, send };
}

const rows = (uploads: Uploads) => uploads.read().map(({ name, status, progress, fault }) => [name, status, progress, fault]);

describe("Uploads", () => {
  it("refuses what cannot become a document before a byte is sent", () => {
    const { calls, send } = held();
    const uploads = new Uploads(send, vi.fn());

    uploads.add([file("a.exe"), file("b.pdf", LIMIT + 1), file("c.md", 0), file("noname")], RULES);

    expect(calls).toEqual([]);
    expect(rows(uploads)).toEqual([
      ["a.exe", "refused", 0, "unsupported"],
      ["b.pdf", "refused", 0, "tooLarge"],
      ["c.md", "refused", 0, "empty"],
      ["noname", "refused", 0, "unsupported"],
    ]);
  });

  it("sends two at a time and passes the documents on", async () => {
    const { calls, send } = held();
    const stored = vi.fn();
    const uploads = new Uploads(send, stored);
    uploads.add([file("a.PDF"), file("b.md"), file("c.txt")], RULES);

    calls[0]?.progress(0.5);
    expect(rows(uploads)).toEqual([["a.PDF", "sending", 0.5, undefined], ["b.md", "sending", 0, undefined], ["c.txt", "waiting", 0, undefined]]);
    calls[0]?.arrive([document("1")]);
    await vi.waitFor(() => expect(calls).toHaveLength(3));

    expect(stored).toHaveBeenCalledExactlyOnceWith([document("1")]);
    expect(rows(uploads)).toEqual([["b.md", "sending", 0, undefined], ["c.txt", "sending", 0, undefined]]);
  });

  it("keeps a failed file with its cause, and sends it again when asked", async () => {
    const { calls, send } = held();
    const uploads = new Uploads(send, vi.fn());
    uploads.add([file("a.pdf")], RULES);
    calls[0]?.break(new Error("down"));
    await vi.waitFor(() => expect(uploads.read()[0]?.status).toBe("failed"));
    expect(uploads.read()[0]?.error).toEqual(new Error("down"));

    uploads.retry(uploads.read()[0]?.id ?? 0);

    expect(calls.map((call) => call.name)).toEqual(["a.pdf", "a.pdf"]);
    expect(uploads.read()[0]).toMatchObject({ status: "sending", progress: 0, error: undefined });
  });

  it("cancels the request of a file that is taken away", () => {
    const { calls, send } = held();
    const uploads = new Uploads(send, vi.fn());
    uploads.add([file("a.pdf")], RULES);

    uploads.remove(uploads.read()[0]?.id ?? 0);

    expect(calls[0]?.signal.aborted).toBe(true);
    expect(uploads.read()).toEqual([]);
  });
});
