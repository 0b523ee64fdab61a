/** A graph as it was stored, with all that drawing it takes: clients may leave out what the engine does not need. Pure. */
import { CARD_WIDTH, emptyDefinition, tidy, type Definition, type Kinds } from "@/graph";

const CARD_HEIGHT = 96;

export function whole(stored: Partial<Definition>, kinds: Kinds): Definition {
  const blank = emptyDefinition("", "workflow");
  const nodes = (stored.nodes ?? []).map((node) => ({ ...node, title: node.title || node.id, parent: node.parent ?? null, config: node.config ?? {} }));
  const edges = (stored.edges ?? []).map((edge, i) => ({ ...edge, id: edge.id || `edge-${i}` }));
  const said = { ...blank, ...stored, nodes, edges, layout: stored.layout ?? {} };
  return Object.keys(said.layout).length > 0 ? said : { ...said, layout: tidy(said, kinds, () => ({ width: CARD_WIDTH, height: CARD_HEIGHT })) };
}
