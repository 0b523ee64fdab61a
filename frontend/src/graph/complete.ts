/** A document with everything in its place: what others wrote may leave out what holds its default. */
import { SOURCE, type Definition } from "./document";

type Loose = Partial<Omit<Definition, "app" | "variables" | "nodes" | "edges">> & {
  app?: Partial<Definition["app"]>;
  variables?: Partial<Definition["variables"]>;
  nodes?: (Partial<Definition["nodes"][number]> & { id: string; kind: string })[];
  edges?: (Partial<Definition["edges"][number]> & { id: string; source: string; target: string })[];
};

export function completed(document: Definition): Definition {
  const { app, variables, nodes = [], edges = [], features = {}, layout = {}, ...rest }: Loose = document;
  return {
    ...rest,
    weft: 1,
    app: { name: "", mode: "workflow", description: "", icon: "", ...app },
    nodes: nodes.map((node) => ({ ...node, title: node.title ?? "", parent: node.parent ?? null, config: node.config ?? {} })),
    edges: edges.map((edge) => ({ ...edge, handle: edge.handle ?? SOURCE })),
    variables: { environment: variables?.environment ?? [], conversation: variables?.conversation ?? [] },
    features,
    layout,
  };
}
