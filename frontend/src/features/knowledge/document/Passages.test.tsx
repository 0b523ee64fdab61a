import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Session } from "@/api";
import { fakeServer } from "@/testing/fakeServer";
import { renderPage } from "@/testing/render";
import { giveRoom, makeChunk, makeDocument } from "../testing/make";
import { Passages } from "./Passages";
import { useChunks } from "./useChunks";

const first = makeChunk({ headings: ["Lubrication"], page: 3 });
const second = makeChunk({ id: "c2", position: 1, content: "The tension is 28 newtons.", is_enabled: false, hit_count: 4 });

function Held() {
  const [selected, setSelected] = useState<string | null>(null);
  return <Passages document={makeDocument()} loaded={useChunks("d", selected)} selected={selected} onSelect={setSelected} />;
}

function draw(answers: Record<string, unknown> = {}, role: Session["role"] = "editor") {
  const server = fakeServer({ "GET /documents/d/chunks": { items: [first, second], next: null }, ...answers });
  renderPage(<Held />, { session: { role } as Session });
  return server;
}
const card = async (words: string) => (await screen.findByText(words)).closest("article") as HTMLElement;

beforeEach(() => giveRoom());
afterEach(() => vi.unstubAllGlobals());

describe("Passages", () => {
  it("fetches every page of them, and finds words in them", async () => {
    const third = makeChunk({ id: "c3", position: 2, content: "梭子每月清洁一次。" });
    draw({ "GET /documents/d/chunks?limit=200": { items: [first, second], next: "n" }, "GET /documents/d/chunks?cursor=n&limit=200": { items: [third], next: null } });
    await screen.findByText(third.content);

    await userEvent.type(screen.getByRole("textbox", { name: "Find in the passages" }), "梭子");

    await waitFor(() => expect(screen.getAllByRole("article")).toHaveLength(1));
    expect(screen.getByText("1 of 3")).toBeInTheDocument();
  });

  it("says where each stands and how it is, and selects one", async () => {
    draw();

    const one = await card(first.content);
    expect(one).toHaveTextContent("#1");
    expect(one).toHaveTextContent("Lubrication");
    expect(one).toHaveTextContent("p. 3");
    expect(await card(second.content)).toHaveTextContent("Offfound 4 times");
    await userEvent.click(within(one).getByRole("button", { name: /^#1/ }));
    await waitFor(() => expect(one).toHaveAttribute("data-selected", "true"));
  });

  it("changes one in its place", async () => {
    const server = draw({ "PATCH /chunks/c": { ...first, content: "Oil it weekly.", is_edited: true } });
    await userEvent.click(within(await card(first.content)).getByRole("button", { name: "More for Passage 1" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Change" }));
    const words = screen.getByRole("textbox", { name: /^Passage 1/ });
    await userEvent.clear(words);
    await userEvent.type(words, "Oil it weekly.{Control>}{Enter}{/Control}");

    expect(await card("Oil it weekly.")).toHaveTextContent("Changed by hand");
    expect(server.asked.find((one) => one.method === "PATCH")?.body).toEqual({ content: "Oil it weekly.", keywords: [] });
  });

  it("keeps what was typed when it could not be saved", async () => {
    draw();
    await userEvent.click(await screen.findByRole("button", { name: "Add" }));
    await userEvent.type(screen.getByRole("textbox", { name: /^New passage/ }), "More.");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));

    expect(await screen.findByRole("alert")).toHaveTextContent("The changes could not be saved");
    expect(screen.getByRole("textbox", { name: /^New passage/ })).toHaveValue("More.");
  });

  it("switches one on, and opens a parent to its smaller ones", async () => {
    const parent = makeChunk({ id: "p", kind: "parent", content: "A long section.", child_count: 1 });
    const child = makeChunk({ id: "x", kind: "child", parent_id: "p", content: "A short part." });
    const server = draw({ "GET /documents/d/chunks": { items: [parent, second], next: null }, "GET /chunks/p/children": { items: [child], next: null }, "PATCH /chunks/c2": { ...second, is_enabled: true } });

    await userEvent.click(await screen.findByRole("switch", { name: "Passage 2 can be found" }));
    await waitFor(() => expect(screen.getByRole("switch", { name: "Passage 2 can be found" })).toBeChecked());
    expect(server.asked.find((one) => one.method === "PATCH")?.body).toEqual({ is_enabled: true });
    await userEvent.click(screen.getByRole("button", { name: "1 smaller passage" }));
    expect(await screen.findByText("A short part.")).toBeInTheDocument();
  });

  it("offers no change to who only looks", async () => {
    draw({}, "viewer");
    await userEvent.click(within(await card(first.content)).getByRole("button", { name: "More for Passage 1" }));

    expect((await screen.findAllByRole("menuitem")).map((item) => item.textContent)).toEqual(["Why is it not found?"]);
    expect(screen.queryByRole("switch")).toBeNull();
    expect(screen.queryByRole("button", { name: "Add" })).toBeNull();
  });
});
