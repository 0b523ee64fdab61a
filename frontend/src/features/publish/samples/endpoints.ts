/** Calls to copy, ready to run: the app's own API, and the OpenAI-compatible one. Pure: text in, text out. */
import { type CodeSample } from "@/kit";

export const PLACEHOLDER = "app-…";

export interface SampleFacts {
  base: string;
  key: string;
  appId: string;
  question: string;
  inputs: Record<string, unknown>;
}

export function chatSamples({ base, key, question, inputs }: SampleFacts): CodeSample[] {
  const body = { query: question, inputs, response_mode: "streaming", user: "customer-42" };
  return [
    curl(`${base}/v1/chat-messages`, key, body, true),
    {
      id: "python", label: "Python", language: "python",
      code: `import json
import httpx

url = "${base}/v1/chat-messages"
headers = {"Authorization": "Bearer ${key}"}
question = ${python(body)}

with httpx.stream("POST", url, headers=headers, json=question, timeout=None) as response:
    response.raise_for_status()
    for line in response.iter_lines():
        if line.startswith("data: "):
            event = json.loads(line[6:])
            if event["event"] == "message":
                print(event["answer"], end="", flush=True)`,
    },
  ];
}

export function workflowSamples({ base, key, inputs }: SampleFacts): CodeSample[] {
  const body = { inputs, response_mode: "blocking", user: "customer-42" };
  return [
    curl(`${base}/v1/workflows/run`, key, body, false),
    {
      id: "python", label: "Python", language: "python",
      code: `import httpx

response = httpx.post(
    "${base}/v1/workflows/run",
    headers={"Authorization": "Bearer ${key}"},
    json=${python(body).replaceAll("\n", "\n    ")},
    timeout=300,
)
response.raise_for_status()
print(response.json()["data"]["outputs"])`,
    },
  ];
}

export function openaiSamples({ base, key, appId, question }: SampleFacts): CodeSample[] {
  const text = JSON.stringify(question);
  return [
    {
      id: "python", label: "Python", language: "python",
      code: `from openai import OpenAI

client = OpenAI(base_url="${base}/v1", api_key="${key}")
stream = client.chat.completions.create(
    model="${appId}",
    messages=[{"role": "user", "content": ${text}}],
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)`,
    },
    {
      id: "javascript", label: "JavaScript", language: "javascript",
      code: `import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${base}/v1", apiKey: "${key}" });
const stream = await client.chat.completions.create({
  model: "${appId}",
  messages: [{ role: "user", content: ${text} }],
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}`,
    },
    curl(`${base}/v1/chat/completions`, key, { model: appId, messages: [{ role: "user", content: question }], stream: true }, true),
  ];
}

function curl(url: string, key: string, body: object, streams: boolean): CodeSample {
  const json = JSON.stringify(body, null, 2).replaceAll("\n", "\n  ").replaceAll("'", "'\\''");
  return {
    id: "curl", label: "curl", language: "bash",
    code: `curl${streams ? " -N" : ""} ${url} \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${json}'`,
  };
}

/** JSON as a Python literal, laid out over lines. */
function python(value: object): string {
  return JSON.stringify(value, null, 4).replace(/: (true|false|null)\b/g, (_, word: string) => `: ${{ true: "True", false: "False", null: "None" }[word] ?? word}`);
}
