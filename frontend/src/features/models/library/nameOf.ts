/** What a person calls the model of a key. */
import { type LibraryModel } from "@/api";

export function nameOf(models: readonly LibraryModel[], key: string | null): string {
  return models.find((model) => model.key === key)?.name ?? key?.replace("--", "/") ?? "";
}
