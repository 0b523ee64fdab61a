/**
 * One visitor's conversations with one app: what is shown, and every way it changes. The page reads it like a store.
 * Leaving a conversation only stops reading; its run goes on, and coming back reads on from its log.
 */
import { isOpen, type Rating } from "@/kit/chat";
import { SiteError, type Ask, type PastConversation, type SiteClient } from "./client";
import { followAnswer, type Start } from "./follow";
import { pastTurn, unread } from "./past";
import { applyEvent, fail, newTurn, type Turn } from "./turn";
import { type VisitorStore } from "./visitor";

export interface ChatState {
  conversationId: string | null;
  turns: readonly Turn[];
  conversations: readonly PastConversation[];
  /** An earlier conversation is being fetched. */
  loading: boolean;
  /** Something other than an answer failed: the history, a rating, a stop. */
  error: unknown;
}

/** So many sleeping runs are listened to at once: a browser opens few lines to one server. */
const MOST_ASLEEP = 2;

const EMPTY: ChatState = { conversationId: null, turns: [], conversations: [], loading: false, error: null };

export class ChatSession {
  private state = EMPTY;
  private listeners = new Set<() => void>();
  private told = true;
  private reading = new AbortController();
  private made = 0;
  /** The turns whose runs are being read. */
  private followed = new Set<string>();
  /** What this conversation began with; sent again with every question. */
  private inputs: Record<string, unknown> = {};

