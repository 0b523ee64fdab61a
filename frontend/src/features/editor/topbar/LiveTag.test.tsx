import { act, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { configure, tidyUp } from "@/graph";
import { ragDoc } from "@/graph/testing/factories";
import { fakeServer } from "@/testing/fakeServer";
import { makeEditor, show } from "../testing/harness";
import { LiveTag } from "./LiveTag";

afterEach(() => vi.unstubAllGlobals());

describe("LiveTag", () => {
  it("tells when the draft differs from what is live, but not of moved cards", async () => {
    fakeServer({ "GET /apps/a1": { id: "a1", published_version: 3 }, "GET /apps/a1/versions/3": { number: 3, document: ragDoc() } });
    const editor = show(<LiveTag appId="a1" />, makeEditor());
    expect(await screen.findByText("v3 live")).toBeVisible();

    act(() => editor.dispatch(tidyUp, undefined));
    expect(screen.getByText("v3 live")).toBeVisible();
    act(() => editor.dispatch(configure, { id: "answer", config: { answer: "Other" } }));
    expect(await screen.findByText("v3 live · changed")).toBeVisible();
    act(() => editor.undo());
    expect(screen.getByText("v3 live")).toBeVisible();
  });
});
