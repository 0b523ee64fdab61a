import { describe, expect, it } from "vitest";
import { highlighted, needlesOf } from "./terms";

const found = (question: string, text: string) => highlighted(text, needlesOf(question)).filter((part) => part.found).map((part) => part.text);

describe("the words of a question", () => {
  it("are found with their endings, not within other words", () => {
    expect(found("How often must the reed be oiled?", "The reeds must be oiled; oil is in the foiled box.")).toEqual(["reeds", "oiled"]);
    expect(found("oil", "Oiled, oils, soil, oilskins")).toEqual(["Oiled", "oils"]);
  });

  it("are pairs of characters in Chinese, joined where they meet", () => {
    expect(found("保修期多久？", "织机的保修期为三年。")).toEqual(["保修期"]);
    expect(found("怎么重置设备", "按住侧面按钮重置设备")).toEqual(["重置设备"]);
  });

  it("leave every letter of the text in its place", () => {
    const text = "İstanbul: reed, REED";

    expect(highlighted(text, needlesOf("reed")).map((part) => part.text).join("")).toBe(text);
    expect(highlighted("", ["a"])).toEqual([]);
  });
});
