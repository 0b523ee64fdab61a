/** How a chat app meets people: its first words, questions to begin with, sources, files. */
import { Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isObject, setFeatures, type Features, type JsonObject } from "@/graph";
import { Button, Checkbox, Field, IconButton, Input, Switch, Textarea } from "@/kit";
import { useEditor, useEditorState } from "../store/context";
import { selectDoc, selectReadOnly } from "../store/selectors";
import tabs from "../panel/Tabs.module.css";
import styles from "./App.module.css";

const FILE_TYPES = ["image", "document", "audio", "video"] as const;
const FRESH_UPLOAD: JsonObject = { enabled: true, allowed_file_types: ["image", "document"], allowed_file_extensions: [], allowed_file_upload_methods: ["local_file", "remote_url"], number_limits: 3 };

export function FeaturesTab() {
  const { t } = useTranslation("editor");
  const editor = useEditor();
  const readOnly = useEditorState(selectReadOnly);
  const { features } = useEditorState(selectDoc);
  const questions = features.suggested_questions ?? [];
  const set = (field: string, patch: Partial<Features>) => editor.dispatch(setFeatures, { features: { ...features, ...patch }, field });
  const ask = (next: string[]) => set("suggested_questions", { suggested_questions: next });
  return (
    <div className={tabs.stack}>
      <Field label={t("app.opening")} hint={t("app.openingHint")}>
        <Textarea rows={3} disabled={readOnly} value={features.opening_statement ?? ""} onChange={(event) => set("opening_statement", { opening_statement: event.target.value })} />
      </Field>
      <section className={styles.home} aria-label={t("app.questions")}>
        <header className={styles.homeHead}>
          <h4 className={styles.homeTitle}>{t("app.questions")}</h4>
          {!readOnly && questions.length < 10 && <Button size="sm" variant="ghost" icon={<Plus />} onClick={() => ask([...questions, ""])}>{t("form.add")}</Button>}
        </header>
        {questions.map((question, i) => (
          <div key={i} className={styles.line}>
            <Input size="sm" className={styles.grow} disabled={readOnly} aria-label={`${t("app.questions")} ${i + 1}`} value={question} onChange={(event) => ask(questions.map((other, j) => (j === i ? event.target.value : other)))} />
            {!readOnly && <IconButton size="sm" label={t("form.remove")} icon={<Trash2 />} onClick={() => ask(questions.filter((_, j) => j !== i))} />}
          </div>
        ))}
      </section>
      <Toggle label={t("app.citations")} hint={t("app.citationsHint")} checked={features.citations ?? true} readOnly={readOnly} onChange={(citations) => set("citations", { citations })} />
      <Uploads upload={isObject(features.file_upload) ? features.file_upload : null} readOnly={readOnly} onChange={(file_upload) => set("file_upload", { file_upload })} />
    </div>
  );
}

function Uploads({ upload, readOnly, onChange }: { upload: JsonObject | null; readOnly: boolean; onChange: (upload: JsonObject) => void }) {
  const { t } = useTranslation(["editor", "nodes"]);
  const on = upload?.enabled === true;
  const types = Array.isArray(upload?.allowed_file_types) ? upload.allowed_file_types.map(String) : [];
  const most = typeof upload?.number_limits === "number" ? upload.number_limits : 3;
  return (
    <>
      <Toggle label={t("app.files")} hint={t("app.filesHint")} checked={on} readOnly={readOnly} onChange={(enabled) => onChange({ ...FRESH_UPLOAD, ...upload, enabled })} />
      {on && (
        <div className={styles.inset}>
          <div className={styles.checks} role="group" aria-label={t("nodes:fields.file_types.label")}>
            {FILE_TYPES.map((type) => (
              <Checkbox key={type} label={t(`app.fileTypes.${type}`)} checked={types.includes(type)} disabled={readOnly} onChange={(checked) => onChange({ ...upload, allowed_file_types: checked ? [...types, type] : types.filter((other) => other !== type) })} />
            ))}
          </div>
          <label className={tabs.row}>
            <span className={tabs.rowText}><b>{t("app.mostFiles")}</b></span>
            <Input type="number" size="sm" className={tabs.small} min={1} max={50} disabled={readOnly} value={most} onChange={(event) => onChange({ ...upload, number_limits: Math.min(Math.max(Math.round(Number(event.target.value)) || 1, 1), 50) })} />
          </label>
        </div>
      )}
    </>
  );
}

interface ToggleProps {
  label: string;
  hint: string;
  checked: boolean;
  readOnly: boolean;
  onChange: (checked: boolean) => void;
}

function Toggle({ label, hint, checked, readOnly, onChange }: ToggleProps) {
  return (
    <label className={tabs.row}>
      <span className={tabs.rowText}><b>{label}</b><span>{hint}</span></span>
      <Switch label={label} checked={checked} disabled={readOnly} onChange={onChange} />
    </label>
  );
}
