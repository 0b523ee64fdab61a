/** Models write `<br>` inside table cells. It is the one tag that becomes what it means; all others stay text. */
import type { Root, RootContent } from "mdast";

const BREAK = /^<br\s*\/?>$/i;

export function remarkBreaks() {
  return (tree: Root): void => visit(tree.children);
}

function visit(children: RootContent[]): void {
  children.forEach((child, i) => {
    if (child.type === "html" && BREAK.test(child.value)) children[i] = { type: "break" };
    else if ("children" in child) visit(child.children);
  });
}
