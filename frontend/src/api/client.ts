/**
 * The one way the console speaks HTTP: JSON in and out, CSRF from the cookie, errors as ApiError.
 * Knows nothing of any noun; those are in the modules beside it.
 */
export const API_ROOT = "/api/v1";

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(facts: { status: number; code: string; message: string; field?: string | undefined; details?: Record<string, unknown> | undefined }) {
    super(facts.message);
    this.name = "ApiError";
    this.status = facts.status;
    this.code = facts.code;
    this.field = facts.field;
    this.details = facts.details ?? {};
  }
}

/** A page of a list; `next` is the cursor of the page after it. */
export interface Items<T> {
  items: T[];
  next: string | null;
}

type Query = Record<string, string | number | boolean | null | undefined>;
interface Options {
  query?: Query;
  signal?: AbortSignal | undefined;
  /** Lets the request outlive the page, for what is sent while leaving it. */
  keepalive?: boolean;
}

export const api = {
  get: <T>(path: string, options: Options = {}) => request<T>("GET", path, undefined, options),
  post: <T>(path: string, body?: unknown, options: Options = {}) => request<T>("POST", path, body, options),
  put: <T>(path: string, body: unknown, options: Options = {}) => request<T>("PUT", path, body, options),
  patch: <T>(path: string, body: unknown, options: Options = {}) => request<T>("PATCH", path, body, options),
  delete: <T = void>(path: string, options: Options = {}) => request<T>("DELETE", path, undefined, options),
  text: (path: string, options: Options = {}) => requestText(path, options),
};

export function csrfToken(): string {
  const found = /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie);
  return found?.[1] ? decodeURIComponent(found[1]) : "";
}

async function request<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
  const response = await send(method, path, body, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (!text) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiError({ status: response.status, code: "bad_response", message: `${method} ${path} answered with something that is not JSON.`, details: { start: text.slice(0, 200) } });
  }
}

async function requestText(path: string, options: Options): Promise<string> {
  return (await send("GET", path, undefined, options)).text();
}

async function send(method: string, path: string, body: unknown, options: Options): Promise<Response> {
  const isForm = body instanceof FormData;
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined && !isForm) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(API_ROOT + path + queryText(options.query), {
      method,
      headers,
      credentials: "same-origin",
      body: body === undefined ? null : isForm ? body : JSON.stringify(body),
      signal: options.signal ?? null,
      keepalive: options.keepalive ?? false,
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError({ status: 0, code: "network_unreachable", message: `${method} ${path} did not reach the server.` });
  }
  if (!response.ok) throw await readError(response, `${method} ${path}`);
  return response;
}

/** The error of a refused response, also when something between us and the server answered in its own words. */
export async function readError(response: Response, what: string): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  const facts = parseObject(text);
  const code = typeof facts?.code === "string" ? facts.code : `http_${response.status}`;
  const message = typeof facts?.message === "string" ? facts.message : `${what} was answered with ${response.status} ${response.statusText}.`;
  return new ApiError({
    status: response.status,
    code,
    message,
    field: typeof facts?.field === "string" ? facts.field : undefined,
    details: typeof facts?.details === "object" && facts.details !== null ? (facts.details as Record<string, unknown>) : undefined,
  });
}

export function queryText(query: Query | undefined): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (pairs.length === 0) return "";
  return `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString()}`;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
