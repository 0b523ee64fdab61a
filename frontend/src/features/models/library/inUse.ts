import { type LibraryModel, type ModelLibrary } from "@/api";

/** Whether a model is served now, or is about to be. */
export function isInUse(model: LibraryModel, { serving }: ModelLibrary): boolean {
  return model.key === serving.key || model.key === serving.next_key;
}
