/** What a conversation is drawn with: questions, steps, answers with sources, and where one writes. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ChatMessage, type Citation, Composer, Markdown, MessageList, type Rating, SourceCard, SourceList, Steps, type Step } from "@/kit/chat";
import styles from "./KitPage.module.css";
import { Section } from "./Section";

export function Chat() {
  const { t } = useTranslation("gallery");
  const [rating, setRating] = useState<Rating | null>("like");
  const [source, setSource] = useState(1);
  const [asked, setAsked] = useState<string[]>([]);
  const citations: Citation[] = [
    { number: 1, title: "Manual.pdf", content: t("chat.passage"), datasetName: t("manuals"), page: 14, position: 3, score: 0.83 },
    { number: 2, title: "FAQ.md", content: t("chat.passage"), datasetName: t("faq"), score: 0.61 },
    { number: 3, title: "Blog.html", content: t("chat.passage") },
  ];
  const steps: Step[] = [
    { id: "find", label: t("chat.searched"), status: "done", elapsedMs: 38, notable: true },
    { id: "write", label: t("chat.wrote"), status: "done", elapsedMs: 1320 },
    { id: "tell", label: t("chat.told"), status: "skipped" },
  ];
  const messages: ChatMessage[] = [
    { id: "q1", role: "user", text: t("chat.question"), status: "done" },
    { id: "a1", role: "assistant", text: t("chat.answer"), status: "done", citations, steps, rating },
    { id: "q2", role: "user", text: t("chat.second"), status: "done" },
    { id: "a2", role: "assistant", text: t("chat.partial"), status: "failed", error: { code: "model_timeout", message: t("errorText") } },
    ...asked.map((text, index): ChatMessage => ({ id: `q${index + 3}`, role: "user", text, status: "done" })),
    { id: "a3", role: "assistant", text: "", status: "waiting", steps: [{ id: "find", label: t("chat.searching"), status: "running" }] },
  ];
  const shown = citations.find((one) => one.number === source);
  return (
    <Section title={t("chat.title")}>
      <div className={styles.two}>
        <div className={styles.stack}>
          <MessageList messages={messages} active={{ messageId: "a1", number: source }} onCite={(_, number) => setSource(number)} onRate={(_, next) => setRating(next)} onRegenerate={() => undefined} />
          <Composer onSend={(text) => setAsked((all) => [...all, text])} suggestions={[t("chat.question"), t("chat.second")]} note={t("chat.note")} />
          <Composer dense onSend={() => false} onStop={() => undefined} />
        </div>
        <div className={styles.stack}>
          {shown && <SourceCard source={shown} />}
          <SourceList citations={citations} active={source} onOpen={setSource} />
          <Steps steps={steps} running={false} />
          <Markdown text={t("chat.markdown")} />
        </div>
      </div>
    </Section>
  );
}
