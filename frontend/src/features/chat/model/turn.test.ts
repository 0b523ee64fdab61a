import { describe, expect, it } from "vitest";
import { type ChatEvent } from "./events";
import { applyEvent, newTurn, toMessages, type RawStep, type Turn } from "./turn";

const fold = (events: ChatEvent[], turn: Turn = newTurn("t", "How?")) => events.reduce(applyEvent, turn);
const word = (step: RawStep) => `${step.kind} ${step.status}`;

const answered: ChatEvent[] = [
  { type: "message_started", run_id: "r1", message_id: "m1", conversation_id: "c1" },
  { type: "node_started", seq: 2, node_id: "start", kind: "start" },
  { type: "node_started", seq: 4, node_id: "find", kind: "knowledge-retrieval" },
  { type: "node_finished", seq: 5, node_id: "find", elapsed_ms: 38, facts: { passages: 2 } },
  { type: "node_started", seq: 6, node_id: "write", kind: "llm" },
  { type: "answer_delta", seq: 7, text: "Hold " },
  { type: "answer_delta", seq: 8, text: "the button [1]." },
  { type: "node_finished", seq: 9, node_id: "write", elapsed_ms: 900, facts: {} },
  { type: "run_finished", seq: 10, answer: "Hold the button [1].", outputs: {}, elapsed_ms: 950 },
  {
    type: "message_end",
    citations: [{ position: 1, document_name: "Manual.pdf", content: "Hold.", page: 14, score: 0.83, segment_position: 3, document_id: "d1", dataset_name: "Manuals" }],
  },
];

describe("applyEvent", () => {
  it("folds a whole answer", () => {
    expect(fold(answered)).toEqual({
      key: "t",
      messageId: "m1",
      runId: "r1",
      conversationId: "c1",
      lastSeq: 10,
      query: "How?",
      answer: "Hold the button [1].",
      status: "done",
      steps: [
        { id: "start", kind: "start", status: "running", title: undefined },
        { id: "find", kind: "knowledge-retrieval", status: "done", elapsedMs: 38, facts: { passages: 2 }, title: undefined },
        { id: "write", kind: "llm", status: "done", elapsedMs: 900, facts: {}, title: undefined },
      ],
      citations: [{ number: 1, title: "Manual.pdf", content: "Hold.", page: 14, score: 0.83, position: 3, documentId: "d1", datasetName: "Manuals" }],
      ended: true,
      forms: [],
      outputs: {},
      elapsedMs: 950,
      rating: null,
      reconnecting: false,
    });
  });

  it.each([
    ["what its marks name", "It is so [2].", [], [1, 2], [false, undefined]],
    ["what bears out a sentence, without marks", "It is so.", [{ start: 0, end: 9 }], [1, 2], [undefined, false]],
    ["nothing that was only found", "Nothing about that was found.", [], [1, 2], [false, false]],
  ])("uses of its sources %s", (_, text, spans, numbers, cited) => {
    const entries = [{ position: 1, spans }, { position: 2, spans: [] }];
    const found = fold([{ type: "answer_delta", seq: 1, text }, { type: "message_end", citations: entries }]).citations;

    expect(found.map((one) => one.number)).toEqual(numbers);
    expect(found.map((one) => one.cited)).toEqual(cited);
  });

  it("keeps that a source may not be seen, and sources of answers from before uses were told", () => {
    const hidden = fold([{ type: "message_end", citations: [{ position: 1, hidden: true }] }]).citations;

    expect(hidden.map(({ number, content, cited, hidden }) => ({ number, content, cited, hidden }))).toEqual([{ number: 1, content: "", cited: undefined, hidden: true }]);
  });

  it("gives the same when the stream repeats what was already taken in", () => {
    const repeated = answered.flatMap((event, i) => [event, ...answered.slice(1, i)]);

    expect(fold(repeated)).toEqual(fold(answered));
  });

  it("replaces the answer when a recovered run says something else", () => {
    const turn = fold([...answered.slice(0, 6), { type: "answer_reset", seq: 20, text: "Press" }, { type: "answer_delta", seq: 21, text: " it." }]);

    expect([turn.answer, turn.status]).toEqual(["Press it.", "streaming"]);
  });

  it("forgets what did not happen, and takes in what happened instead", () => {
    const turn = fold([...answered.slice(0, 7), { type: "rewound", seq: 7, text: "Hold " }, { type: "answer_delta", seq: 8, text: "on." }]);

    expect([turn.answer, turn.lastSeq]).toEqual(["Hold on.", 8]);
  });

  it("keeps the partial answer of a failed and of a stopped run", () => {
    const failed = fold([...answered.slice(0, 6), { type: "run_failed", seq: 9, error: { code: "model_timeout", message: "No word for 60 s." } }]);
    const stopped = fold([...answered.slice(0, 6), { type: "run_stopped", seq: 9, reason: "user", answer: "Hold" }]);

    expect([failed.status, failed.answer, failed.error]).toEqual(["failed", "Hold ", { code: "model_timeout", message: "No word for 60 s." }]);
    expect([stopped.status, stopped.answer]).toEqual(["stopped", "Hold"]);
    expect(failed.steps.at(-1)?.status).toBe("skipped");
  });
});

describe("toMessages", () => {
  it("draws the question, then the answer with the steps that say something", () => {
    const [question, answer] = toMessages(fold(answered), word);

    expect(question).toEqual({ id: "t-question", role: "user", text: "How?", status: "done" });
    expect([answer?.id, answer?.text]).toEqual(["m1", "Hold the button [1]."]);
    expect(answer?.steps).toEqual([
      { id: "find", label: "knowledge-retrieval done", status: "done", elapsedMs: 38, notable: true },
      { id: "write", label: "llm done", status: "done", elapsedMs: 900, notable: false },
    ]);
  });
});
