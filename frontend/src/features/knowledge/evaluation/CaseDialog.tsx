/** A question with what should be found for it: passages picked from documents, or whole documents. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Case, createCase, evaluationKeys, type ExpectedInput, updateCase } from "@/api";
import { Button, Dialog, ErrorCard, Field, IconButton, Textarea } from "@/kit";
import { ChunkPicker } from "../retrieval/ChunkPicker";
import styles from "./CasesView.module.css";

export interface CaseDialogProps {
  datasetId: string;
  open: boolean;
  /** The case that is changed; null makes one. */
  edited: Case | null;
  onClose: () => void;
  onSaved: () => void;
}

export function CaseDialog({ datasetId, open, edited, onClose, onSaved }: CaseDialogProps) {
  const { t } = useTranslation("evaluation");
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t(edited ? "case.edit" : "case.new")} description={t("case.lead")} width="md">
      <CaseForm key={edited?.id} datasetId={datasetId} edited={edited} onClose={onClose} onSaved={onSaved} />
    </Dialog>
  );
}

/** Something expected as the form shows it, and as it is sent. */
interface Expectation {
  key: string;
  name: string;
  quote: string;
  input: ExpectedInput;
}

const expectationsOf = (edited: Case | null, gone: string): Expectation[] =>
  (edited?.expected ?? []).map((one, index) => ({ key: String(index), name: one.document_name ?? gone, quote: one.quote, input: { document_id: one.document_id, quote: one.quote, grade: one.grade } }));

function CaseForm({ datasetId, edited, onClose, onSaved }: Omit<CaseDialogProps, "open">) {
  const { t } = useTranslation("evaluation");
  const client = useQueryClient();
  const [question, setQuestion] = useState(edited?.question ?? "");
  const [expected, setExpected] = useState(() => expectationsOf(edited, t("case.documentGone")));
  const [picking, setPicking] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      const input = { question: question.trim(), expected: expected.map((one) => one.input) };
      return edited ? updateCase(edited.id, input) : createCase(datasetId, input);
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: evaluationKeys.cases(datasetId) });
      onSaved();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (question.trim()) save.mutate();
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label={t("case.question")}>
        <Textarea rows={2} value={question} maxLength={8000} required onChange={(event) => setQuestion(event.target.value)} />
      </Field>
      <Field label={t("case.expected")} hint={expected.length === 0 ? t("case.expectedHint") : undefined}>
        <div className={styles.list}>
          {expected.map((one) => (
            <section key={one.key} className={styles.expectation}>
              <header>
                <span>{one.name}</span>
                <IconButton size="sm" label={t("case.removeExpected", { name: one.name })} icon={<X />} onClick={() => setExpected((now) => now.filter((other) => other.key !== one.key))} />
              </header>
              <p className={styles.quote}>{one.quote || t("case.anyPassage")}</p>
            </section>
          ))}
          <div>
            <Button size="sm" icon={<Plus />} onClick={() => setPicking(true)}>
              {t("case.pick")}
            </Button>
          </div>
        </div>
      </Field>
      {save.isError && <ErrorCard compact title={t("case.notSaved")} error={save.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!question.trim()} loading={save.isPending}>
          {t("save")}
        </Button>
      </div>
      <ChunkPicker
        datasetId={datasetId}
        open={picking}
        onClose={() => setPicking(false)}
        onPick={({ chunkId, name, content }) => {
          setPicking(false);
          setExpected((now) => (now.some((one) => one.key === chunkId) ? now : [...now, { key: chunkId, name, quote: content, input: { chunk_id: chunkId } }]));
        }}
      />
    </form>
  );
}
