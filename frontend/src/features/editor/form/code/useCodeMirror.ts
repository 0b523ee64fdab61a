/** A CodeMirror editor as a controlled value. Extensions are given once; what changes later goes through a compartment. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder as placeholderOf } from "@codemirror/view";
import { useEffect, useRef, useState } from "react";

export interface CodeMirrorOptions {
  value: string;
  onChange: (value: string) => void;
  label: string;
  placeholder?: string;
  readOnly?: boolean;
  /** Made once, when the editor is. */
  extensions: () => Extension;
  /** May change while the editor lives. */
  live?: Extension;
}

export function useCodeMirror(options: CodeMirrorOptions): { ref: React.RefObject<HTMLDivElement | null>; view: EditorView | null } {
  const ref = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<EditorView | null>(null);
  const [compartment] = useState(() => new Compartment());
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });

  useEffect(() => {
    if (!ref.current) return;
    const made = new EditorView({
      parent: ref.current,
      state: EditorState.create({ doc: latest.current.value, extensions: setUp(latest, compartment) }),
    });
    setView(made);
    return () => made.destroy();
  }, [compartment]);

  const { value, live = [] } = options;
  useEffect(() => {
    if (!view || view.state.doc.toString() === value) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
  }, [view, value]);
  useEffect(() => {
    view?.dispatch({ effects: compartment.reconfigure(live) });
  }, [view, compartment, live]);
  return { ref, view };
}

function setUp(latest: React.RefObject<CodeMirrorOptions>, compartment: Compartment): Extension {
  const { label, placeholder, readOnly = false, extensions, live = [] } = latest.current;
  return [
    history(),
    extensions(),
    compartment.of(live),
    keymap.of([...defaultKeymap, ...historyKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": label }),
    EditorState.readOnly.of(readOnly),
    placeholder ? placeholderOf(placeholder) : [],
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      const text = update.state.doc.toString();
      if (text !== latest.current.value) latest.current.onChange(text);
    }),
  ];
}
