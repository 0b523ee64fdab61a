/** Rules about what a graph names that lies outside it: providers of models, and knowledge bases. */
import { isObject, type Fault, type GraphNode } from "../document";
import { fault, warning, type Rule } from "./rules";

/** What this workspace has; null while it is not known yet, and then nothing is said. */
export interface Resources {
  /** Names of models by provider. One that lists none takes any. */
  providers: ReadonlyMap<string, ReadonlySet<string>> | null;
  datasets: ReadonlySet<string> | null;
}

export const UNKNOWN_RESOURCES: Resources = { providers: null, datasets: null };

/** Always there, also while it is starting and lists nothing. */
const BUILTIN = "weft";

export const knownModels: Rule = ({ doc, resources: { providers } }) => (providers ? doc.nodes.flatMap((node) => checkModel(node, providers)) : []);

export const knownDatasets: Rule = ({ doc, resources: { datasets } }) => (datasets ? doc.nodes.flatMap((node) => checkDatasets(node, datasets)) : []);

function checkModel(node: GraphNode, providers: NonNullable<Resources["providers"]>): Fault[] {
  const chosen = node.config.model;
  if (!isObject(chosen) || !chosen.name) return [];
  const provider = String(chosen.provider ?? "");
  const model = String(chosen.name);
  const place = { node: node.id, field: "model", params: { provider, model } };
  const offered = provider === BUILTIN ? (providers.get(provider) ?? new Set<string>()) : providers.get(provider);
  if (!offered) return [fault("model_provider_unknown", `The model provider '${provider}' is not connected. Choose another model or add it under Models.`, place)];
  if (offered.size === 0 || offered.has(model)) return [];
  return [warning("model_unlisted", `The provider '${provider}' does not list the model '${model}'. Choose another if it fails.`, place)];
}

function checkDatasets(node: GraphNode, known: ReadonlySet<string>): Fault[] {
  const ids = Array.isArray(node.config.dataset_ids) ? node.config.dataset_ids.map(String) : [];
  return ids
    .filter((id) => !known.has(id))
    .map((dataset) => fault("dataset_not_found", `There is no knowledge base '${dataset}' here. Choose another.`, { node: node.id, field: "dataset_ids", params: { dataset } }));
}
