import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Session } from "@/api";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { LimitsCard } from "./LimitsCard";

const NONE = { wall_s: null, tokens: 1000, cost: null, steps: null };

afterEach(() => vi.unstubAllGlobals());

describe("LimitsCard", () => {
  it("keeps what an admin sets, and takes no number that is none", async () => {
    const server = fakeServer({ "GET /workspace/limits": NONE, "PUT /workspace/limits": { ...NONE, steps: 50 } });
    renderPage(<LimitsCard />, { session: { role: "admin" } as Session });
    await userEvent.type(await screen.findByLabelText("Steps"), "1.5");
    expect(screen.getByRole("alert")).toHaveTextContent("A whole number above zero, or nothing.");
    expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();

    await userEvent.clear(screen.getByLabelText("Steps"));
    await userEvent.type(screen.getByLabelText("Steps"), "50");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(server.asked.at(-1)).toMatchObject({ method: "PUT", body: { wall_s: null, tokens: 1000, cost: null, steps: 50 } }));
  });

  it("shows editors what holds", async () => {
    fakeServer({ "GET /workspace/limits": NONE });
    renderPage(<LimitsCard />, { session: { role: "editor" } as Session });

    expect(await screen.findByLabelText("Tokens")).toHaveValue("1000");
    expect(screen.getByLabelText("Tokens")).toBeDisabled();
    expect(screen.queryByRole("button", { name: "Save" })).toBeNull();
  });
});
