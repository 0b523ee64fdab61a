/** Colours for Jinja2: tags, values and comments stand out from the text round them. No grammar beyond that. */
import { StreamLanguage } from "@codemirror/language";

const CLOSE: Record<string, string> = { "{{": "}}", "{%": "%}", "{#": "#}" };

export const jinja = StreamLanguage.define<{ inside: string | null }>({
  startState: () => ({ inside: null }),
  token(stream, state) {
    if (state.inside === null) {
      const open = stream.match(/^\{[{%#]-?/) as RegExpMatchArray | null;
      if (open) {
        state.inside = open[0].slice(0, 2);
        return state.inside === "{#" ? "comment" : "keyword";
      }
      stream.next();
      stream.eatWhile(/[^{]/);
      return null;
    }
    const close = CLOSE[state.inside] ?? "}}";
    if (stream.match(`-${close}`) || stream.match(close)) {
      const was = state.inside;
      state.inside = null;
      return was === "{#" ? "comment" : "keyword";
    }
    if (state.inside === "{#") {
      stream.next();
      return "comment";
    }
    if (stream.match(/^(?:'[^']*'|"[^"]*")/)) return "string";
    if (stream.match(/^\d+(?:\.\d+)?/)) return "number";
    if (stream.match(/^(?:for|in|if|elif|else|endif|endfor|set|not|and|or|is|filter|macro|include|block)\b/)) return "keyword";
    if (stream.match(/^[A-Za-z_]\w*/)) return "propertyName";
    stream.next();
    return null;
  },
});