  constructor(
    private readonly client: SiteClient,
    private readonly store: Pick<VisitorStore, "conversation" | "keepConversation">,
    private readonly schedule: (tell: () => void) => void = (tell) => requestAnimationFrame(tell),
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly read = (): ChatState => this.state;

  /** Show what was open when the page was last left. */
  async start(): Promise<void> {
    const id = this.store.conversation();
    await Promise.all([this.refreshList(), id ? this.open(id) : undefined]);
  }

  async open(id: string): Promise<void> {
    const reading = this.leave();
    this.set({ conversationId: id, turns: [], loading: true, error: null });
    try {
      const past = await this.client.history(id);
      if (reading.signal.aborted) return;
      const turns = past.map(pastTurn);
      this.inputs = past.at(-1)?.inputs ?? {};
      this.store.keepConversation(id);
      this.set({ turns, loading: false });
      const asleep = turns.filter(({ status }) => status === "paused").slice(-MOST_ASLEEP);
      for (const turn of turns) if ((isOpen(turn) || asleep.includes(turn)) && turn.runId) void this.resume(turn.key, turn.runId);
    } catch (error) {
      if (reading.signal.aborted) return;
      const gone = error instanceof SiteError && error.status === 404;
      if (gone) this.store.keepConversation(null);
      this.set(gone ? { conversationId: null, loading: false } : { loading: false, error });
    }
  }

  fresh(): void {
    this.leave();
    this.inputs = {};
    this.store.keepConversation(null);
    this.set({ conversationId: null, turns: [], loading: false, error: null });
  }

  async ask(query: string, inputs = this.inputs): Promise<void> {
    if (this.current()) return;
    this.inputs = inputs;
    const key = `turn-${++this.made}`;
    this.set({ turns: [...this.state.turns, newTurn(key, query)], error: null });
    const question: Ask = { query, inputs, conversation_id: this.state.conversationId };
    await this.consume(key, { question });
  }

  /** A run outside any conversation that was under way when the page was left. */
  async reopen(runId: string): Promise<void> {
    const key = `turn-${++this.made}`;
    this.set({ turns: [{ ...newTurn(key, ""), runId }], error: null });
    await this.resume(key, runId);
    const turn = this.find(key);
    // gone since then, or another visitor's: nothing to tell
    if (turn?.error?.code === "not_found" && turn.lastSeq === 0) this.set({ turns: [] });
  }

  /** Answer what the run waits for, and read on. Rejects with the refusal. */
  async answer(token: string, action: string, inputs: Record<string, unknown>): Promise<void> {
    await this.client.form(token).submit(action, inputs);
    const turn = this.state.turns.find(({ forms }) => forms.some((form) => form.token === token));
    if (!turn) return;
    this.change(turn.key, (t) => ({ ...t, forms: t.forms.map((form) => (form.token === token ? { ...form, status: "submitted", action_id: action } : form)) }));
    if (turn.runId && !this.followed.has(turn.key)) void this.resume(turn.key, turn.runId);
  }

  /** End the answer under way and keep what is there of it. */
  async stop(): Promise<void> {
    const turn = this.current();
    if (!turn) return;
    if (turn.runId === null) {
      this.leave();
      this.change(turn.key, (t) => ({ ...t, status: "stopped" }));
      return;
    }
    await this.client.stop(turn.runId).catch((error: unknown) => this.set({ error }));
  }

  async rate(messageId: string, rating: Rating | null): Promise<void> {
    const turn = this.state.turns.find((t) => t.messageId === messageId);
    if (!turn) return;
    this.change(turn.key, (t) => ({ ...t, rating }));
    try {
      await this.client.rate(messageId, rating);
    } catch (error) {
      this.change(turn.key, (t) => ({ ...t, rating: turn.rating }));
      this.set({ error });
    }
  }

  /** Stop reading; for when the page goes away. */
  readonly close = (): void => void this.leave();

  private resume(key: string, runId: string): Promise<void> {
    this.change(key, unread);
    return this.consume(key, { cursor: { runId, after: 0 } });
  }

  private async consume(key: string, start: Start): Promise<void> {
    const { signal } = this.reading;
    this.followed.add(key);
    try {
      await this.readOn(key, start, signal);
      for (let next = this.asleep(key); next && !signal.aborted; next = this.asleep(key)) await this.readOn(key, next, signal, true);
      if (!signal.aborted) this.change(key, (t) => (isOpen(t) ? fail(t, { code: "no_answer", message: "The run ended without an answer." }) : t));
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = error instanceof SiteError ? error : { code: "unexpected", message: String(error) };
      this.change(key, (t) => (t.status === "paused" ? t : fail(t, { code, message })));
    } finally {
      if (!signal.aborted) this.followed.delete(key);
    }
  }

  private async readOn(key: string, start: Start, signal: AbortSignal, patient = false): Promise<void> {
    const onLost = () => this.change(key, (t) => ({ ...t, reconnecting: t.status !== "paused" }));
    for await (const event of followAnswer(this.client, start, { signal, onLost, patient })) {
      if (signal.aborted) return;
      this.change(key, (t) => applyEvent(t, event));
      if (event.type === "message_started" && event.conversation_id) this.adopt(event.conversation_id);
    }
  }

  /** Where to listen for what wakes a turn's run; null when it does not sleep. */
  private asleep(key: string): Start | null {
    const turn = this.find(key);
    return turn?.status === "paused" && turn.runId ? { cursor: { runId: turn.runId, after: turn.lastSeq } } : null;
  }

  private find(key: string): Turn | undefined {
    return this.state.turns.find((turn) => turn.key === key);
  }

  private adopt(conversationId: string): void {
    if (this.state.conversationId === conversationId) return;
    this.store.keepConversation(conversationId);
    this.set({ conversationId });
    void this.refreshList();
  }

  private async refreshList(): Promise<void> {
    const conversations = await this.client.conversations().catch(() => null);
    if (conversations) this.set({ conversations });
  }

  private current(): Turn | undefined {
    return this.state.turns.find(isOpen);
  }

  private leave(): AbortController {
    this.reading.abort();
    this.followed.clear();
    this.reading = new AbortController();
    return this.reading;
  }

  private change(key: string, how: (turn: Turn) => Turn): void {
    this.set({ turns: this.state.turns.map((turn) => (turn.key === key ? how(turn) : turn)) });
  }

  /** Words arrive faster than a screen draws: listeners hear of many changes at once. */
  private set(change: Partial<ChatState>): void {
    this.state = { ...this.state, ...change };
    if (!this.told) return;
    this.told = false;
    this.schedule(() => {
      this.told = true;
      this.listeners.forEach((tell) => tell());
    });
  }
}
