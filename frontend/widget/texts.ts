/** The widget's few words, in the language of the page it sits on. */
export interface Texts {
  title: string;
  open: string;
  close: string;
  blocked: string;
}

const EN: Texts = { title: "Chat", open: "Open the chat", close: "Close the chat", blocked: "Open the chat in a new tab" };
const ZH: Texts = { title: "聊天", open: "打开聊天", close: "关闭聊天", blocked: "在新标签页中打开聊天" };

export function textsFor(language: string): Texts {
  return /^zh\b/i.test(language) ? ZH : EN;
}
