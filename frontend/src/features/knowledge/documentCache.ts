/** How a document's news change the loaded pages of a list. Pure. */
import { type Items, type KnowledgeDocument } from "@/api";

export interface Pages {
  pages: Items<KnowledgeDocument>[];
  pageParams: (string | null)[];
}

/** The list with the document as it is now; null when it is not in it and the list must be fetched again. */
export function withDocument(data: Pages, document: KnowledgeDocument): Pages | null {
  let found = false;
  const pages = data.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => {
      if (item.id !== document.id) return item;
      found = true;
      return isNewer(document, item) ? document : item;
    }),
  }));
  return found ? { ...data, pages } : null;
}

/** The list with just-uploaded documents on top. */
export function withNew(data: Pages, documents: readonly KnowledgeDocument[]): Pages {
  const known = new Set(data.pages.flatMap((page) => page.items.map((item) => item.id)));
  const fresh = documents.filter((document) => !known.has(document.id));
  const [first, ...rest] = data.pages;
  if (!first || fresh.length === 0) return data;
  return { ...data, pages: [{ ...first, items: [...fresh, ...first.items] }, ...rest] };
}

export function withoutDocument(data: Pages, id: string): Pages {
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== id) })) };
}

/** A list that was asked for before a document's news came must not undo them: of each row the newer one stays. */
export function keepNewest(before: Pages | undefined, fetched: Pages): Pages {
  const known = new Map(before?.pages.flatMap((page) => page.items.map((item) => [item.id, item] as const)));
  const newest = (item: KnowledgeDocument) => {
    const other = known.get(item.id);
    return other && !isNewer(item, other) ? other : item;
  };
  return { ...fetched, pages: fetched.pages.map((page) => ({ ...page, items: page.items.map(newest) })) };
}

/** A topic that is read from its start tells old news first. */
export function isNewer(a: KnowledgeDocument, b: KnowledgeDocument): boolean {
  return Date.parse(a.updated_at) >= Date.parse(b.updated_at);
}
