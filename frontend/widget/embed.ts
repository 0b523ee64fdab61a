/**
 * `<script src="https://HOST/embed.js" data-code="CODE" async></script>`: puts a published chat on any page.
 * Also understands the snippet of pages made for Dify. Leaves `window.weftChat.{open, close, toggle}`.
 */
import { ownScript, readConfig, type DifyConfig, type WidgetConfig } from "./config";
import { mountWidget, type WeftChat } from "./widget";

declare global {
  interface Window {
    weftChat?: WeftChat;
    difyChatbotConfig?: DifyConfig;
  }
}

const script = ownScript();

function start(): void {
  const config = readConfig(script, window.difyChatbotConfig);
  if (typeof config === "string") complain(config);
  else if (window.weftChat?.host.isConnected) noteSecond(window.weftChat, config);
  else window.weftChat = mountWidget(config);
}

/** The script twice on a page (a tag manager, a layout and a page) is one chat. */
function noteSecond(first: WeftChat, second: WidgetConfig): void {
  if (first.code !== second.code) complain(`Weft chat: ${first.code} is already on this page; ${second.code} is left out.`);
}

function complain(message: string): void {
  console.error(message); // eslint-disable-line no-console -- the console is the only place to reach who embeds the script
}

if (document.body) start();
else document.addEventListener("DOMContentLoaded", start, { once: true });
