/** Which files can become documents. Pure; which kinds there are the server says, and it has the last word on each file. */

export type FileFault = "unsupported" | "tooLarge" | "empty";
export interface FileRules {
  /** Without the dot; null while that is not known. */
  extensions: readonly string[] | null;
  /** How large a file may be in bytes; null while that is not known. */
  limit: number | null;
}

export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

/** For the browser's own choice of files. */
export const acceptOf = (extensions: readonly string[] | null): string | undefined => extensions?.map((extension) => `.${extension}`).join(",");

export function fileFault(file: Pick<File, "name" | "size">, { extensions, limit }: FileRules): FileFault | null {
  if (extensions !== null && !extensions.includes(extensionOf(file.name))) return "unsupported";
  if (file.size === 0) return "empty";
  return limit !== null && file.size > limit ? "tooLarge" : null;
}
