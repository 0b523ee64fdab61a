import { describe, expect, it } from "vitest";
import { type StartVariable } from "./client";
import { inputFaults, inputsToSend, startValues } from "./inputs";
import { readPrefill } from "./prefill";

const variables: StartVariable[] = [
  { name: "city", type: "text", required: true, max_length: 5 },
  { name: "age", type: "number" },
  { name: "news", type: "checkbox", default: true },
  { name: "extra", type: "json" },
];

describe("inputs", () => {
  it("begin with the prefill, then the default", () => {
    expect(startValues(variables, { city: "Ulm", news: "false" })).toEqual({ city: "Ulm", age: "", news: false, extra: "" });
    expect(startValues(variables).news).toBe(true);
  });

  it("say what is wrong with each", () => {
    expect(inputFaults(variables, { city: " ", age: "x", news: true, extra: "{" })).toEqual({ city: "required", age: "number", extra: "json" });
    expect(inputFaults(variables, { city: "北京上海广州", age: "", news: false, extra: "" })).toEqual({ city: "tooLong" });
  });

  it("are sent as values, without what was left empty", () => {
    expect(inputsToSend(variables, { city: "Ulm", age: "7.5", news: false, extra: "" })).toEqual({ city: "Ulm", age: 7.5, news: false });
  });
});

describe("readPrefill", () => {
  it("reads plain values and the packed ones of frames made for Dify", async () => {
    // gzip of "Ulm & 北京", as Dify's embed script writes it
    const packed = "H4sIAAAAAAACAwvNyVVQU3jaM/3JrjUAkG8mrgwAAAA=";

    expect(await readPrefill(`?city=${encodeURIComponent(packed)}&age=7&other=x`, variables)).toEqual({ city: "Ulm & 北京", age: "7" });
  });
});
