/** Which files can become documents. Pure; the server checks again and has the last word. */

export const EXTENSIONS = ["pdf", "docx", "md", "markdown", "txt", "html", "htm"] as const;
export const ACCEPT = EXTENSIONS.map((extension) => `.${extension}`).join(",");

/** The server's default limit; one that is set lower answers 413, which the upload row then shows. */
export const LIMIT_BYTES = 100_000_000;

export type FileFault = "unsupported" | "tooLarge" | "empty";

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

export function fileFault(file: Pick<File, "name" | "size">): FileFault | null {
  if (!(EXTENSIONS as readonly string[]).includes(extensionOf(file.name))) return "unsupported";
  if (file.size === 0) return "empty";
  return file.size > LIMIT_BYTES ? "tooLarge" : null;
}
