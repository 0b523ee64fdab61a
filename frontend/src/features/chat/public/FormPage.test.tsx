import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { TooltipProvider } from "@/kit";
import { FormPage } from "./FormPage";

const FORM = {
  token: "tok", key: "ask/1", title: "Check the draft", content: "Publish?\n\n{{#$output.comment#}}", fields: [{ name: "comment", type: "text", label: "Comment", required: true }], values: {}, actions: [{ id: "yes", title: "Publish", style: "primary" }], expires_at: null, status: "open", app: { name: "Letters" },
};

function open(answer: (init: RequestInit) => Response) {
  const calls: { path: string; body: unknown }[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init = {}) => {
    calls.push({ path: String(input), body: typeof init.body === "string" ? JSON.parse(init.body) : null });
    return answer(init);
  });
  const router = createMemoryRouter([{ path: "/form/:token", Component: FormPage }], { initialEntries: ["/form/tok"] });
  render(<TooltipProvider><RouterProvider router={router} /></TooltipProvider>);
  return calls;
}

describe("FormPage", () => {
  it("asks whoever has the link, and thanks", async () => {
    const calls = open((init) => Response.json(init.method === "POST" ? { status: "submitted" } : FORM));
    expect(await screen.findByRole("heading", { name: "Check the draft" })).toBeInTheDocument();
    await userEvent.type(screen.getByLabelText("Comment"), "fine");
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));

    expect(await screen.findByText(/Thank you/)).toBeInTheDocument();
    expect(screen.getByText("Answered: Publish")).toBeInTheDocument();
    expect(calls).toEqual([{ path: "/api/public/forms/tok", body: null }, { path: "/api/public/forms/tok", body: { action: "yes", inputs: { comment: "fine" } } }]);
  });

  it("shows what the server refuses at its field", async () => {
    open((init) => (init.method === "POST" ? Response.json({ code: "invalid_form_data", message: "Comment: too bold.", params: "comment" }, { status: 400 }) : Response.json(FORM)));
    await userEvent.type(await screen.findByLabelText("Comment"), "!!!");
    await userEvent.click(screen.getByRole("button", { name: "Publish" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("Comment: too bold.");
    expect(screen.getByLabelText("Comment")).toHaveAttribute("aria-invalid", "true");
  });

  it("says that a form is over, and that a link is wrong", async () => {
    open(() => Response.json({ ...FORM, status: "expired" }));
    expect(await screen.findByText("The time to answer this is over.")).toBeInTheDocument();

    open(() => Response.json({ code: "not_found", message: "No." }, { status: 404 }));
    expect(await screen.findByText("This form is not available")).toBeInTheDocument();
  });
});
