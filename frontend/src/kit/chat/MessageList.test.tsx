import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { MessageList } from "./MessageList";
import { type ChatMessage } from "./types";

const question: ChatMessage = { id: "q", role: "user", text: "How do I reset it?", status: "done" };
const answer: ChatMessage = {
  id: "a",
  role: "assistant",
  text: "Hold the button [1].",
  status: "done",
  citations: [{ number: 1, title: "Manual.pdf", content: "Hold.", page: 14 }],
  steps: [
    { id: "s1", label: "Searched 2 documents", status: "done", elapsedMs: 38, notable: true },
    { id: "s2", label: "Wrote the answer", status: "done", elapsedMs: 1320 },
  ],
};

describe("MessageList", () => {
  it("folds the steps into the one that tells most, and unfolds them", async () => {
    render(<MessageList messages={[question, answer]} />);
    const head = screen.getByRole("button", { name: /Searched 2 documents/ });
    expect(head.textContent).toBe("Searched 2 documents· 38 ms");

    await userEvent.click(head);

    const steps = within(screen.getByRole("list", { name: "Steps" })).getAllByRole("listitem");
    expect(steps.map((s) => s.textContent)).toEqual(["Searched 2 documents38 ms", "Wrote the answer1.32 s"]);
  });

  it("opens a source from the list below the answer", async () => {
    const open = vi.fn();
    render(<MessageList messages={[answer]} onCite={open} />);

    await userEvent.click(screen.getByRole("button", { name: /^Source 1\s*Manual\.pdf\s*p\. 14$/ }));

    expect(open).toHaveBeenCalledExactlyOnceWith("a", 1);
  });

  it("keeps the partial answer and puts the error card in its place", () => {
    const failed: ChatMessage = { ...answer, status: "failed", error: { code: "model_timeout", message: "The model gave no word for 60 s." } };
    render(<MessageList messages={[failed]} onRegenerate={() => {}} />);

    expect(screen.getByText(/Hold the button/)).toBeInTheDocument();
    expect(screen.getByRole("alert")).toHaveTextContent(/The model gave no word for 60 s\..*model_timeout/);
    expect(screen.getByRole("button", { name: "Try again" })).toBeInTheDocument();
  });

  it("marks a stopped answer", () => {
    render(<MessageList messages={[{ ...answer, status: "stopped" }]} />);

    expect(screen.getByText("Stopped here")).toBeInTheDocument();
  });

  it("takes a rating back when the same thumb is pressed again", async () => {
    const rate = vi.fn();
    const { rerender } = render(<MessageList messages={[answer]} onRate={rate} />);
    await userEvent.click(screen.getByRole("button", { name: "Good answer" }));
    rerender(<MessageList messages={[{ ...answer, rating: "like" }]} onRate={rate} />);
    await userEvent.click(screen.getByRole("button", { name: "Good answer" }));

    expect(rate.mock.calls).toEqual([["a", "like"], ["a", null]]);
  });

  it("offers to ask again at the last answer only, and nothing while it streams", () => {
    const streaming: ChatMessage = { ...answer, id: "b", status: "streaming" };
    const { rerender } = render(<MessageList messages={[answer, { ...answer, id: "b" }]} onRegenerate={() => {}} />);
    expect(screen.getAllByRole("button", { name: "Ask again" })).toHaveLength(1);

    rerender(<MessageList messages={[streaming]} onRegenerate={() => {}} />);

    expect(screen.queryByRole("button", { name: "Ask again" })).toBeNull();
    expect(screen.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "true");
  });
});
