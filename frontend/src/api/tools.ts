/** Tools that come with Weft: what `tool` nodes call and agents may use. */
import { queryOptions } from "@tanstack/react-query";
import { type Schema } from "@/graph";
import { api, type Items } from "./client";

export interface BuiltInTool {
  provider: string;
  tool: string;
  description: string;
  /** What a model may fill in. */
  parameters: Schema;
  /** What only a person sets. */
  settings: Schema;
  outputs: Record<string, string>;
}

export const toolsQuery = queryOptions({ queryKey: ["tools"], queryFn: ({ signal }) => api.get<Items<BuiltInTool>>("/tools", { signal }), staleTime: Infinity });
