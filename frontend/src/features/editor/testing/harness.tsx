/** An editor without a server, for tests of its parts. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { render } from "@testing-library/react";
import type { ReactElement } from "react";
import { MemoryRouter } from "react-router";
import { datasetsQuery, modelsQuery } from "@/api";
import type { Definition } from "@/graph";
import { KINDS, ragDoc } from "@/graph/testing/factories";
import { CommandProvider, ThemeProvider, TooltipProvider } from "@/kit";
import { EditorProvider } from "../store/context";
import { createEditor, type Editor } from "../store/state";

const MODELS = [
  { provider: "openai", provider_name: "OpenAI", name: "gpt-4.1-mini", kind: "chat" },
  { provider: "weft", provider_name: "Weft", name: "weft-quote", kind: "chat", note_code: "extractive" },
];
const DATASETS = [{ id: "d1", name: "Manuals", document_count: 3 }];

export function makeEditor(document: Definition = ragDoc()): Editor {
  return createEditor({ document, kinds: KINDS, now: () => 0 });
}

export function show(element: ReactElement, editor: Editor = makeEditor()) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  client.setQueryData(modelsQuery("chat").queryKey, { items: MODELS, next: null } as never);
  client.setQueryData(datasetsQuery.queryKey, { items: DATASETS, next: null } as never);
  render(
    <QueryClientProvider client={client}>
      <ThemeProvider>
        <TooltipProvider>
          <CommandProvider>
            <MemoryRouter>
              <EditorProvider editor={editor}>
                <ReactFlowProvider>{element}</ReactFlowProvider>
              </EditorProvider>
            </MemoryRouter>
          </CommandProvider>
        </TooltipProvider>
      </ThemeProvider>
    </QueryClientProvider>,
  );
  return editor;
}
