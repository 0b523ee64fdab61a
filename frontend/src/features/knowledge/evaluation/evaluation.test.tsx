import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Beside, type Case, type Evaluation, METRICS, type RunResult, type SearchResult, type Session } from "@/api";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { giveRoom, makeDataset, RETRIEVAL } from "../testing/make";
import { EvaluationTab } from "./EvaluationTab";

const AT = "2026-01-01T00:00:00Z";
const all = <T,>(value: T) => Object.fromEntries(METRICS.map((metric) => [metric, value])) as Record<(typeof METRICS)[number], T>;
const mean = (value: number) => ({ mean: value, low: value - 0.05, high: value + 0.05 });
const summary = (value: number) => ({ cases: 24, metrics: all(mean(value)), chars: 900, elapsed_ms: { p50: 40, p95: 60 } });
const evaluation = (over: Partial<Evaluation>): Evaluation => ({ id: "e", dataset_id: "k", kind: "run", reason: "hand", status: "done", done: 24, total: 24, revision: 3, settings: {}, error: null, alarm: null, created_at: AT, started_at: AT, finished_at: AT, eta_s: null, ...over });
const oneCase: Case = { id: "case", dataset_id: "k", question: "How often must the reed be oiled?", expected: [{ document_id: "d", document_name: "Manual.pdf", quote: "Every forty days.", grade: 1 }], source: "hand", is_enabled: true, last: { evaluation_id: "e", ranks: [null], scores: all(0) }, created_at: AT, updated_at: AT };
const worse = { case_id: "case", question: oneCase.question, before: { ranks: [1], "ndcg@10": 1 }, after: { ranks: [null], "ndcg@10": 0 } };
const beside: Beside = { before: 0.9, after: 0.7, difference: -0.2, low: -0.3, high: -0.1, p: 0.001 };
const RUN: RunResult = { ...summary(0.7), notes: [], alarm: { metrics: { "ndcg@10": beside }, cases: [worse], case_count: 1, before: { evaluation_id: "b", revision: 2 }, settings_changed: false }, against: { evaluation_id: "b", cases: 24, metrics: all(beside), worse: [worse], worse_count: 1, better: [], better_count: 0 } };
const point = (id: string, value: number, has_alarm = false) => ({ evaluation_id: id, at: id === "b" ? "2025-12-01T00:00:00Z" : AT, revision: 3, reason: "change", cases: 24, metrics: all(mean(value)), has_alarm });

function draw(at: string, answers: Record<string, unknown> = {}, role: Session["role"] = "editor") {
  const onAsk = vi.fn();
  const server = fakeServer({
    "GET /datasets/k/cases": { items: [oneCase], next: null },
    "GET /datasets/k/evaluations": { items: [evaluation({})], next: null },
    "GET /datasets/k/evaluations/history": { items: [{ key: "x", retrieval: RETRIEVAL, is_current: true, points: [point("b", 0.9), point("e", 0.7, true)] }] },
    "GET /evaluations/e": { ...evaluation({ reason: "change" }), alarm: RUN.alarm, result: RUN },
    "GET /datasets/k/retrieval": RETRIEVAL,
    "GET /models": { items: [], next: null },
    "GET /providers": { items: [], next: null },
    "GET /datasets/k/metadata": { items: [], built_in: [], built_in_enabled: false },
    ...answers,
  });
  renderPage(<EvaluationTab dataset={makeDataset()} onAsk={onAsk} />, { path: "/", at, session: { role } as Session });
  return { server, onAsk };
}

beforeEach(() => giveRoom());
afterEach(() => vi.unstubAllGlobals());

