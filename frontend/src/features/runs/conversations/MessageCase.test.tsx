import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { type ConversationMessage, type Session } from "@/api";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { MessageCase } from "./MessageCase";

afterEach(() => vi.unstubAllGlobals());

const MESSAGE: ConversationMessage = {
  id: "m", run_id: "r", query: "How often must the reed be oiled?", answer: "Never.", status: "finished", error: null, citations: [], usage: {}, created_at: "2026-01-01T00:00:00Z",
  feedback: { rating: "dislike", content: "That is wrong." }, datasets: [{ id: "k", name: "Looms" }],
};

function draw(over: Partial<ConversationMessage> = {}, role: Session["role"] = "editor", items: object[] = [{ id: "c", dataset_id: "k" }]) {
  const server = fakeServer({ "POST /messages/m/cases": { items } });
  renderPage(<MessageCase message={{ ...MESSAGE, ...over }} />, { path: "/", at: "/", session: { role } as Session });
  return server;
}

it("shows what its reader thought, and makes a case of the question", async () => {
  const server = draw();
  expect(screen.getByText("Disliked")).toBeInTheDocument();
  expect(screen.getByText("That is wrong.")).toBeInTheDocument();

  await userEvent.click(screen.getByRole("button", { name: "Make a case of it" }));

  expect(await screen.findByText("The question waits to be judged in the test set of")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Looms" })).toHaveAttribute("href", "/knowledge/k?tab=evaluation&view=cases");
  expect(server.asked.map(({ method, path, body }) => [method, path, body])).toEqual([["POST", "/messages/m/cases", {}]]);
});

it("says when the question is there already", async () => {
  draw({ feedback: null }, "editor", []);

  await userEvent.click(screen.getByRole("button", { name: "Make a case of it" }));

  expect(await screen.findByText("The question is already in the test set of")).toBeInTheDocument();
});

it.each([
  ["who only looks", {}, "viewer" as const],
  ["an answer for which nothing was searched", { datasets: [] }, "editor" as const],
])("offers no case to %s", (_, over, role) => {
  draw(over, role);

  expect(screen.getByText("Disliked")).toBeInTheDocument();
  expect(screen.queryByRole("button")).toBeNull();
});
