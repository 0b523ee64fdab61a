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

describe("files", () => {
  const wanted: StartVariable[] = [{ name: "scan", type: "file", required: true }, { name: "more", type: "file-list" }];
  const given = (id: string, over: object = {}) => ({ key: id, name: `${id}.pdf`, size: 9, progress: 1, stored: { id, name: `${id}.pdf`, size: 9, mime_type: "" }, ...over });

  it("are sent as what the server called them", () => {
    expect(startValues(wanted)).toEqual({ scan: [], more: [] });
    expect(inputsToSend(wanted, { scan: [given("a")], more: [given("b"), given("c")] })).toEqual({ scan: { upload_file_id: "a" }, more: [{ upload_file_id: "b" }, { upload_file_id: "c" }] });
    expect(inputsToSend(wanted, { scan: [], more: [] })).toEqual({});
  });

  it("hold the form back until they have arrived or are put away", () => {
    const { stored: _, ...moving } = given("b");
    expect(inputFaults(wanted, { scan: [], more: [moving] })).toEqual({ scan: "required", more: "fileUnderWay" });
    expect(inputFaults(wanted, { scan: [given("a")], more: [{ ...moving, fault: "tooLarge" as const }] })).toEqual({ more: "fileNotSent" });
  });
});

describe("readPrefill", () => {
  it("reads plain values and the packed ones of frames made for Dify", async () => {
    // gzip of "Ulm & 北京", as Dify's embed script writes it
    const packed = "H4sIAAAAAAACAwvNyVVQU3jaM/3JrjUAkG8mrgwAAAA=";

    expect(await readPrefill(`?city=${encodeURIComponent(packed)}&age=7&other=x`, variables)).toEqual({ city: "Ulm & 北京", age: "7" });
  });
});
