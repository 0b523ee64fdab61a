import { describe, expect, it } from "vitest";
import { safeNext } from "./safeNext";

describe("safeNext", () => {
  it.each([
    ["/apps/7/runs?status=failed", "/apps/7/runs?status=failed"],
    [null, "/apps"],
    ["https://evil.example/apps", "/apps"],
    ["//evil.example/apps", "/apps"],
    ["/\\evil.example", "/apps"],
    ["javascript:alert(1)", "/apps"],
    ["/signin?next=/signin", "/apps"],
  ])("turns %s into %s", (given, expected) => {
    expect(safeNext(given)).toBe(expected);
  });
});
