import { describe, expect, it, vi } from "vitest";
import { type PastMessage, type SiteClient, SiteError } from "./client";
import { type ChatEvent } from "./events";
import { type PublicForm } from "./forms";
import { ChatSession } from "./session";

const started: ChatEvent = { type: "message_started", run_id: "r", message_id: "m", conversation_id: "c" };
const said: ChatEvent = { type: "answer_delta", seq: 2, text: "Hold" };
const finished: ChatEvent = { type: "run_finished", seq: 9, answer: "Hold it.", outputs: {}, elapsed_ms: 1 };
const end: ChatEvent = { type: "message_end", citations: [] };
const past: PastMessage = {
  id: "m", run_id: "r", conversation_id: "c", query: "How?", answer: "", status: "running", error: null, citations: [], feedback: null, created_at: "2026-01-01T00:00:00Z",
};

async function* stream(...events: ChatEvent[]): AsyncGenerator<ChatEvent> {
  yield* events;
}

function setUp(over: Partial<SiteClient> = {}, stored: string | null = null) {
  const client: SiteClient = {
    open: vi.fn(),
    conversations: vi.fn(async () => []),
    history: vi.fn(async () => [past]),
    ask: vi.fn(() => stream(started, said, finished, end)),
    follow: vi.fn(() => stream(said, finished, end)),
    stop: vi.fn(async () => {}),
    rate: vi.fn(async () => {}),
    sendFile: vi.fn(),
    form: vi.fn(),
    ...over,
  };
  const store = { kept: stored, conversation: () => store.kept, keepConversation: (id: string | null) => void (store.kept = id) };
  return { client, store, session: new ChatSession(client, store, (tell) => tell()) };
}

