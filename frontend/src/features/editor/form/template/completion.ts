/** Offers values while one types `{` or, at the start of a word, `/`. What is offered comes from the form's scope. */
import { autocompletion, type Completion, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { tooltips } from "@codemirror/view";
import { filterScope, formatReference, type ScopeGroup } from "@/graph";

export interface Offer {
  groups: readonly ScopeGroup[];
  titleOf: (group: ScopeGroup) => string;
  /** References of one word, such as `context`. */
  words: readonly { name: string; type: string }[];
}

const OPENING = /(?:\{\{?#?|(?:(?<=^|\s)\/))[^\s{}#/]*$/;

export function variableCompletion(offer: () => Offer): Extension {
  return [
    tooltips({
      position: "fixed",
      parent: document.body,
      tooltipSpace: () => ({ left: 8, top: 60, right: window.innerWidth - 20, bottom: window.innerHeight - 12 }),
    }),
    autocompletion({ override: [(context) => complete(context, offer())], icons: false, activateOnTyping: true, closeOnBlur: true, maxRenderedOptions: 200 }),
  ];
}

export function complete(context: CompletionContext, offer: Offer): CompletionResult | null {
  const line = context.state.doc.lineAt(context.pos);
  const typed = OPENING.exec(line.text.slice(0, context.pos - line.from));
  if (!typed && !context.explicit) return null;
  const from = typed ? line.from + typed.index : context.pos;
  const query = typed ? typed[0].replace(/^(?:\{\{?#?|\/)/, "") : "";
  const options = [...wordOptions(offer, query), ...groupOptions(offer, query)];
  return options.length > 0 ? { from, options, filter: false } : null;
}

function wordOptions({ words }: Offer, query: string): Completion[] {
  const fitting = words.filter((word) => word.name.includes(query.toLowerCase()));
  return fitting.map((word) => ({ label: word.name, detail: word.type, apply: formatReference([word.name]) }));
}

function groupOptions({ groups, titleOf }: Offer, query: string): Completion[] {
  return filterScope(groups, query).flatMap((group, rank) =>
    group.variables.map((variable) => ({
      label: variable.name,
      detail: variable.type,
      apply: formatReference(variable.selector),
      section: { name: titleOf(group), rank },
    })),
  );
}
