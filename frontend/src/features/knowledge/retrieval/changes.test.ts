import { expect, it } from "vitest";
import { RETRIEVAL } from "../testing/make";
import { changesOf } from "./changes";

const turned = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).reverse()) as T;

it("tells apart what is set, not the order in which a database gives it back", () => {
  const stored = turned({ ...RETRIEVAL, questions: turned(RETRIEVAL.questions), expand: turned(RETRIEVAL.expand) });

  expect(changesOf(RETRIEVAL, stored)).toEqual({});
  expect(changesOf(RETRIEVAL, { ...stored, top_k: 7, expand: { ...RETRIEVAL.expand, neighbours: 3 } })).toEqual({ top_k: 7, expand: { ...RETRIEVAL.expand, neighbours: 3 } });
});