describe("ChatSession", () => {
  it("asks, and keeps the conversation it was put into", async () => {
    const { session, store, client } = setUp();

    await session.ask("How?", { city: "Ulm" });
    await session.ask("And then?");

    expect(session.read().turns.map((t) => [t.query, t.answer, t.status])).toEqual([["How?", "Hold it.", "done"], ["And then?", "Hold it.", "done"]]);
    expect(vi.mocked(client.ask).mock.calls.map(([question]) => question)).toEqual([
      { query: "How?", inputs: { city: "Ulm" }, conversation_id: null },
      { query: "And then?", inputs: { city: "Ulm" }, conversation_id: "c" },
    ]);
    expect(store.kept).toBe("c");
  });

  it("goes on with an unfinished answer after a reload", async () => {
    const { session, client } = setUp({}, "c");

    await session.start();
    await vi.waitFor(() => expect(session.read().turns[0]?.status).toBe("done"));

    expect(client.follow).toHaveBeenCalledExactlyOnceWith("r", 0, expect.anything());
    expect(session.read().turns[0]).toMatchObject({ query: "How?", answer: "Hold it.", messageId: "m" });
  });

  it("starts afresh when the stored conversation is gone", async () => {
    const { session, store } = setUp({ history: vi.fn(async () => Promise.reject(new SiteError("not_found", "Gone.", 404))) }, "old");

    await session.start();

    expect(session.read()).toMatchObject({ conversationId: null, turns: [], error: null, loading: false });
    expect(store.kept).toBeNull();
  });

  it("puts a refusal where the answer would be", async () => {
    const refuse = (): AsyncGenerator<ChatEvent> => {
      throw new SiteError("invalid_param", "city is required.", 400, "city");
    };
    const { session } = setUp({ ask: vi.fn(refuse) });

    await session.ask("How?", {});

    expect(session.read().turns[0]).toMatchObject({ status: "failed", error: { code: "invalid_param", message: "city is required." } });
  });

  it("stops the run, not the reading", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const ask = async function* (): AsyncGenerator<ChatEvent> {
      yield started;
      yield said;
      await held;
      yield { type: "run_stopped", seq: 5, answer: "Hold", reason: "user" };
      yield end;
    };
    const { session, client } = setUp({ ask: vi.fn(ask), stop: vi.fn(async () => release()) });

    const asking = session.ask("How?", {});
    await vi.waitFor(() => expect(session.read().turns[0]?.answer).toBe("Hold"));
    await session.stop();
    await asking;

    expect(client.stop).toHaveBeenCalledExactlyOnceWith("r");
    expect(session.read().turns[0]).toMatchObject({ status: "stopped", answer: "Hold" });
  });

  it("takes a rating back when the server refuses it", async () => {
    const { session } = setUp({ rate: vi.fn(async () => Promise.reject(new Error("down"))) });
    await session.ask("How?", {});

    await session.rate("m", "like");

    expect(session.read().turns[0]?.rating).toBeNull();
    expect(session.read().error).toEqual(new Error("down"));
  });

  it("stops reading a conversation that is left", async () => {
    const { session } = setUp();
    const asking = session.ask("How?", {});

    session.fresh();
    await asking;

    expect(session.read()).toMatchObject({ conversationId: null, turns: [] });
  });

  const form: PublicForm = { token: "tok", key: "ask/1", title: "Check", content: "Publish?", fields: [], actions: [{ id: "yes", title: "Publish" }], expires_at: null, status: "open" };
  const paused: ChatEvent[] = [{ type: "node_waiting", seq: 3, node_id: "ask", form }, { type: "run_paused", seq: 4, forms: [form] }, { type: "message_paused" }];
  const resumed: ChatEvent = { type: "node_resumed", seq: 5, node_id: "ask", key: "ask/1", outcome: "submitted", action_id: "yes" };

  it("shows what the run asks, sends the answer, and goes on in place", async () => {
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    const follow = async function* (): AsyncGenerator<ChatEvent> {
      await asleep;
      yield resumed;
      yield finished;
      yield end;
    };
    const submit = vi.fn(async () => wake());
    const { session, client } = setUp({ ask: vi.fn(() => stream(started, said, ...paused)), follow: vi.fn(follow), form: () => ({ open: vi.fn(), submit, sendFile: vi.fn() }) });

    const asking = session.ask("How?", {});
    await vi.waitFor(() => expect(session.read().turns[0]).toMatchObject({ status: "paused", answer: "Hold", forms: [form] }));
    await vi.waitFor(() => expect(client.follow).toHaveBeenCalledExactlyOnceWith("r", 4, expect.anything()));
    await session.answer("tok", "yes", { a: 1 });
    await asking;

    expect(submit).toHaveBeenCalledExactlyOnceWith("yes", { a: 1 });
    expect(session.read().turns).toMatchObject([{ status: "done", answer: "Hold it.", forms: [{ status: "submitted", action_id: "yes" }] }]);
    expect(client.follow).toHaveBeenCalledOnce();
  });

  it("keeps the form open when the answer is refused", async () => {
    const submit = vi.fn(async () => Promise.reject(new SiteError("invalid_form_data", "A comment is needed.", 400, "comment")));
    const never = async function* (): AsyncGenerator<ChatEvent> {
      await new Promise(() => {});
      yield said;
    };
    const { session } = setUp({ ask: vi.fn(() => stream(started, ...paused)), follow: vi.fn(never), form: () => ({ open: vi.fn(), submit, sendFile: vi.fn() }) });
    void session.ask("How?", {});
    await vi.waitFor(() => expect(session.read().turns[0]?.status).toBe("paused"));

    await expect(session.answer("tok", "yes", {})).rejects.toMatchObject({ field: "comment" });
    expect(session.read().turns[0]?.forms).toEqual([form]);
  });

  it("shows what is still asked after a reload, and listens for no more lines than a browser has", async () => {
    const messages = ["a", "b", "c"].map((id) => ({ ...past, id, run_id: id, status: "paused", forms: [{ ...form, token: id }] }));
    const asleep = async function* (id: string): AsyncGenerator<ChatEvent> {
      yield { type: "run_paused", seq: 4, forms: [{ ...form, token: id }] };
      await new Promise(() => {});
    };
    const { session, client } = setUp({ history: vi.fn(async () => messages), follow: vi.fn(asleep) }, "c");

    await session.start();
    await vi.waitFor(() => expect(session.read().turns.map((t) => [t.status, t.forms[0]?.token])).toEqual([["paused", "a"], ["paused", "b"], ["paused", "c"]]));
    expect(vi.mocked(client.follow).mock.calls.map(([id]) => id)).toEqual(["b", "c"]);
  });

  it("forgets a run that is gone", async () => {
    const gone = (): AsyncGenerator<ChatEvent> => {
      throw new SiteError("not_found", "Gone.", 404);
    };
    const { session } = setUp({ follow: vi.fn(gone) });

    await session.reopen("r");

    expect(session.read()).toMatchObject({ turns: [], error: null });
  });
});
