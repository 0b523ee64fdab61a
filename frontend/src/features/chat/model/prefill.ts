/**
 * Start values from the page's address. Ours are plain text (`?city=Ulm`); frames made for Dify carry each value as
 * base64 of gzip, so a value that looks like that is unpacked.
 */
import { type StartVariable } from "./client";

export async function readPrefill(search: string, variables: readonly StartVariable[]): Promise<Record<string, string>> {
  const params = new URLSearchParams(search);
  const values: Record<string, string> = {};
  for (const { name } of variables) {
    const raw = params.get(name);
    if (raw !== null) values[name] = await plain(raw);
  }
  return values;
}

async function plain(raw: string): Promise<string> {
  // "H4sI" is how gzip's magic bytes look in base64; URLSearchParams reads its "+" as a space.
  if (!raw.startsWith("H4sI") || !("DecompressionStream" in globalThis)) return raw;
  try {
    const bytes = Uint8Array.from(atob(raw.replaceAll(" ", "+")), (c) => c.charCodeAt(0));
    return await new Response(gunzip(bytes)).text();
  } catch {
    return raw;
  }
}

function gunzip(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  const source = new Response(bytes).body as ReadableStream<Uint8Array<ArrayBuffer>>;
  return source.pipeThrough(new DecompressionStream("gzip"));
}
