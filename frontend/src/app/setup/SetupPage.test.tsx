import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { SetupPage } from "./SetupPage";

const SESSION = { user: { id: "u", email: "lin@acme.example", name: "Lin", language: "en" }, workspace: { id: "w", name: "Acme" }, role: "owner" };
const show = (at: string) => renderPage(<SetupPage />, { path: "/setup", at });

afterEach(() => vi.unstubAllGlobals());

describe("SetupPage", () => {
  it("leads from the one-time link to a working app", async () => {
    const server = fakeServer({
      "GET /session": refuse(401, "not_authenticated", "Sign in."), "GET /setup": { needed: true }, "POST /setup": SESSION,
      "GET /datasets": { items: [], next: null }, "POST /apps": { id: "a1" },
    });
    const { router } = show("/setup?token=once");

    await userEvent.type(await screen.findByLabelText("Name"), "Lin");
    await userEvent.type(screen.getByLabelText("E-mail"), "lin@acme.example");
    await userEvent.type(screen.getByLabelText("Password"), "correct horse battery");
    await userEvent.click(screen.getByRole("button", { name: "Create account" }));
    await userEvent.click(await screen.findByRole("button", { name: "Continue" }));
    await userEvent.click(await screen.findByRole("button", { name: "Create app" }));

    await waitFor(() => expect(router.state.location.pathname).toBe("/apps/a1"));
    expect(server.asked.filter((one) => one.method === "POST")).toEqual([
      { method: "POST", path: "/setup", body: { token: "once", name: "Lin", email: "lin@acme.example", password: "correct horse battery", language: "en" } },
      { method: "POST", path: "/apps", body: { name: "Chat over documents", template: "rag-chat", icon: "book" } },
    ]);
  });

  it("shows a refused password beside its field", async () => {
    fakeServer({ "GET /session": refuse(401, "not_authenticated", ""), "GET /setup": { needed: true }, "POST /setup": refuse(422, "invalid", "This password is too common.", { field: "password" }) });
    show("/setup?token=once");
    await userEvent.type(await screen.findByLabelText("Name"), "Lin");
    await userEvent.type(screen.getByLabelText("E-mail"), "lin@acme.example");
    await userEvent.type(screen.getByLabelText("Password"), "password12");
    await userEvent.click(screen.getByRole("button", { name: "Create account" }));

    await waitFor(() => expect(screen.getByLabelText("Password")).toHaveAccessibleDescription("This password is too common."));
  });

  it("sends who comes too late to the sign-in page", async () => {
    fakeServer({ "GET /session": refuse(401, "not_authenticated", ""), "GET /setup": { needed: false } });
    show("/setup?token=used");

    expect(await screen.findByRole("link", { name: "Sign in" })).toHaveAttribute("href", "/signin");
  });
});
