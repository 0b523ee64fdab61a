import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, sessionQuery, tabSocket } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { Console } from "./Console";
import { makeQueryClient } from "./queryClient";

const SESSION = { user: { id: "u", email: "lin@acme.example", name: "Lin Xiao", language: "en" }, workspace: { id: "w", name: "Acme" }, role: "owner" };
const LISTS = { "GET /apps": { items: [{ id: "a1", name: "Product help", icon: "chat", mode: "chat" }], next: null }, "GET /datasets": { items: [], next: null } };
const show = (at: string) => renderPage(<Console />, { path: "/models", at });

afterEach(() => vi.unstubAllGlobals());

describe("Console", () => {
  it("leads who is signed out to the sign-in page, and remembers where they were going", async () => {
    fakeServer({ "GET /session": refuse(401, "not_authenticated", "Sign in first.") });
    const { router } = show("/models?x=1");

    await waitFor(() => expect(router.state.location.pathname + router.state.location.search).toBe("/signin?next=%2Fmodels%3Fx%3D1"));
  });

  it("does not take a broken server for a signed-out person", async () => {
    fakeServer({ "GET /session": refuse(500, "internal_error", "The log has the cause.") });
    const { router } = show("/models");

    expect(await screen.findByRole("alert")).toHaveTextContent("Weft does not answer");
    expect(router.state.location.pathname).toBe("/models");
  });

  it("leads to the sign-in page when the socket hears that the session has ended", async () => {
    const wires: { onclose?: (event: { code: number }) => void }[] = [];
    vi.stubGlobal("WebSocket", class { onclose?: (event: { code: number }) => void; constructor() { wires.push(this); } send() {} close() {} });
    fakeServer({ "GET /session": SESSION, ...LISTS });
    const { router } = show("/models");
    await screen.findByRole("link", { name: "Models" });
    const leave = tabSocket().subscribe("run:1", { onEvent: () => undefined });
    act(() => wires[0]?.onclose?.({ code: 4401 }));

    await waitFor(() => expect(router.state.location.pathname).toBe("/signin"));
    leave();
  });

  it("finds an app by name from the keyboard", async () => {
    fakeServer({ "GET /session": SESSION, ...LISTS });
    const { router } = show("/models");
    await screen.findByRole("link", { name: "Models" });
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.type(await screen.findByPlaceholderText(/Go to an app/), "product");
    await userEvent.keyboard("{Enter}");

    await waitFor(() => expect(router.state.location.pathname).toBe("/apps/a1"));
  });

  it("puts the command that is called so before all others", async () => {
    fakeServer({ "GET /session": SESSION, ...LISTS });
    show("/models");
    await screen.findByRole("link", { name: "Models" });
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.type(await screen.findByPlaceholderText(/Go to an app/), "dark");

    expect(screen.getAllByRole("option").map((option) => [option.textContent, option.getAttribute("aria-selected")])).toEqual([["Dark theme", "true"]]);
  });
});

describe("query client", () => {
  it("notices anywhere that the session has ended", async () => {
    const client = makeQueryClient();
    client.setQueryData(sessionQuery.queryKey, SESSION as never);
    await client.fetchQuery({ queryKey: ["x"], retry: false, queryFn: () => Promise.reject(new ApiError({ status: 401, code: "not_authenticated", message: "" })) }).catch(() => undefined);

    expect(client.getQueryData(sessionQuery.queryKey)).toBeNull();
  });
});
