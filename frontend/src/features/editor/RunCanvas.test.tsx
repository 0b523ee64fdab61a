import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { KINDS, makeDoc, node } from "@/graph/testing/factories";
import { RunCanvas } from "./RunCanvas";
import { show } from "./testing/harness";

const doc = makeDoc([node("start", "start"), node("retrieve", "knowledge-retrieval", { dataset_ids: ["d1", "gone"], query: ["sys", "query"] })], ["start > retrieve"]);

describe("RunCanvas", () => {
  it("writes names of knowledge bases, never their ids", async () => {
    show(<RunCanvas document={doc} kinds={KINDS} run={null} />);

    expect(await screen.findByText(/Manuals, unknown knowledge base/)).toBeInTheDocument();
  });
});
