/** What a run looks like to the one who asked: an answer, its steps in words, its sources. Pure. */
import type { TFunction } from "i18next";
import { citedOf, isOver, sourcesOf, traceOf, type RunEvent, type RunState } from "@/graph";
import { describeStep, isSpokenKind, type ChatMessage, type MessageStatus, type Step, type StepStatus } from "@/kit/chat";

type Translate = TFunction<["chat", "nodes"]>;

export interface Turn {
  key: string;
  query: string;
  runId: string | null;
  /** The run as far as it is known; null before it began. */
  run: { state: RunState; events: readonly RunEvent[] } | null;
  error: { code: string; message: string } | null;
}

const STATUS: Record<RunState["status"], MessageStatus> = {
  queued: "waiting",
  running: "streaming",
  paused: "paused",
  finished: "done",
  failed: "failed",
  stopped: "stopped",
};

export function toMessages(turn: Turn, t: Translate): ChatMessage[] {
  const question: ChatMessage = { id: `${turn.key}-question`, role: "user", text: turn.query, status: "done" };
  return [question, turn.run ? answerOf(turn.key, turn.run, t) : unstarted(turn)];
}

function unstarted({ key, error }: Turn): ChatMessage {
  return { id: key, role: "assistant", text: "", status: error ? "failed" : "waiting", error: error ?? undefined };
}

function answerOf(id: string, { state, events }: NonNullable<Turn["run"]>, t: Translate): ChatMessage {
  const status = STATUS[state.status];
  return {
    id,
    role: "assistant",
    text: state.answer,
    status: status === "streaming" && state.answer === "" ? "waiting" : status,
    citations: isOver(state) ? citedOf(state) : sourcesOf(state),
    steps: stepsOf(state, events, t),
    error: state.error ? { code: state.error.code, message: state.error.message } : undefined,
  };
}

function stepsOf(state: RunState, events: readonly RunEvent[], t: Translate): Step[] {
  const kinds = new Map(traceOf(events).spans.filter((span) => span.frame === "").map((span) => [span.nodeId, span.kind]));
  return [...kinds].flatMap(([id, kind]): Step[] => {
    const node = state.nodes[id];
    if (!node || !isSpokenKind(kind)) return [];
    const running = node.status === "running" || node.status === "retrying";
    return [
      {
        id,
        label: describeStep(t, kind, running, node.facts),
        status: running ? "running" : stepStatus(node.status),
        elapsedMs: node.elapsed_ms ?? undefined,
        notable: kind === "knowledge-retrieval",
      },
      ...toolsOf(id, node.steps, t),
    ];
  });
}

/** Which tools an agent used, in its order. */
function toolsOf(id: string, steps: RunState["nodes"][string]["steps"], t: Translate): Step[] {
  return steps
    .filter(({ kind }) => kind === "tool")
    .map((step) => ({
      id: `${id}-${step.index}`,
      label: t("chat:step.tool.named", { name: t(`nodes:tools.${step.name}`, { defaultValue: step.name }) }),
      status: step.error ? "failed" : "done",
      elapsedMs: step.elapsed_ms,
    }));
}

function stepStatus(status: string): StepStatus {
  if (status === "finished") return "done";
  return status === "failed" ? "failed" : "skipped";
}
