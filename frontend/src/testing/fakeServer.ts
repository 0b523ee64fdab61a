/** A server of canned answers in place of fetch; keeps what was asked of it. */
import { vi } from "vitest";

export interface Asked { method: string; path: string; body: unknown }
type Answer = unknown | ((asked: Asked) => unknown);

/** Answers by "METHOD /path" below /api/v1. `refuse(status, …)` makes an error of an answer. */
export function fakeServer(answers: Record<string, Answer>): { asked: Asked[]; set: (key: string, answer: Answer) => void } {
  const table = new Map(Object.entries(answers));
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init: RequestInit = {}) => {
    const url = new URL(String(input), "http://weft.test");
    const request: Asked = { method: init.method ?? "GET", path: url.pathname.replace("/api/v1", "") + url.search, body: parse(init.body) };
    asked.push(request);
    const answer = table.get(`${request.method} ${request.path}`) ?? table.get(`${request.method} ${url.pathname.replace("/api/v1", "")}`);
    if (answer === undefined) return json(404, { code: "not_found", message: `The fake server has no ${request.method} ${request.path}.` });
    const result: unknown = typeof answer === "function" ? (answer as (asked: Asked) => unknown)(request) : answer;
    return result instanceof Refusal ? json(result.status, result.body) : json(200, result);
  });
  return { asked, set: (key, answer) => void table.set(key, answer) };
}

class Refusal {
  constructor(readonly status: number, readonly body: object) {}
}
export const refuse = (status: number, code: string, message: string, more: object = {}): Refusal => new Refusal(status, { code, message, ...more });

function json(status: number, body: unknown): Response {
  return new Response(status === 204 ? null : JSON.stringify(body ?? null), { status, headers: { "Content-Type": "application/json" } });
}

function parse(body: BodyInit | null | undefined): unknown {
  return typeof body === "string" ? JSON.parse(body) : body ?? null;
}
