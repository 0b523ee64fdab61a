/** Well-known OpenAI-compatible servers, so that nobody has to look up an address. Data only. */
export interface ProviderPreset {
  id: string;
  name: string;
  baseUrl: string;
  needsKey: boolean;
  models: string[];
}

export const PRESETS: readonly ProviderPreset[] = [
  { id: "openai", name: "OpenAI", baseUrl: "https://api.openai.com/v1", needsKey: true, models: [] },
  { id: "deepseek", name: "DeepSeek", baseUrl: "https://api.deepseek.com/v1", needsKey: true, models: ["deepseek-chat", "deepseek-reasoner"] },
  { id: "qwen", name: "Qwen 通义千问", baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1", needsKey: true, models: ["qwen-plus", "qwen-turbo", "qwen-max"] },
  { id: "moonshot", name: "Moonshot 月之暗面", baseUrl: "https://api.moonshot.cn/v1", needsKey: true, models: [] },
  { id: "zhipu", name: "Zhipu 智谱", baseUrl: "https://open.bigmodel.cn/api/paas/v4", needsKey: true, models: [] },
  { id: "openrouter", name: "OpenRouter", baseUrl: "https://openrouter.ai/api/v1", needsKey: true, models: [] },
  { id: "ollama", name: "Ollama", baseUrl: "http://127.0.0.1:11434/v1", needsKey: false, models: [] },
  { id: "vllm", name: "vLLM", baseUrl: "http://127.0.0.1:8000/v1", needsKey: false, models: [] },
];

export const OTHER = "other";
