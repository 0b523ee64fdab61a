import { describe, expect, it } from "vitest";
import { type KnowledgeDocument } from "@/api";
import { keepNewest, type Pages, withDocument, withNew, withoutDocument } from "./documentCache";

const document = (id: string, progress = 0, updated_at = "2026-01-01T00:00:05Z") => ({ id, progress, updated_at }) as KnowledgeDocument;
const list = (...items: KnowledgeDocument[]): Pages => ({ pages: [{ items, next: null }], pageParams: [null] });

describe("a document's news", () => {
  it("replace its row", () => {
    expect(withDocument(list(document("a"), document("b")), document("b", 0.5))).toEqual(list(document("a"), document("b", 0.5)));
  });

  it("that are old change nothing", () => {
    const data = list(document("a", 1));

    expect(withDocument(data, document("a", 0.2, "2026-01-01T00:00:01Z"))).toEqual(data);
  });

  it("are not undone by a list that was asked for before them", () => {
    const early = list(document("a", 0.2, "2026-01-01T00:00:01Z"), document("b", 1));

    expect(keepNewest(list(document("a", 0.9)), early)).toEqual(list(document("a", 0.9), document("b", 1)));
    expect(keepNewest(undefined, early)).toEqual(early);
  });

  it("of an unknown document ask for the list", () => {
    expect(withDocument(list(document("a")), document("z"))).toBeNull();
  });

  it("put uploads on top once, and take removed ones out", () => {
    expect(withNew(list(document("a")), [document("b"), document("a")])).toEqual(list(document("b"), document("a")));
    expect(withoutDocument(list(document("a"), document("b")), "a")).toEqual(list(document("b")));
  });
});
