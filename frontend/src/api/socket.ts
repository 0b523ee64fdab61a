/**
 * One WebSocket per tab. Topics are cursors: each remembers the last seq it delivered, and after a break
 * is subscribed again from there, so a reader misses nothing and sees nothing twice.
 */
export interface TopicError { code: string; message: string }
export interface TopicReader<E> {
  onEvent: (event: E) => void;
  onError?: (error: TopicError) => void;
}
export type Connection = "connecting" | "open" | "waiting";

/** The part of WebSocket that is used; tests give their own. */
export interface Wire {
  send(data: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: string }) => void) | null;
  onclose: (() => void) | null;
}
/** `after`: the cursor of the subscription on the wire. Readers that came later or earlier have their own. */
interface Topic { after: number; readers: Map<TopicReader<unknown>, { after: number }> }
interface ServerMessage { op?: string; topic?: string; seq?: number; event?: { seq?: number }; error?: TopicError }

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const HEARTBEAT_MS = 25_000;
const SILENCE_MS = 60_000;

export class Socket {
  private wire: Wire | null = null;
  private state: Connection = "waiting";
  private readonly topics = new Map<string, Topic>();
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
      this.send({ op: "subscribe", topic: name, after });
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
    wire.onclose = () => this.lost(wire);
  }

  private opened(): void {
    this.failures = 0;
    this.heardAt = this.now();
    this.become("open");
    for (const [topic, { after }] of this.topics) this.send({ op: "subscribe", topic, after });
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  private heard(data: string): void {
    this.heardAt = this.now();
    const message = JSON.parse(data) as ServerMessage;
    if (message.topic === undefined) return;
    const topic = this.topics.get(message.topic);
    if (!topic) return;
    if (message.error) for (const reader of topic.readers.keys()) reader.onError?.(message.error);
    if (message.event) this.deliver(topic, message.event, message.event.seq ?? message.seq);
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

  private leave(name: string, reader: TopicReader<unknown>): void {
    const topic = this.topics.get(name);
    if (!topic?.readers.delete(reader) || topic.readers.size > 0) return;
    this.topics.delete(name);
    this.send({ op: "unsubscribe", topic: name });
  }

  private drop(): void {
    clearInterval(this.heartbeat);
    clearTimeout(this.retryTimer);
    this.retryTimer = undefined;
    const wire = this.wire;
    this.wire = null;
    if (wire) {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close();
    }
    this.become("waiting");
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
