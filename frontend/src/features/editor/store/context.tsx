/** Hands the editor to the components below. They select narrow slices; the context itself never changes. */
import { createContext, useContext, type ReactNode } from "react";
import type { Editor, EditorState } from "./state";
import { useStore } from "./store";

const EditorContext = createContext<Editor | null>(null);

export function EditorProvider({ editor, children }: { editor: Editor; children: ReactNode }) {
  return <EditorContext.Provider value={editor}>{children}</EditorContext.Provider>;
}

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error("useEditor needs an EditorProvider above it");
  return editor;
}

export function useEditorState<T>(select: (state: EditorState) => T, equal?: (a: T, b: T) => boolean): T {
  return useStore(useEditor().store, select, equal);
}
