/** The words of a passage, to be changed or written anew. ⌘Enter saves, Esc leaves. */
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type ChunkInput, type ChunkKind } from "@/api";
import { Button, ErrorCard, Field, Input, Textarea, useFormat } from "@/kit";
import styles from "./ChunkEditor.module.css";

export interface ChunkEditorProps {
  kind: ChunkKind;
  start: ChunkInput;
  title: string;
  save: (input: ChunkInput) => Promise<unknown>;
  onDone: () => void;
}

export function ChunkEditor({ kind, start, title, save, onDone }: ChunkEditorProps) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const [content, setContent] = useState(start.content);
  const [answer, setAnswer] = useState(start.answer ?? "");
  const [keywords, setKeywords] = useState((start.keywords ?? []).join(", "));
  const keep = useMutation({ mutationFn: save, onSuccess: onDone });
  const isPair = kind === "pair";
  const isWhole = content.trim() !== "" && (!isPair || answer.trim() !== "");
  const submit = () => {
    if (isWhole && !keep.isPending) keep.mutate({ content, keywords: wordsOf(keywords), ...(isPair && { answer }) });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      onDone();
    }
  };
  return (
    <form
      className={styles.editor}
      aria-label={title}
      onKeyDown={onKeyDown}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label={isPair ? t("chunk.question") : title} aside={t("chunk.letters", { count: content.length, n: format.number(content.length) })}>
        <Textarea value={content} rows={isPair ? 2 : 6} autoFocus onChange={(event) => setContent(event.target.value)} />
      </Field>
      {isPair && (
        <Field label={t("chunk.answer")}>
          <Textarea value={answer} rows={4} onChange={(event) => setAnswer(event.target.value)} />
        </Field>
      )}
      <Field label={t("chunk.keywords")} optional={t("optional")} hint={t("chunk.keywordsHint")}>
        <Input value={keywords} onChange={(event) => setKeywords(event.target.value)} />
      </Field>
      {keep.isError && <ErrorCard compact title={t("notSaved")} error={keep.error} />}
      <div className={styles.buttons}>
        <Button size="sm" onClick={onDone}>{t("cancel")}</Button>
        <Button size="sm" type="submit" variant="primary" disabled={!isWhole} loading={keep.isPending}>
          {t("save")}
        </Button>
      </div>
    </form>
  );
}

/** Commas of both kinds part them. */
const wordsOf = (text: string): string[] => [...new Set(text.split(/[,，、;；\n]/).map((word) => word.trim()).filter(Boolean))];
