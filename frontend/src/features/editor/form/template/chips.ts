/** Shows every `{{#node.output#}}` of a text as a chip with the names readers know. The text itself stays as it is. */
import { Facet, type Extension } from "@codemirror/state";
import { Decoration, EditorView, MatchDecorator, ViewPlugin, WidgetType, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import type { Selector } from "@/graph";

export interface ChipNames {
  nameOf: (selector: Selector) => string;
  isKnown: (selector: Selector) => boolean;
}

export const chipNames = Facet.define<ChipNames, ChipNames>({
  combine: (values) => values[0] ?? { nameOf: (selector) => selector.join("."), isKnown: () => true },
});

class Chip extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly path: string,
    private readonly known: boolean,
  ) {
    super();
  }

  override eq(other: Chip): boolean {
    return other.name === this.name && other.path === this.path && other.known === this.known;
  }

  override toDOM(): HTMLElement {
    const chip = document.createElement("span");
    chip.className = this.known ? "weft-chip" : "weft-chip weft-chip-broken";
    chip.textContent = this.name;
    chip.title = this.path;
    return chip;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

const matcher = new MatchDecorator({
  regexp: /\{\{#((?:\$outputs?|[A-Za-z0-9_-]{1,50})(?:\.[^\s.#{}]+)*)#\}\}/g,
  decoration: (match, view) => {
    const path = match[1] ?? "";
    const selector = path.split(".");
    const { nameOf, isKnown } = view.state.facet(chipNames);
    return Decoration.replace({ widget: new Chip(path.startsWith("$") ? selector.slice(1).join(".") : nameOf(selector), path, isKnown(selector)) });
  },
});

const plugin = ViewPlugin.fromClass(
  class {
    chips: DecorationSet;

    constructor(view: EditorView) {
      this.chips = matcher.createDeco(view);
    }

    update(update: ViewUpdate): void {
      const renamed = update.startState.facet(chipNames) !== update.state.facet(chipNames);
      this.chips = renamed ? matcher.createDeco(update.view) : matcher.updateDeco(update, this.chips);
    }
  },
  {
    decorations: (value) => value.chips,
    provide: (self) => EditorView.atomicRanges.of((view) => view.plugin(self)?.chips ?? Decoration.none),
  },
);

const look = EditorView.baseTheme({
  ".weft-chip": { display: "inline-block", maxWidth: "100%", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", verticalAlign: "-6px", padding: "1px 7px", margin: "0 1px", borderRadius: "5px", background: "var(--accent-soft)", color: "var(--accent-ink)", font: "500 11px/18px var(--mono)", fontVariantLigatures: "none", cursor: "default" },
  ".weft-chip-broken": { background: "var(--bad-soft)", color: "var(--bad-ink)" },
});

export const chips: Extension = [plugin, look];
