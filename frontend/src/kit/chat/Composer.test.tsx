import { createEvent, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Composer } from "./Composer";

const field = () => screen.getByRole<HTMLTextAreaElement>("textbox");

describe("Composer", () => {
  it("sends on Enter, breaks the line on Shift+Enter, and empties itself", async () => {
    const send = vi.fn();
    render(<Composer onSend={send} />);

    await userEvent.type(field(), "one{Shift>}{Enter}{/Shift}two{Enter}");

    expect(send).toHaveBeenCalledExactlyOnceWith("one\ntwo");
    expect(field().value).toBe("");
  });

  it("does not send while an input method composes", () => {
    const send = vi.fn();
    render(<Composer onSend={send} />);
    fireEvent.change(field(), { target: { value: "怎么chongzhi" } });

    fireEvent.compositionStart(field());
    fireEvent.keyDown(field(), { key: "Enter" });
    fireEvent.compositionEnd(field());
    fireEvent.keyDown(field(), { key: "Enter", keyCode: 229 });

    expect(send).not.toHaveBeenCalled();
    fireEvent.keyDown(field(), { key: "Enter", keyCode: 13 });
    expect(send).toHaveBeenCalledExactlyOnceWith("怎么chongzhi");
  });

  it("sends nothing that is only space", () => {
    const send = vi.fn();
    render(<Composer onSend={send} />);
    fireEvent.change(field(), { target: { value: "  \n " } });

    const enter = createEvent.keyDown(field(), { key: "Enter" });
    fireEvent(field(), enter);

    expect(enter.defaultPrevented).toBe(true);
    expect(send).not.toHaveBeenCalled();
    expect(screen.getByRole("button", { name: "Send" })).toBeDisabled();
  });

  it("offers stop while an answer streams, and keeps what is being written", async () => {
    const send = vi.fn();
    const stop = vi.fn();
    render(<Composer onSend={send} onStop={stop} />);

    await userEvent.type(field(), "next{Enter}");
    await userEvent.click(screen.getByRole("button", { name: "Stop the answer" }));

    expect(send).not.toHaveBeenCalled();
    expect(stop).toHaveBeenCalledOnce();
    expect(field().value).toBe("next");
  });

  it("sends a suggested question at once", async () => {
    const send = vi.fn();
    render(<Composer onSend={send} suggestions={["How do I reset it?"]} />);

    await userEvent.click(screen.getByRole("button", { name: "How do I reset it?" }));

    expect(send).toHaveBeenCalledExactlyOnceWith("How do I reset it?");
  });
});
