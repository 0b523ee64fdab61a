/** A separator as one line: what cannot be seen is written as programs write it. Pure. */
export const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");

export const unescaped = (text: string): string => text.replace(/\\(.)/g, (whole, letter: string) => (letter === "n" ? "\n" : letter === "t" ? "\t" : letter === "\\" ? "\\" : whole));
