/** Every kind the editor knows more of than the server tells. A kind without a folder still works, plainly. */
import { Box } from "lucide-react";
import type { GraphNode, Lack } from "@/graph";
import type { NodeMeta } from "./meta";

const folders = import.meta.glob<Record<string, NodeMeta>>("./*/meta.ts", { eager: true });
const METAS: ReadonlyMap<string, NodeMeta> = new Map(
  Object.values(folders).flatMap((module) => Object.values(module).map((meta) => [meta.kind, meta] as const)),
);
const PLAIN: Omit<NodeMeta, "kind"> = { icon: Box };

export function metaOf(kind: string): NodeMeta {
  return METAS.get(kind) ?? { ...PLAIN, kind };
}

export function lacksOf(node: GraphNode): readonly Lack[] {
  return metaOf(node.kind).lacks?.(node.config) ?? [];
}

export type { Fact, FactView, NodeMeta } from "./meta";
