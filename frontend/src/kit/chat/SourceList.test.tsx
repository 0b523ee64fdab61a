import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { SourceList } from "./SourceList";
import { type Citation } from "./types";

const source = (number: number, over: Partial<Citation> = {}): Citation => ({ number, title: `Manual ${number}`, content: "Hold.", ...over });
const names = () => screen.queryAllByRole("button").map((button) => button.textContent);

it("shows only what the answer used", () => {
  render(<SourceList citations={[source(1, { cited: false }), source(2)]} onOpen={vi.fn()} />);

  expect(names()).toEqual(["2Source 2Manual 2"]);
});

it("folds what was found when the answer used none of it", async () => {
  const onOpen = vi.fn();
  render(<SourceList citations={[source(1, { cited: false }), source(2, { cited: false })]} onOpen={onOpen} />);

  expect(names()).toEqual(["2 passages were found; the answer names none"]);
  await userEvent.click(screen.getByRole("button", { expanded: false }));
  await userEvent.click(screen.getByRole("button", { name: /Manual 2/ }));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(2);
});

it("says that a source may not be seen, and opens nothing", () => {
  render(<SourceList citations={[source(1, { title: "#1", content: "", hidden: true })]} onOpen={vi.fn()} />);

  expect(screen.getByRole("button", { name: /A passage you may not see/ })).toBeDisabled();
});
