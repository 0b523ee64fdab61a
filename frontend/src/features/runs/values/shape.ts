/** What a value of a run looks like. Pure. */
export interface BlobValue {
  $blob: string;
  bytes: number;
  type: string;
  preview: string;
}

/** The stand-in of a value that is too large for the log; null for any other value. */
export function blobOf(value: unknown): BlobValue | null {
  const found = value as Partial<BlobValue> | null;
  return typeof found === "object" && typeof found?.$blob === "string" && typeof found.bytes === "number" ? (found as BlobValue) : null;
}

export const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === "" || (typeof value === "object" && Object.keys(value).length === 0);

export const isShort = (value: unknown): boolean => typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value.length <= 60 && !value.includes("\n"));
