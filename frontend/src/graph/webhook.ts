/** A request that a webhook takes, to paste into a terminal. Pure: text in, text out. */
interface Parameter { name: string; type?: string; required?: boolean }
export interface WebhookConfig {
  method?: string;
  content_type?: string;
  headers?: Parameter[];
  params?: Parameter[];
  body?: Parameter[];
}

const EXAMPLES: Readonly<Record<string, unknown>> = { string: "…", number: 1, boolean: true, object: {}, array: [], "array[string]": ["…"], "array[number]": [1], "array[boolean]": [true], "array[object]": [{}] };

/** The settings of a webhook in a graph; what is missing is as the server takes it. */
export function webhookConfig(document: { nodes?: unknown } | undefined, nodeId: string): WebhookConfig {
  const nodes = Array.isArray(document?.nodes) ? (document.nodes as { id: string; config?: WebhookConfig }[]) : [];
  return nodes.find(({ id }) => id === nodeId)?.config ?? {};
}

export function webhookCurl(url: string, config: WebhookConfig): string {
  const { method = "POST", content_type: type = "application/json", headers = [], params = [], body = [] } = config;
  const query = params.map(({ name, type: of }) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(of))}`).join("&");
  const lines = [`curl ${method === "POST" && body.length > 0 ? "" : `-X ${method} `}${quote(query ? `${url}?${query}` : url)}`];
  for (const { name } of headers) lines.push(`-H ${quote(`${name}: …`)}`);
  if (method !== "GET" && method !== "HEAD") lines.push(...bodyOf(type, body));
  return lines.join(" \\\n  ");
}

function bodyOf(type: string, body: readonly Parameter[]): string[] {
  if (type === "multipart/form-data") return body.map(({ name, type: of }) => `-F ${quote(of === "file" ? `${name}=@file.pdf` : `${name}=${textOf(of)}`)}`);
  if (type === "application/x-www-form-urlencoded") return body.map(({ name, type: of }) => `--data-urlencode ${quote(`${name}=${textOf(of)}`)}`);
  const header = `-H ${quote(`Content-Type: ${type}`)}`;
  if (type === "text/plain") return [header, `--data ${quote("…")}`];
  if (type === "application/octet-stream") return [header, "--data-binary @file.bin"];
  return [header, `--data ${quote(JSON.stringify(Object.fromEntries(body.map(({ name, type: of = "string" }) => [name, EXAMPLES[of] ?? "…"]))))}`];
}

function textOf(type = "string"): string {
  const example = EXAMPLES[type] ?? "…";
  return typeof example === "string" ? example : JSON.stringify(example);
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
