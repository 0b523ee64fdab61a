/** What sets one setting of the search apart from another. Pure. */
import { type Retrieval } from "@/api";
import { same } from "@/graph";

export function changesOf(before: Retrieval, after: Retrieval): Partial<Retrieval> {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    if (!same(value, before[name as keyof Retrieval])) changes[name] = value;
  }
  return changes as Partial<Retrieval>;
}
