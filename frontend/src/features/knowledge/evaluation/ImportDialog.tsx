/** A test set from a file: what kinds there are, and what came of each row. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { evaluationKeys, importCases } from "@/api";
import { Button, CodeBlock, Dialog, ErrorCard, FileDrop, Progress, useFormat } from "@/kit";
import styles from "./CasesView.module.css";

const EXAMPLE = "question,document,quote,grade\nHow often must the reed be oiled?,manual.pdf,The reed must be oiled every forty days.,1\n";

export function ImportDialog({ datasetId, open, onClose, onDone }: { datasetId: string; open: boolean; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation("evaluation");
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={t("import.title")} description={t("import.text")} width="md">
      <Import datasetId={datasetId} onDone={onDone} />
    </Dialog>
  );
}

function Import({ datasetId, onDone }: { datasetId: string; onDone: () => void }) {
  const { t } = useTranslation("evaluation");
  const format = useFormat();
  const client = useQueryClient();
  const send = useMutation({ mutationFn: (files: File[]) => importCases(datasetId, files), onSuccess: () => client.invalidateQueries({ queryKey: evaluationKeys.cases(datasetId) }) });
  const report = send.data;
  if (report) {
    return (
      <div className={styles.report}>
        <p role="status">{t("import.report", { added: format.number(report.added), updated: format.number(report.updated), unchanged: format.number(report.unchanged), skipped: format.number(report.skipped) })}</p>
        {report.skipped_rows.length > 0 && (
          <ul className={styles.skipped} aria-label={t("import.skipped")}>
            {report.skipped_rows.map((row) => (
              <li key={row.line}>{t("import.row", { line: row.line, message: row.message })}</li>
            ))}
          </ul>
        )}
        <div className={styles.buttons}>
          <Button variant="primary" onClick={onDone}>
            {t("import.done")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className={styles.form}>
      <FileDrop compact title={t("import.drop")} hint={t("import.kinds")} accept=".csv,.jsonl,.json,.tsv,.txt" disabled={send.isPending} onFiles={(files) => send.mutate(files)} />
      {send.isPending && <Progress value={null} label={t("import.title")} />}
      {send.isError && <ErrorCard compact title={t("import.failed")} error={send.error} />}
      <CodeBlock samples={[{ id: "csv", label: "cases.csv", language: "text", code: EXAMPLE }]} />
    </div>
  );
}
