/** Which files can become documents. Pure; the server checks again and has the last word. */

const EXTENSIONS = ["pdf", "docx", "md", "markdown", "txt", "html", "htm"] as const;
export const ACCEPT = EXTENSIONS.map((extension) => `.${extension}`).join(",");

export type FileFault = "unsupported" | "tooLarge" | "empty";

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

/** `limit`: how large a file may be, null while that is not known. */
export function fileFault(file: Pick<File, "name" | "size">, limit: number | null): FileFault | null {
  if (!(EXTENSIONS as readonly string[]).includes(extensionOf(file.name))) return "unsupported";
  if (file.size === 0) return "empty";
  return limit !== null && file.size > limit ? "tooLarge" : null;
}
