/** The keyboard over the canvas. Fields keep their own keys; only a few chords work everywhere. */
import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { deleteSelection, duplicate, nodeById, tidyUp, walk, type Direction } from "@/graph";
import { useFit, useReveal } from "../canvas/useFit";
import { useEditor } from "../store/context";
import type { Editor } from "../store/state";

export interface KeyActions {
  run: () => void;
  save: () => void;
}

const ARROWS: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

export function useKeys(actions: KeyActions): void {
  const editor = useEditor();
  const fit = useFit();
  const reveal = useReveal();
  const { screenToFlowPosition } = useReactFlow();
  const pointer = useRef<{ x: number; y: number } | null>(null);
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onMove = (event: PointerEvent) => {
      const over = (event.target as Element | null)?.closest?.(".react-flow__pane, .react-flow__node");
      pointer.current = over ? { x: event.clientX, y: event.clientY } : null;
    };
    const pick = () => {
      const screen = pointer.current;
      // With one node selected the graph goes on from there; else the new node stands under the pointer.
      const goesOn = editor.store.get().nodes.length === 1;
      editor.show({ picking: { screen, at: screen && !goesOn ? screenToFlowPosition(screen) : null } });
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || (event.defaultPrevented && !closedOnlyTooltip(event))) return;
      const used = handle(event, editor, { ...latest.current, fit: () => void fit(), reveal, pick });
      if (used) event.preventDefault();
    };
    window.addEventListener("pointermove", onMove);
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("keydown", onKey);
    };
  }, [editor, fit, reveal, screenToFlowPosition]);
}

interface Deeds extends KeyActions {
  fit: () => void;
  reveal: (id: string) => void;
  pick: () => void;
}

/** Returns whether the key was meant for the editor. */
export function handle(event: KeyboardEvent, editor: Editor, deeds: Deeds): boolean {
  const mod = event.metaKey || event.ctrlKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (mod && key === "Enter") return done(deeds.run);
  if (mod && key === "s") return done(deeds.save);
  if (key === "Escape" && inPanel(event.target)) return done(() => leavePanel(event.target, editor));
  if (isTyping(event.target) || inOverlay(event.target)) return false;
  if (mod) return chord(key, event.shiftKey, editor);
  if (event.altKey) return false;
  return plain(key, event, editor, deeds);
}

function chord(key: string, shift: boolean, editor: Editor): boolean {
  const { nodes, history } = editor.store.get();
  if (key === "z") return done(shift ? editor.redo : editor.undo);
  if (key === "y") return done(editor.redo);
  if (key === "d") return done(() => editor.dispatch(duplicate, { ids: nodes }));
  if (key === "a") return done(() => editor.select(history.doc.nodes.map((node) => node.id), history.doc.edges.map((edge) => edge.id)));
  return false;
}

function plain(key: string, event: KeyboardEvent, editor: Editor, deeds: Deeds): boolean {
  const { nodes, edges, readOnly, openNode, surface, preview } = editor.store.get();
  const arrow = ARROWS[key];
  if (arrow) return !inGroup(event.target) && step(editor, arrow, deeds);
  if (key === "Enter" && nodes.length === 1 && !isButton(event.target)) return done(() => editor.open(nodes[0] ?? null));
  if (key === "Escape") {
    if (surface) return done(() => editor.show({ surface: null }));
    if (openNode) return done(() => editor.open(null));
    if (nodes.length + edges.length > 0) return done(() => editor.select([]));
    return preview ? done(() => editor.show({ preview: false })) : false;
  }
  if (event.key === "?") return done(() => editor.show({ surface: "shortcuts" }));
  if (event.code === "Digit1" && event.shiftKey) return done(deeds.fit);
  if (readOnly) return false;
  if (key === "/") return done(deeds.pick);
  if (key === "Backspace" || key === "Delete") return done(() => editor.dispatch(deleteSelection, { nodes, edges }));
  if (key === "t" && event.shiftKey) return done(() => { editor.dispatch(tidyUp, undefined); setTimeout(deeds.fit, 60); });
  return false;
}

function step(editor: Editor, direction: Direction, { reveal }: Deeds): boolean {
  const { nodes, history, openNode } = editor.store.get();
  const first = history.doc.nodes[0]?.id;
  const from = nodes.at(-1);
  const to = from === undefined ? first : walk(history.doc, from, direction);
  if (!to || !nodeById(history.doc, to)) return true;
  if (openNode) editor.open(to);
  else editor.select([to]);
  reveal(to);
  return true;
}

function done(action: () => void): true {
  action();
  return true;
}

/** Out of a text first, then out of the panel: what is in it may have the focus. */
function leavePanel(target: EventTarget | null, editor: Editor): void {
  if (isTyping(target) && isText(target)) (target as HTMLElement).blur();
  else if (editor.store.get().surface) editor.show({ surface: null });
  else editor.open(null);
}

/** In a panel of the canvas, and not in something that lies over it. */
function inPanel(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.("aside")) && !element?.closest?.("[role=dialog], [role=menu], [data-radix-popper-content-wrapper]");
}

/** A focused button shows its hint, and the hint takes Esc for itself; nobody means that. */
function closedOnlyTooltip({ key, target }: KeyboardEvent): boolean {
  if (key !== "Escape" || !inPanel(target)) return false;
  const floating = [...document.querySelectorAll("[data-radix-popper-content-wrapper]")];
  return floating.length > 0 && floating.every((one) => one.querySelector("[role=tooltip]"));
}

function isText(target: EventTarget | null): boolean {
  return !(target as HTMLElement).matches("input[type=checkbox], input[type=radio], input[type=range], select");
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.closest?.("input, textarea, select, [contenteditable=true], [role=textbox]"));
}

/** Menus, dialogs and lists have their own keys. */
function inOverlay(target: EventTarget | null): boolean {
  return Boolean((target as HTMLElement | null)?.closest?.("[role=dialog], [role=menu], [role=listbox]"));
}

/** Groups that arrow keys move about in. */
function inGroup(target: EventTarget | null): boolean {
  return Boolean((target as HTMLElement | null)?.closest?.("[role=radiogroup], [role=tablist], [role=toolbar], input[type=range]"));
}

function isButton(target: EventTarget | null): boolean {
  return Boolean((target as HTMLElement | null)?.closest?.("button, a"));
}
