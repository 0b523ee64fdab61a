/** Calls to copy, ready to run: the app's own API, and the OpenAI-compatible one. */
import { type CodeSample } from "@/kit";

export const PLACEHOLDER = "app-…";

export function chatSamples(base: string, key: string): CodeSample[] {
  return [
    {
      id: "curl", label: "curl", language: "bash",
      code: `curl -N ${base}/v1/chat-messages \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "query": "How do I reset the device?",
    "inputs": {},
    "response_mode": "streaming",
    "user": "customer-42"
  }'`,
    },
    {
      id: "python", label: "Python", language: "python",
      code: `import json
import httpx

url = "${base}/v1/chat-messages"
headers = {"Authorization": "Bearer ${key}"}
question = {
    "query": "How do I reset the device?",
    "inputs": {},
    "response_mode": "streaming",
    "user": "customer-42",
}

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

export function workflowSamples(base: string, key: string): CodeSample[] {
  return [
    {
      id: "curl", label: "curl", language: "bash",
      code: `curl ${base}/v1/workflows/run \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "inputs": {"text": "…"},
    "response_mode": "blocking",
    "user": "customer-42"
  }'`,
    },
    {
      id: "python", label: "Python", language: "python",
      code: `import httpx

response = httpx.post(
    "${base}/v1/workflows/run",
    headers={"Authorization": "Bearer ${key}"},
    json={"inputs": {"text": "…"}, "response_mode": "blocking", "user": "customer-42"},
    timeout=300,
)
response.raise_for_status()
print(response.json()["data"]["outputs"])`,
    },
  ];
}

export function openaiSamples(base: string, key: string): CodeSample[] {
  return [
    {
      id: "python", label: "Python", language: "python",
      code: `from openai import OpenAI

client = OpenAI(base_url="${base}/v1", api_key="${key}")
stream = client.chat.completions.create(
    model=client.models.list().data[0].id,
    messages=[{"role": "user", "content": "How do I reset the device?"}],
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
const models = await client.models.list();
const stream = await client.chat.completions.create({
  model: models.data[0].id,
  messages: [{ role: "user", content: "How do I reset the device?" }],
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
}`,
    },
    {
      id: "curl", label: "curl", language: "bash",
      code: `curl -N ${base}/v1/chat/completions \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "weft",
    "messages": [{"role": "user", "content": "How do I reset the device?"}],
    "stream": true
  }'`,
    },
  ];
}
