import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { SignInPage } from "./SignInPage";

const SESSION = { user: { id: "u", email: "lin@acme.example", name: "Lin", language: "en" }, workspace: { id: "w", name: "Acme" }, role: "owner" };
const SIGNED_OUT = { "GET /session": refuse(401, "not_authenticated", "Sign in."), "GET /setup": { needed: false } };
const show = (at = "/signin") => renderPage(<SignInPage />, { path: "/signin", at });
async function fill() {
  await userEvent.type(await screen.findByLabelText("E-mail"), "lin@acme.example");
  await userEvent.type(screen.getByLabelText("Password"), "correct horse");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

afterEach(() => vi.unstubAllGlobals());

describe("SignInPage", () => {
  it("signs in and goes where one wanted to go", async () => {
    const server = fakeServer({ ...SIGNED_OUT, "POST /session": SESSION });
    const { router } = show("/signin?next=%2Fapps%2F7%2Fruns");
    await fill();

    await waitFor(() => expect(router.state.location.pathname).toBe("/apps/7/runs"));
    expect(server.asked.find((one) => one.method === "POST")?.body).toEqual({ email: "lin@acme.example", password: "correct horse" });
  });

  it("says that the two do not match, beside the password", async () => {
    fakeServer({ ...SIGNED_OUT, "POST /session": refuse(401, "invalid_credentials", "No.") });
    show();
    await fill();

    await waitFor(() => expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("E-mail and password do not match an account here."));
  });

  it("shows another failure as a card", async () => {
    fakeServer({ ...SIGNED_OUT, "POST /session": refuse(429, "throttled", "Too many attempts; wait 30 s.") });
    show();
    await fill();

    expect(await screen.findByRole("alert")).toHaveTextContent("Too many attempts; wait 30 s.");
  });

  it("points to the one-time link when there is no admin yet", async () => {
    fakeServer({ ...SIGNED_OUT, "GET /setup": { needed: true } });
    show();

    expect(await screen.findByText(/one-time link that the terminal printed/)).toBeInTheDocument();
  });
});
