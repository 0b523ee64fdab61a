import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import type { Version } from "@/api";
import { fakeServer, refuse } from "@/testing/fakeServer";
import { show } from "../testing/harness";
import { Published } from "./Published";

const VERSION = { number: 3 } as Version;
const page = () => show(<Published appId="a1" version={VERSION} onClose={() => undefined} />);

afterEach(() => vi.unstubAllGlobals());

it("shows the chat page, which everybody with the address may open, and switches it off and on", async () => {
  const server = fakeServer({ "GET /apps/a1/site": { enabled: true, code: "k3" }, "PATCH /apps/a1/site": ({ body }: { body: unknown }) => ({ code: "k3", ...(body as object) }) });
  page();

  expect(await screen.findByRole("link", { name: /\/chat\/k3$/ })).toHaveAttribute("href", `${location.origin}/chat/k3`);
  expect(screen.getByText("Open to everyone who has this address.")).toBeInTheDocument();
  await userEvent.click(screen.getByRole("switch", { name: "Chat page" }));

  expect(await screen.findByText("Off: nobody can open it.")).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByText("Chat bubble for any page")).toBeNull());
  expect(screen.queryByRole("link", { name: /chat/ })).toBeNull();
  expect(server.asked.filter((one) => one.method === "PATCH").map((one) => one.body)).toEqual([{ enabled: false }]);
});

it("stays open, and says why, when it could not be switched off", async () => {
  fakeServer({ "GET /apps/a1/site": { enabled: true, code: "k3" }, "PATCH /apps/a1/site": refuse(503, "database_unavailable", "PostgreSQL does not answer.") });
  page();
  await userEvent.click(await screen.findByRole("switch", { name: "Chat page" }));

  expect(await screen.findByRole("alert")).toHaveTextContent("PostgreSQL does not answer.");
  expect(screen.getByRole("switch", { name: "Chat page" })).toBeChecked();
});
