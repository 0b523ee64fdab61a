/** The report of an import as sections to read: what will not run, what is to be chosen, what was changed. Pure. */
import { type ImportPreview } from "@/api";

export const SECTIONS = ["unsupported", "tools", "models", "datasets", "workflows", "secrets", "changes", "references", "notes", "plugins"] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface Item {
  /** The thing itself: a model, a tool, a secret. Empty where the message says it all. */
  name: string;
  code: string;
  message: string;
  /** Ids of the nodes it concerns. */
  nodes: readonly string[];
}
export interface Section {
  name: SectionName;
  /** todo: somebody has to do something before the app is whole; told: it only should be known. */
  weight: "todo" | "told";
  items: readonly Item[];
}

/** What reading a file changed; other faults were in the file before. */
const CHANGES: ReadonlySet<string> = new Set(["setting_ignored", "variable_dropped", "schedule_changed", "parent_dropped", "node_renamed", "input_type_changed", "feature_ignored", "edge_dropped", "app_mode_converted"]);
const MODEL_FAULTS: ReadonlySet<string> = new Set(["model_missing", "model_provider_unknown", "model_unlisted"]);
const DATASET_FAULTS: ReadonlySet<string> = new Set(["dataset_missing", "dataset_not_found"]);
const WORKFLOW_FAULTS: ReadonlySet<string> = new Set(["sub_workflow_missing", "sub_workflow_invalid"]);
const TOLD: ReadonlySet<SectionName> = new Set(["changes", "notes", "plugins"]);

export function sectionsOf({ report, faults }: ImportPreview): Section[] {
  const lacking = (codes: ReadonlySet<string>) => new Set(faults.flatMap(({ code, node_id }) => (node_id && codes.has(code) ? [node_id] : [])));
  const without = { models: lacking(MODEL_FAULTS), datasets: lacking(DATASET_FAULTS), workflows: lacking(WORKFLOW_FAULTS) };
  /** Only what this workspace does not have already. */
  const missing = <T extends { nodes: string[] }>(entries: T[], nodes: ReadonlySet<string>) => entries.filter((entry) => entry.nodes.some((id) => nodes.has(id)));
  const toItem = (name: string, { code, message, nodes = [] }: { code: string; message: string; nodes?: string[] }): Item => ({ name, code, message, nodes });
  const toNote = ({ code, message, node_id }: ImportPreview["faults"][number]): Item => ({ name: "", code, message, nodes: node_id ? [node_id] : [] });
  /** Said once, with the tools. */
  const tools = new Set(report.tools.map(({ provider, tool }) => `the tool ${provider}/${tool}`));
  const items: Record<SectionName, Item[]> = {
    unsupported: report.unsupported.filter(({ missing: lacks }) => !tools.has(lacks)).map((one) => ({ ...toItem(one.missing, one), nodes: [one.node_id] })),
    tools: report.tools.map((one) => toItem(`${one.provider}/${one.tool}`, one)),
    models: missing(report.models, without.models).map((one) => toItem(one.name ? `${one.provider}/${one.name}` : "", one)),
    datasets: missing(report.datasets, without.datasets).map((one) => toItem(one.dataset_id, one)),
    workflows: missing(report.workflows, without.workflows).map((one) => toItem(one.app, one)),
    secrets: report.secrets.map((one) => toItem(one.name, one)),
    changes: report.changes.filter(({ code }) => CHANGES.has(code)).map(toNote),
    references: report.references.map(toNote),
    notes: report.changes.filter(({ code }) => !CHANGES.has(code)).map(toNote),
    plugins: report.plugins.map((one) => toItem(one.plugin, one)),
  };
  return SECTIONS.flatMap((name) => (items[name].length > 0 ? [{ name, weight: TOLD.has(name) ? ("told" as const) : ("todo" as const), items: items[name] }] : []));
}
