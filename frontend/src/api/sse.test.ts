import { describe, expect, it } from "vitest";
import { type ServerEvent, SseFramer } from "./sse";

const bytes = (text: string) => new TextEncoder().encode(text);
const TEXT = ': ping\r\n\r\nid: 1\r\ndata: {"a":"你好"}\r\n\r\nevent: done\rid: 2\rdata: one\rdata:two\r\rdata\n\n';
const EVENTS: ServerEvent[] = [
  { id: "1", event: "message", data: '{"a":"你好"}' },
  { id: "2", event: "done", data: "one\ntwo" },
  { id: "2", event: "message", data: "" },
];

describe("SseFramer", () => {
  it("reads fields, comments and every line ending", () => {
    expect(new SseFramer().push(bytes(TEXT))).toEqual(EVENTS);
  });

  it.each([1, 2, 3, 7])("gives the same events when bytes come %i at a time", (size) => {
    const framer = new SseFramer();
    const all = bytes(TEXT);
    const events: ServerEvent[] = [];
    for (let at = 0; at < all.length; at += size) events.push(...framer.push(all.slice(at, at + size)));

    expect(events).toEqual(EVENTS);
  });

  it("refuses a line without end", () => {
    const framer = new SseFramer();
    const chunk = bytes("x".repeat(1_500_000));

    expect(() => {
      for (let round = 0; round < 4; round += 1) framer.push(chunk);
    }).toThrow("larger than");
  });
});
