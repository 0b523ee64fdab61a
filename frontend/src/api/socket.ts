/**
 * One WebSocket per tab. Topics are cursors: each remembers the last seq it delivered, and after a break
 * is subscribed again from there, so a reader misses nothing and sees nothing twice. When the server has lost events
 * that were already told, readers forget what they have and are told everything again.
 */
export interface TopicError { code: string; message: string }
export interface TopicReader<E> {
  onEvent: (event: E) => void;
  /** What was told so far is void: forget it. The topic's events follow again from its first. */
  onReset?: () => void;
  onError?: (error: TopicError) => void;
}
/** "signed-out" is told once, when the server says that the session has ended; nothing then tries again by itself. */
export type Connection = "connecting" | "open" | "waiting" | "signed-out";

/** The part of WebSocket that is used; tests give their own. */
export interface Wire {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}
/** `after`: the cursor of the subscription on the wire. Readers that came later or earlier have their own. */
interface Topic { after: number; readers: Map<TopicReader<unknown>, { after: number }> }
interface ServerMessage { op?: string; topic?: string; subscribed?: boolean; reset?: boolean; seq?: number; event?: { seq?: number }; error?: TopicError }

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const HEARTBEAT_MS = 25_000;
const SILENCE_MS = 60_000;
/** The server's close code for who has no session. */
const NOT_SIGNED_IN = 4401;

export class Socket {
  private wire: Wire | null = null;
  private state: Connection = "waiting";
  private readonly topics = new Map<string, Topic>();
  /** Subscriptions sent and not yet confirmed; until then a topic's events are those of the subscription before. */
  private readonly unconfirmed = new Map<string, number>();
  private readonly watchers = new Set<(state: Connection) => void>();
  private failures = 0;
  private heardAt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly connect: () => Wire, private readonly now: () => number = Date.now) {}

  /** Delivers every event of the topic with seq > after. Returns what ends the subscription. */
  subscribe<E>(name: string, reader: TopicReader<E>, after = 0): () => void {
    const member = reader as TopicReader<unknown>;
    const known = this.topics.get(name);
    const topic: Topic = known ?? { after, readers: new Map() };
    topic.readers.set(member, { after });
    if (!known || after < topic.after) {
      topic.after = after;
      this.topics.set(name, topic);
      this.ask(name, after);
    }
    this.open();
    return () => this.leave(name, member);
  }

  /** Told of every change of the connection, and of the present state at once. */
  watch(watcher: (state: Connection) => void): () => void {
    this.watchers.add(watcher);
    watcher(this.state);
    return () => void this.watchers.delete(watcher);
  }

  close(): void {
    this.topics.clear();
    this.drop();
  }

  private open(): void {
    if (this.wire || this.retryTimer !== undefined) return;
    this.become("connecting");
    const wire = this.connect();
    this.wire = wire;
    wire.onopen = () => this.opened();
    wire.onmessage = (message) => this.heard(message.data);
    wire.onclose = ({ code }) => (code === NOT_SIGNED_IN ? this.signedOut() : this.lost(wire));
  }

  private opened(): void {
    this.failures = 0;
    this.heardAt = this.now();
    this.become("open");
    for (const [topic, { after }] of this.topics) this.ask(topic, after);
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  private heard(data: string): void {
    this.heardAt = this.now();
    const message = JSON.parse(data) as ServerMessage;
    if (message.topic === undefined) return;
    const name = message.topic;
    if (message.subscribed || message.error) this.confirm(name);
    const topic = this.topics.get(name);
    if (!topic) return;
    if (message.error?.code === "not_authenticated") this.signedOut();
    if (message.error) for (const reader of [...topic.readers.keys()]) reader.onError?.(message.error);
    if (this.unconfirmed.has(name)) return;
    if (message.reset) this.reset(name, topic);
    if (message.event) this.deliver(topic, message.event, message.event.seq ?? message.seq);
  }

  private reset(name: string, topic: Topic): void {
    topic.after = 0;
    for (const cursor of topic.readers.values()) cursor.after = 0;
    this.ask(name, 0);
    for (const reader of [...topic.readers.keys()]) reader.onReset?.();
  }

  private ask(topic: string, after: number): void {
    if (this.state !== "open") return;
    this.unconfirmed.set(topic, (this.unconfirmed.get(topic) ?? 0) + 1);
    this.send({ op: "subscribe", topic, after });
  }

  private confirm(topic: string): void {
    const left = (this.unconfirmed.get(topic) ?? 1) - 1;
    if (left > 0) this.unconfirmed.set(topic, left);
    else this.unconfirmed.delete(topic);
  }

  private deliver(topic: Topic, event: unknown, seq: number | undefined): void {
    if (seq !== undefined) topic.after = Math.max(topic.after, seq);
    for (const [reader, cursor] of [...topic.readers]) {
      if (seq !== undefined && seq <= cursor.after) continue;
      if (seq !== undefined) cursor.after = seq;
      reader.onEvent(event);
    }
  }

  private beat(): void {
    if (this.now() - this.heardAt > SILENCE_MS && this.wire) this.lost(this.wire);
    else this.send({ op: "ping" });
  }

  private lost(wire: Wire): void {
    if (wire !== this.wire) return;
    this.drop();
    if (this.topics.size === 0) return;
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    this.failures += 1;
    this.retryTimer = setTimeout(() => {
      this.retryTimer = undefined;
      this.open();
    }, wait);
  }

  private signedOut(): void {
    this.drop("signed-out");
    this.become("waiting");
  }

  private leave(name: string, reader: TopicReader<unknown>): void {
    const topic = this.topics.get(name);
    if (!topic?.readers.delete(reader) || topic.readers.size > 0) return;
    this.topics.delete(name);
    this.send({ op: "unsubscribe", topic: name });
  }

  private drop(state: Connection = "waiting"): void {
    this.unconfirmed.clear();
    clearInterval(this.heartbeat);
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    const wire = this.wire;
    this.wire = null;
    if (wire) {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    }
    this.become(state);
  }

  private send(message: object): void {
    if (this.wire && this.state === "open") this.wire.send(JSON.stringify(message));
  }

  private become(state: Connection): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher(state);
  }
}

let shared: Socket | null = null;

/** The socket of this tab; opened when something first subscribes. */
export function tabSocket(): Socket {
  shared ??= new Socket(() => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`) as unknown as Wire);
  return shared;
}
