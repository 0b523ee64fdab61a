import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { api, ApiError } from "./client";

const fetchMock = vi.fn<typeof fetch>();
beforeEach(() => {
  vi.stubGlobal("fetch", fetchMock);
  document.cookie = "csrftoken=t0ken";
});
afterEach(() => {
  fetchMock.mockReset();
  vi.unstubAllGlobals();
});
const answer = (status: number, body: unknown) => fetchMock.mockResolvedValueOnce(new Response(status === 204 ? null : JSON.stringify(body), { status }));

describe("api", () => {
  it("asks with the query, leaving out what is not set", async () => {
    answer(200, { items: [], next: null });

    const page = await api.get("/apps", { query: { q: "人 a", cursor: null, status: "" } });

    expect(page).toEqual({ items: [], next: null });
    expect(fetchMock.mock.calls[0]?.[0]).toBe("/api/v1/apps?q=%E4%BA%BA+a");
  });

  it("sends JSON with the CSRF token of the cookie", async () => {
    answer(200, { id: "a1" });

    await api.post("/apps", { name: "x" });

    expect(fetchMock.mock.calls[0]?.[1]).toMatchObject({
      method: "POST",
      body: '{"name":"x"}',
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": "t0ken" },
    });
  });

  it("leaves the content type of a form to the browser", async () => {
    answer(201, {});

    await api.post("/files", new FormData());

    expect(fetchMock.mock.calls[0]?.[1]?.headers).toEqual({ Accept: "application/json", "X-CSRFToken": "t0ken" });
  });

  it("returns nothing for 204", async () => {
    answer(204, null);

    expect(await api.delete("/apps/1")).toBeUndefined();
  });

  it("throws what the server says went wrong", async () => {
    answer(409, { code: "draft_conflict", message: "Someone else saved.", field: "revision", details: { revision: 7 } });

    const error = await api.put("/apps/1/draft", {}).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, code: "draft_conflict", message: "Someone else saved.", field: "revision", details: { revision: 7 } });
  });

  it("names the status when a proxy answers in the server's place", async () => {
    fetchMock.mockResolvedValueOnce(new Response("<html>Bad gateway</html>", { status: 502, statusText: "Bad Gateway" }));

    await expect(api.get("/apps")).rejects.toMatchObject({ status: 502, code: "http_502", message: "GET /apps was answered with 502 Bad Gateway." });
  });

  it("tells an unreachable server from a refusal", async () => {
    fetchMock.mockRejectedValueOnce(new TypeError("Failed to fetch"));

    await expect(api.get("/apps")).rejects.toMatchObject({ status: 0, code: "network_unreachable" });
  });
});
