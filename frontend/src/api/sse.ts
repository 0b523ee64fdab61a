/** Cuts a byte stream into server-sent events. A network read is bytes, not an event; what has no end is refused. */
export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

const LIMIT = 4 * 1024 * 1024;

export class SseFramer {
  private readonly decoder = new TextDecoder("utf-8");
  private rest = "";
  private id: string | null = null;
  private event = "";
  private data: string[] = [];
  private size = 0;

  /** Takes the next bytes; returns the events they completed. Throws when one event exceeds 4 MiB. */
  push(bytes: Uint8Array): ServerEvent[] {
    const text = this.rest + this.decoder.decode(bytes, { stream: true });
    // A lone \r at the end may be the first half of \r\n: it waits for the next read.
    const cut = text.endsWith("\r") ? text.length - 1 : text.length;
    const lines = text.slice(0, cut).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + text.slice(cut);
    this.bound(this.rest.length);
    const events: ServerEvent[] = [];
    for (const line of lines) {
      const done = this.line(line);
      if (done) events.push(done);
    }
    return events;
  }

  private line(line: string): ServerEvent | null {
    if (line === "") return this.finish();
    if (line.startsWith(":")) return null;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      this.data.push(value);
      this.size += value.length;
      this.bound(this.size);
    } else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private finish(): ServerEvent | null {
    const complete = this.data.length > 0 ? { id: this.id, event: this.event || "message", data: this.data.join("\n") } : null;
    this.event = "";
    this.data = [];
    this.size = 0;
    return complete;
  }

  private bound(size: number): void {
    if (size > LIMIT) throw new Error(`A server-sent event is larger than ${LIMIT} bytes.`);
  }
}
