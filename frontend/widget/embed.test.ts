import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const ORIGIN = "https://weft.example";

async function include(attributes: Record<string, string>): Promise<void> {
  const script = document.createElement("script");
  script.setAttribute("src", `${ORIGIN}/embed.js`);
  for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value);
  vi.spyOn(document, "currentScript", "get").mockReturnValue(script);
  vi.resetModules();
  await import("./embed");
}

const bubble = (id = "weft-chat-button") => document.getElementById(id);
const button = () => bubble()?.shadowRoot?.querySelector("button") as HTMLButtonElement;
const panel = () => document.getElementById("weft-chat-panel") as HTMLElement;
const frame = () => panel().shadowRoot?.querySelector("iframe") ?? null;
const say = (type: string, over: Partial<MessageEventInit> = {}) =>
  window.dispatchEvent(new MessageEvent("message", { data: { type }, origin: ORIGIN, source: frame()?.contentWindow ?? null, ...over }));

beforeEach(() => {
  sessionStorage.clear();
  document.documentElement.lang = "en";
});
afterEach(() => {
  document.body.replaceChildren();
  delete window.weftChat;
  delete window.difyChatbotConfig;
});

describe("embed script", () => {
  it("puts a bubble on the page and makes the frame only when it is opened", async () => {
    await include({ "data-code": "abc", "data-title": "Help", "data-input-user-name": "Li Wei" });
    expect(button().getAttribute("aria-label")).toBe("Open the chat: Help");
    expect([panel().hidden, frame()]).toEqual([true, null]);

    button().click();

    expect(frame()?.src).toBe(`${ORIGIN}/chat/abc?embed=1&user_name=Li+Wei`);
    expect([panel().hidden, panel().getAttribute("role"), panel().getAttribute("aria-label")]).toEqual([false, "dialog", "Help"]);
    expect([button().getAttribute("aria-expanded"), button().getAttribute("aria-label")]).toEqual(["true", "Close the chat: Help"]);
  });

  it("closes when the chat asks for it, and gives the focus back", async () => {
    await include({ "data-code": "abc" });
    window.weftChat?.open();

    say("weft:close");

    expect(panel().hidden).toBe(true);
    expect(bubble()?.shadowRoot?.activeElement).toBe(button());
  });

  it("listens to nobody else on the page", async () => {
    await include({ "data-code": "abc" });
    window.weftChat?.open();

    say("weft:close", { origin: "https://evil.example" });
    say("weft:close", { source: window });

    expect(panel().hidden).toBe(false);
  });

  it("keeps one frame over closing and opening, so that the talk is not lost", async () => {
    await include({ "data-code": "abc" });
    window.weftChat?.open();
    const first = frame();

    window.weftChat?.toggle();
    window.weftChat?.toggle();

    expect(frame()).toBe(first);
    expect(panel().hidden).toBe(false);
  });

  it("closes on Escape", async () => {
    await include({ "data-code": "abc" });
    window.weftChat?.open();

    bubble()?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));

    expect(panel().hidden).toBe(true);
  });

  it("is open again on the next page of the visit, without taking the focus", async () => {
    await include({ "data-code": "abc" });
    window.weftChat?.open();
    document.body.replaceChildren();

    await include({ "data-code": "abc" });

    expect(panel().hidden).toBe(false);
    expect(document.activeElement).toBe(document.body);
  });

  it("survives being included twice", async () => {
    const complain = vi.spyOn(console, "error").mockImplementation(() => {});
    await include({ "data-code": "abc" });
    const first = window.weftChat;

    await include({ "data-code": "abc" });
    expect(complain).not.toHaveBeenCalled();
    await include({ "data-code": "other" });

    expect(document.querySelectorAll("weft-chat-button")).toHaveLength(1);
    expect(window.weftChat).toBe(first);
    expect(complain.mock.calls).toEqual([["Weft chat: abc is already on this page; other is left out."]]);
  });

  it("says what is missing and draws nothing", async () => {
    const complain = vi.spyOn(console, "error").mockImplementation(() => {});

    await include({});

    expect(document.body.childElementCount).toBe(0);
    expect(complain.mock.calls[0]?.[0]).toContain("data-code");
  });

  it("takes color and side, and speaks the page's language", async () => {
    document.documentElement.lang = "zh-CN";
    await include({ "data-code": "abc", "data-color": "rgb(255, 220, 0)", "data-position": "left" });

    expect(bubble()?.style.getPropertyValue("--weft-color")).toBe("rgb(255, 220, 0)");
    expect(bubble()?.style.getPropertyValue("--weft-ink")).toBe("#000");
    expect([bubble()?.dataset.side, panel().dataset.side]).toEqual(["left", "left"]);
    expect(button().getAttribute("aria-label")).toBe("打开聊天");
  });
});

describe("pages made for Dify", () => {
  it("work with their own configuration, ids and container properties", async () => {
    const entered = vi.fn();
    window.difyChatbotConfig = {
      token: "tok",
      baseUrl: "https://dify.example/base/",
      inputs: { city: "Ulm", age: 7 },
      containerProps: { className: "mine", style: { opacity: "0.5" }, onMouseEnter: entered, "data-x": 1 },
    };
    await include({ id: "tok", defer: "" });

    const host = bubble("dify-chatbot-bubble-button");
    host?.dispatchEvent(new Event("mouseenter"));
    window.weftChat?.open();

    expect([host?.className, host?.style.opacity, host?.dataset.x]).toEqual(["mine", "0.5", "1"]);
    expect(entered).toHaveBeenCalledOnce();
    expect(document.getElementById("dify-chatbot-bubble-window")?.shadowRoot?.querySelector("iframe")?.src).toBe(
      "https://dify.example/base/chat/tok?embed=1&city=Ulm&age=7",
    );
  });

  it("take the server from the script when they name none", async () => {
    window.difyChatbotConfig = { token: "tok" };
    await include({});
    window.weftChat?.open();

    expect(document.getElementById("dify-chatbot-bubble-window")?.shadowRoot?.querySelector("iframe")?.src).toBe(`${ORIGIN}/chat/tok?embed=1`);
  });
});