describe("EvaluationTab", () => {
  it("teaches what a test set is while there is none", async () => {
    draw("/", { "GET /datasets/k/cases": { items: [], next: null }, "GET /datasets/k/evaluations": { items: [], next: null } });

    expect(await screen.findByRole("heading", { name: "Measure how well questions are answered from here" })).toBeInTheDocument();
    expect(["Write a case", "Let a model write", "Import"].map((name) => screen.getByRole("button", { name }).textContent)).toHaveLength(3);
  });

  it("alarms with the questions that got worse, and asks one of them again", async () => {
    const { onAsk } = draw("/");

    const alarm = await screen.findByRole("alert");
    expect(alarm).toHaveTextContent("nDCG@10 fell from 90.0 % to 70.0 % (−20.0 points). Documents had changed; the settings had not.");
    expect(alarm).toHaveTextContent("place 1 → not found");
    await userEvent.click(within(alarm).getByRole("button", { name: oneCase.question }));
    expect(onAsk).toHaveBeenCalledExactlyOnceWith(oneCase.question);
  });

  it("walks over runs with the arrow keys", async () => {
    const { server } = draw("/", { "GET /evaluations/b": { ...evaluation({ id: "b" }), result: { ...RUN, alarm: null, against: null } } });
    const chart = await screen.findByRole("slider", { name: /nDCG@10 over 2 runs/ });
    expect(chart).toHaveAttribute("aria-valuetext", expect.stringContaining("70.0 %"));

    chart.focus();
    await userEvent.keyboard("{ArrowLeft}");

    expect(chart).toHaveAttribute("aria-valuetext", expect.stringContaining("90.0 %"));
    await waitFor(() => expect(server.asked.some((one) => one.path === "/evaluations/b")).toBe(true));
  });

  it("starts a run and shows how far it is, with a way to stop it", async () => {
    const { server } = draw("/", { "POST /datasets/k/evaluations": evaluation({ id: "n", status: "running", done: 6, finished_at: null, eta_s: 9 }), "POST /evaluations/n/cancel": evaluation({ id: "n", status: "cancelled" }) });

    await userEvent.click(await screen.findByRole("button", { name: "Measure now" }));
    expect(await screen.findByText("Measuring · 6 / 24 · 9.00 s left")).toBeInTheDocument();
    expect(screen.getByRole("progressbar", { name: "Measuring" })).toHaveAttribute("aria-valuenow", "25");
    expect(server.asked.find((one) => one.method === "POST")?.body).toEqual({ kind: "run" });
    await userEvent.click(screen.getByRole("button", { name: "Stop" }));
    await waitFor(() => expect(server.asked.some((one) => one.path === "/evaluations/n/cancel")).toBe(true));
  });

  it("lists cases with where each was found last", async () => {
    draw("/?view=cases");

    const row = (await screen.findByRole("button", { name: oneCase.question })).closest("li");
    expect(row).toHaveTextContent("Manual.pdf · Every forty days.");
    expect(row).toHaveTextContent("not found");
    expect(screen.getByRole("switch", { name: /counts$/ })).toBeChecked();
  });

  it("offers nothing that changes to who only looks", async () => {
    draw("/?view=cases", {}, "viewer");

    await screen.findByRole("button", { name: oneCase.question });
    expect(screen.queryByRole("button", { name: "Add" })).toBeNull();
    expect(screen.queryByRole("switch")).toBeNull();
  });

  it("shows the gain of a search over settings with its interval, and applies it", async () => {
    const difference = { difference: 0.034, low: 0.011, high: 0.058, p: 0.004 };
    const result: SearchResult = {
      cases: 24, documents: 5, needed: { cases: 20, documents: 2 }, best: 1, advised: 1, verdict: "gain", gain: difference, notes: [],
      variants: [{ ...summary(0.8), beside_first: { difference: 0, low: 0, high: 0, p: 1 } }, { ...summary(0.834), beside_first: difference }],
      depths: { lines: [{ top_k: 4, recall: 0.9, precision: 0.3, chars: 1000 }, { top_k: 10, recall: 0.905, precision: 0.1, chars: 2500 }], advised: 4 },
      thresholds: { lines: [], advised: null },
    };
    const search = evaluation({ id: "s", kind: "search", settings: { variants: [{ retrieval: RETRIEVAL, changes: {}, key: "a" }, { retrieval: RETRIEVAL, changes: { vector_weight: 0.3 }, key: "b" }] } });
    const { server } = draw("/?view=settings", { "GET /datasets/k/evaluations": { items: [search], next: null }, "GET /evaluations/s": { ...search, result }, "POST /evaluations/s/apply": { dataset_id: "k", retrieval: RETRIEVAL, revision: 4 } });

    expect(await screen.findByRole("heading", { name: "Better: meaning counts 30 %." })).toBeInTheDocument();
    expect(screen.getByText(/\+3\.4 points \(between \+1\.1 and \+5\.8, 95 %\)/)).toBeInTheDocument();
    expect(screen.getByText(/4 passages find 90\.0 % of what 10 find \(90\.5 %\) on 24 questions/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole("button", { name: "Apply" }));

    expect(await screen.findByText("Applied")).toBeInTheDocument();
    expect(server.asked.find((one) => one.method === "POST")).toMatchObject({ path: "/evaluations/s/apply", body: {} });
  });

  const unsure = (over: Partial<SearchResult>): Record<string, unknown> => {
    const flat = { difference: 0.02, low: -0.01, high: 0.05, p: 0.2 };
    const result: SearchResult = {
      cases: 24, documents: 5, needed: { cases: 20, documents: 2 }, best: 1, advised: 0, verdict: "not_significant", gain: flat, notes: [],
      variants: [{ ...summary(0.8), beside_first: { difference: 0, low: 0, high: 0, p: 1 } }, { ...summary(0.82), beside_first: flat }],
      depths: { lines: [{ top_k: 10, recall: 0.9, precision: 0.1, chars: 2500 }], advised: null }, thresholds: { lines: [], advised: null }, ...over,
    };
    const search = evaluation({ id: "s", kind: "search", settings: { variants: [{ retrieval: RETRIEVAL, changes: {}, key: "a" }, { retrieval: { ...RETRIEVAL, vector_weight: 0.3 }, changes: { vector_weight: 0.3 }, key: "b" }] } });
    return { "GET /datasets/k/evaluations": { items: [search], next: null }, "GET /evaluations/s": { ...search, result } };
  };
  const applying = () => screen.queryAllByRole("button").map((button) => button.textContent).filter((name) => name === "Apply" || name.startsWith("Give ") || name.startsWith("Set "));

  it("offers nothing to apply where chance could be the cause", async () => {
    draw("/?view=settings", unsure({}));

    expect(await screen.findByText("The interval includes no gain at all, so there is nothing to apply. More questions make it narrower.")).toBeInTheDocument();
    expect(applying()).toEqual([]);
  });

  it("says what is missing where there are too few cases, and leads to them", async () => {
    draw("/?view=settings", unsure({ cases: 6, documents: 1, verdict: "too_few_cases" }));

    expect(await screen.findByText("14 more questions are needed: 6 of 20 are there.")).toBeInTheDocument();
    expect(screen.getByText("All questions are about the same document. They have to be about 2 at least.")).toBeInTheDocument();
    expect(screen.queryByText(/Expected gain/)).toBeNull();
    expect(applying()).toEqual([]);
    await userEvent.click(screen.getByRole("button", { name: "Add questions" }));
    expect(await screen.findByRole("button", { name: oneCase.question })).toBeInTheDocument();
  });

  it("applies nothing that was measured beside other settings", async () => {
    draw("/?view=settings", { ...unsure({ advised: 1, verdict: "gain", gain: { difference: 0.03, low: 0.01, high: 0.05, p: 0.01 } }), "GET /datasets/k/retrieval": { ...RETRIEVAL, method: "lexical" } });

    expect(await screen.findByText("The settings have been changed since. Search again before applying anything from here.")).toBeInTheDocument();
    expect(applying()).toEqual([]);
  });
});
