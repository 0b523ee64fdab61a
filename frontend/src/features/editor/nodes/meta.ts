/** What the editor adds to a kind that the server describes: its picture, its facts on the card, its way of being edited. */
import type { TFunction } from "i18next";
import type { LucideIcon } from "lucide-react";
import { isBlank, type GraphNode, type Json, type JsonObject, type Lack, type NodeState, type Selector } from "@/graph";
import type { Format } from "@/kit";

/** One line on a card. */
export type Fact = { type: "text"; text: string } | { type: "refs"; selectors: Selector[] } | { type: "fields"; fields: { name: string; type: string }[] };

/** What facts may be made of. */
export interface FactView {
  node: GraphNode;
  t: TFunction<"nodes">;
  /** `["llm", "text"]` as a reader knows it. */
  nameOf: (selector: Selector) => string;
  /** The same where room is short: `text`. */
  shortOf: (selector: Selector) => string;
  datasetName: (id: string) => string;
  /** Of an app that is run as a node. */
  appName: (id: string) => string;
  format: Format;
}

export interface NodeMeta {
  kind: string;
  icon: LucideIcon;
  /** What is missing in a config, in the codes the server would use. */
  lacks?: (config: JsonObject) => readonly Lack[];
  /** The one or two things a reader of the canvas wants to know. */
  facts?: (view: FactView) => Fact[];
  /** What the last run adds to them. */
  runFacts?: (run: NodeState, view: FactView) => Fact[];
  /** What is written beside an outlet that is not the ordinary one. */
  handleLabel?: (view: FactView, handle: string) => string;
  /** What a template of this kind may hold besides values from upstream. */
  words?: (config: JsonObject, field: string) => readonly { name: string; type: string }[];
  /** Fields that make no sense with the rest of the config as it is. */
  hidden?: (config: JsonObject) => readonly string[];
  /** Fields that are folded away under "More". */
  advanced?: readonly string[];
}

export const text = (value: string): Fact => ({ type: "text", text: value });

/** Joins what is there with the middle dot that separates facts everywhere. */
export function line(...parts: (string | number | null | undefined | false)[]): Fact[] {
  const shown = parts.filter((part) => part !== null && part !== undefined && part !== false && part !== "");
  return shown.length > 0 ? [text(shown.join(" · "))] : [];
}

export function refs(selectors: readonly Selector[]): Fact[] {
  const shown = selectors.filter((selector) => selector.length > 0);
  return shown.length > 0 ? [{ type: "refs", selectors: shown }] : [];
}

export function selectorOf(value: Json | undefined): Selector {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The plain case: these fields must not be left empty. */
export const needs =
  (codes: Record<string, string>) =>
  (config: JsonObject): Lack[] =>
    Object.entries(codes).flatMap(([field, code]) => (isBlank(config[field]) ? [{ code, field }] : []));
