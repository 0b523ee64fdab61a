/** How CodeMirror looks: the same tokens as everything else, so both themes come by themselves. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

export const base = EditorView.theme({
  "&": { color: "var(--ink)", background: "transparent", font: "var(--t2) var(--sans)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "inherit", lineHeight: "22px", overflow: "auto" },
  ".cm-content": { padding: "6px 0", caretColor: "var(--accent)", minHeight: "22px", fontVariantLigatures: "none" },
  ".cm-line": { padding: "0 10px" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-soft)" },
  ".cm-placeholder": { color: "var(--ink-3)" },
  ".cm-tooltip": { border: "0", borderRadius: "var(--r2)", background: "var(--raised)", boxShadow: "var(--shadow-3)", zIndex: "var(--z-pop)", overflow: "hidden" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--sans)", maxHeight: "280px", minWidth: "260px", padding: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { display: "flex", alignItems: "center", gap: "12px", padding: "5px 10px", borderRadius: "var(--r1)", lineHeight: "18px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--hover)", color: "var(--ink)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > completion-section": { display: "block", padding: "8px 10px 4px", border: "0", opacity: "1", font: "600 11px/16px var(--sans)", color: "var(--ink-3)" },
  ".cm-completionLabel": { font: "500 12px/18px var(--mono)" },
  ".cm-completionDetail": { marginLeft: "auto", fontStyle: "normal", font: "var(--t1) var(--sans)", color: "var(--ink-3)" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent-ink)" },
  ".cm-gutters": { background: "transparent", border: "0", color: "var(--ink-3)" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "transparent" },
  ".cm-diagnostic": { padding: "6px 10px", font: "var(--t1) var(--sans)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { background: "var(--accent-soft)", outline: "none" },
});

export const mono = EditorView.theme({
  ".cm-scroller": { font: "12px/19px var(--mono)", lineHeight: "19px", fontVariantLigatures: "none" },
  // Not left to what is inherited: sans and mono both draw "->" as an arrow.
  ".cm-content, .cm-gutters": { fontFamily: "var(--mono)", fontVariantLigatures: "none", fontFeatureSettings: '"calt" 0, "liga" 0' },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 10px", minWidth: "28px" },
  ".cm-line": { padding: "0 8px" },
});

export const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--n-model)" },
    { tag: [tags.string, tags.special(tags.string)], color: "var(--ok-ink)" },
    { tag: [tags.number, tags.bool, tags.null], color: "var(--warn-ink)" },
    { tag: [tags.comment], color: "var(--ink-3)", fontStyle: "italic" },
    { tag: [tags.function(tags.variableName), tags.definition(tags.variableName)], color: "var(--n-io)" },
    { tag: [tags.propertyName, tags.attributeName], color: "var(--accent-ink)" },
    { tag: [tags.invalid], color: "var(--bad-ink)" },
  ]),
);
