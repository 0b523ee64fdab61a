import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { renderPage } from "@/testing/render";
import { giveRoom, makeChunk } from "../testing/make";
import { TableView } from "./TableView";
import { tablesOf } from "./tables";

const TEXT = "Prices\n\nname | price\ntea | 3\noil | 4\n\nPost\n\nplace | price\nnear | 8";
const PRICES = makeChunk({ id: "a", start: 0, end: 37 });
const POST = makeChunk({ id: "b", position: 1, start: 39, end: TEXT.length });

beforeEach(() => giveRoom());

it("opens at the sheet of the passage that is looked at", () => {
  renderPage(<TableView text={TEXT} tables={tablesOf(TEXT)} chunks={[PRICES, POST]} selected="b" onSelect={vi.fn()} />, { path: "/", at: "/" });

  expect(screen.getByRole("radio", { name: "Post" })).toBeChecked();
  expect(screen.getByRole("button", { name: "Row 1: near, 8" })).toHaveAttribute("aria-pressed", "true");
});

it("leads from a row to its passage, and from sheet to sheet", async () => {
  const onSelect = vi.fn();
  renderPage(<TableView text={TEXT} tables={tablesOf(TEXT)} chunks={[PRICES, POST]} selected={null} onSelect={onSelect} />, { path: "/", at: "/" });

  await userEvent.click(screen.getByRole("button", { name: "Row 2: oil, 4" }));
  await userEvent.click(screen.getByRole("radio", { name: "Post" }));
  await userEvent.click(screen.getByRole("button", { name: "Row 1: near, 8" }));

  expect(onSelect.mock.calls).toEqual([["a"], ["b"]]);
});
