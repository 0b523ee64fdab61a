import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactNode, useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeFormat, TopBarFill, TopBarSlot } from ".";
import { CodeBlock } from "./CodeBlock";
import { Dialog } from "./Dialog";
import { ErrorCard } from "./ErrorCard";
import { Field } from "./Field";
import { highlight } from "./highlight";
import { Input } from "./Input";
import { SlotProvider } from "./slots";
import { Table } from "./Table";
import { TooltipProvider } from "./Tooltip";
import { UndoProvider, useUndo } from "./undo";

const show = (node: ReactNode) => render(<TooltipProvider>{node}</TooltipProvider>);

describe("Field", () => {
  it("ties label, error and control together", () => {
    show(<Field label="E-mail" error="This is not an e-mail address."><Input /></Field>);

    const input = screen.getByLabelText("E-mail");
    expect(input).toBeInvalid();
    expect(input).toHaveAccessibleDescription("This is not an e-mail address.");
  });
});

describe("ErrorCard", () => {
  it("says what, where and the code, and offers to try again", async () => {
    const retry = vi.fn();
    show(<ErrorCard error={{ code: "model_timeout", message: "The model gave no word for 60 s.", field: "model" }} title="“Write answer” stopped" where="Node “Write answer”" onRetry={retry} />);
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));

    const card = screen.getByRole("alert");
    for (const text of ["“Write answer” stopped", "The model gave no word for 60 s.", "model_timeout", "Node “Write answer”", "model"]) expect(card).toHaveTextContent(text);
    expect(retry).toHaveBeenCalledTimes(1);
  });

  it("shows what was thrown, whatever it is", () => {
    show(<ErrorCard error={new TypeError("x is not a function")} />);

    expect(screen.getByRole("alert")).toHaveTextContent("x is not a function");
  });
});

describe("Dialog", () => {
  it.each([["without a field", <p key="p">Sure?</p>], ["with one", <Input key="i" />]])("closes at the first Esc, %s: its close button does not show a tooltip first", async (_, body) => {
    const onOpenChange = vi.fn();
    show(<Dialog open onOpenChange={onOpenChange} title="Revoke">{body}</Dialog>);
    expect(screen.queryByRole("tooltip")).toBeNull();
    await userEvent.keyboard("{Escape}");

    expect(onOpenChange).toHaveBeenCalledExactlyOnceWith(false);
  });
});

describe("undo", () => {
  afterEach(() => vi.useRealTimers());

  function Deleter({ commit, undo }: { commit: () => void; undo: () => void }) {
    const offer = useUndo();
    return <button type="button" onClick={() => offer({ message: "Deleted", commit, undo })}>delete</button>;
  }
  function start() {
    vi.useFakeTimers();
    const calls = { commit: vi.fn(), undo: vi.fn() };
    show(<UndoProvider><Deleter {...calls} /></UndoProvider>);
    act(() => screen.getByText("delete").click());
    return calls;
  }

  it("commits when the time to undo is over", () => {
    const { commit, undo } = start();
    expect(commit).not.toHaveBeenCalled();
    act(() => void vi.advanceTimersByTime(7000));

    expect([commit.mock.calls.length, undo.mock.calls.length]).toEqual([1, 0]);
    expect(screen.queryByText("Deleted")).toBeNull();
  });

  it("puts back and never commits when undone", () => {
    const { commit, undo } = start();
    act(() => screen.getByText("Undo").click());
    act(() => void vi.advanceTimersByTime(20_000));

    expect([commit.mock.calls.length, undo.mock.calls.length]).toEqual([0, 1]);
  });

  it("commits once when the page is left", () => {
    const { commit } = start();
    act(() => void window.dispatchEvent(new Event("pagehide")));
    act(() => void vi.advanceTimersByTime(20_000));

    expect(commit).toHaveBeenCalledTimes(1);
  });
});

describe("Table", () => {
  const columns = [{ id: "name", header: "Name", cell: (row: { name: string }) => row.name }];

  it("opens a row with a click and with Enter", async () => {
    const open = vi.fn();
    show(<Table label="Runs" columns={columns} rows={[{ name: "one" }]} rowKey={(row) => row.name} onOpen={open} />);
    await userEvent.click(screen.getByText("one"));
    await userEvent.keyboard("{Enter}");

    expect(open.mock.calls).toEqual([[{ name: "one" }], [{ name: "one" }]]);
  });

  it("shows what to do when there is nothing", () => {
    show(<Table label="Runs" columns={columns} rows={[]} rowKey={(row) => row.name} empty={<p>No runs yet</p>} />);

    expect(screen.getByText("No runs yet")).toBeInTheDocument();
  });
});

describe("top bar slots", () => {
  it("show a page's parts in the bar while the page is there", async () => {
    function Shell() {
      const [open, setOpen] = useState(true);
      return <SlotProvider><header><TopBarSlot name="actions" /></header><button type="button" onClick={() => setOpen(false)}>leave</button>{open && <TopBarFill slot="actions"><b>Publish</b></TopBarFill>}</SlotProvider>;
    }
    show(<Shell />);
    expect(screen.getByRole("banner")).toHaveTextContent("Publish");
    await userEvent.click(screen.getByText("leave"));

    expect(screen.queryByText("Publish")).toBeNull();
  });
});

describe("CodeBlock", () => {
  it("switches between samples and keeps every character", async () => {
    show(<CodeBlock samples={[{ id: "a", label: "curl", language: "bash", code: "curl -N x # now" }, { id: "b", label: "Python", language: "python", code: "print(\"hi\")" }]} />);
    await userEvent.click(screen.getByRole("tab", { name: "Python" }));

    expect(screen.getByText("print", { exact: false }).closest("pre")).toHaveTextContent("print(\"hi\")");
  });

  it("colours without losing text", () => {
    const code = "from x import y  # why\nz = 'a' + \"b\" + 12";
    const parts = highlight(code, "python");

    expect(parts.map((part) => part.text).join("")).toBe(code);
    expect(parts.filter((part) => part.kind !== "plain").map((part) => [part.kind, part.text])).toEqual([
      ["key", "from"], ["key", "import"], ["note", "# why"], ["string", "'a'"], ["string", "\"b\""], ["number", "12"],
    ]);
  });
});

describe("format", () => {
  it("writes durations, sizes and times by language", () => {
    const en = makeFormat("en");
    const zh = makeFormat("zh");
    const now = Date.parse("2026-01-10T12:00:00Z");

    expect([0.12, 38, 1320, 12_400, 125_000].map(en.duration)).toEqual(["0.1 ms", "38 ms", "1.32 s", "12.4 s", "2 min 5 s"]);
    expect([512, 12_345, 1_200_000].map(en.bytes)).toEqual(["512 B", "12.3 KB", "1.2 MB"]);
    expect([en.ago("2026-01-10T11:57:00Z", now), zh.ago("2026-01-09T12:00:00Z", now)]).toEqual(["3 minutes ago", "昨天"]);
    expect(en.ago("2026-01-12T06:00:00Z", now)).toBe("in 2 days");
  });
});
