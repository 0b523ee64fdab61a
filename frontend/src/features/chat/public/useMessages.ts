/** Turns as the messages that are drawn; a turn that has not changed gives the same objects, so it is not drawn again. */
import { type TFunction } from "i18next";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { describeStep, type ChatMessage } from "@/kit/chat";
import { toMessages, type Turn } from "../model/turn";

export function useMessages(turns: readonly Turn[]): readonly ChatMessage[] {
  const { t, i18n } = useTranslation("chat");
  const kept = useRef(new WeakMap<Turn, ChatMessage[]>());
  const language = useRef(i18n.language);
  if (language.current !== i18n.language) {
    language.current = i18n.language;
    kept.current = new WeakMap();
  }
  return useMemo(() => turns.flatMap((turn) => messagesOf(turn, t, kept.current)), [turns, t]);
}

function messagesOf(turn: Turn, t: TFunction<"chat">, kept: WeakMap<Turn, ChatMessage[]>): ChatMessage[] {
  const before = kept.get(turn);
  if (before) return before;
  const made = toMessages(turn, (step) => step.title || describeStep(t, step.kind, step.status === "running", step.facts));
  kept.set(turn, made);
  return made;
}
