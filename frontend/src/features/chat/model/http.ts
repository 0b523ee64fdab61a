/** How the public pages reach the server: refusals and lost lines as one kind of error. Knows no address. */
import { type Fault } from "./events";

/** The server answered, and refused. `status` 0: it could not be reached at all. */
export class SiteError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly field?: string,
  ) {
    super(message);
  }
}

export const reach = (url: string, init: RequestInit): Promise<Response> => reached(fetch(url, init), init.signal);

export async function reached(answer: Promise<Response>, signal: AbortSignal | null | undefined): Promise<Response> {
  try {
    return await answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new SiteError("network_unreachable", "The server cannot be reached.", 0);
  }
}

export async function refusal(response: Response): Promise<SiteError> {
  // `params` is what Dify's clients call the field
  const body = ((await response.json().catch(() => null)) ?? {}) as Partial<Fault> & { field?: string; params?: string };
  const code = body.code ?? `http_${response.status}`;
  return new SiteError(code, body.message ?? `The server answered ${response.status}.`, response.status, body.field ?? body.params);
}
