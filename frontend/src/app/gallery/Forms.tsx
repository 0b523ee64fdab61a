/** Everything one writes into or chooses from. */
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Checkbox, Combobox, Field, FileDrop, FileInput, type GivenFile, Input, Select, Switch, Textarea } from "@/kit";
import styles from "./KitPage.module.css";
import { Section } from "./Section";

const MODELS = [{ value: "qwen", label: "Qwen3-8B", hint: "GPU" }, { value: "quote", label: "weft-quote", hint: "CPU" }, { value: "deepseek", label: "deepseek-chat" }];

const LIMIT = 100 * 1024 * 1024;
const FILES: GivenFile<object>[] = [
  { key: "1", name: "Manual.pdf", size: 4_812_332, progress: 1, stored: {} },
  { key: "2", name: "Photos.zip", size: 81_000_000, progress: 0.46 },
  { key: "3", name: "Film.mp4", size: 412_000_000, progress: 0, fault: "tooLarge" },
];
const neverArrives = () => new Promise<object>(() => undefined);

export function Forms() {
  const { t } = useTranslation("gallery");
  const [model, setModel] = useState("qwen");
  const [datasets, setDatasets] = useState(["manuals", "faq"]);
  const [on, setOn] = useState(true);
  const [files, setFiles] = useState<readonly GivenFile<object>[]>(FILES);
  const [ticked, setTicked] = useState(true);
  return (
    <Section title={t("forms")}>
      <div className={styles.two}>
        <div className={styles.stack}>
          <Field label={t("name")} hint={t("nameHint")}><Input placeholder={t("namePlaceholder")} /></Field>
          <Field label={t("email")} error={t("emailError")}><Input defaultValue="lin@" /></Field>
          <Field label={t("search")}><Input icon={<Search />} placeholder={t("search")} /></Field>
          <Field label={t("prompt")} aside="412"><Textarea defaultValue={t("promptText")} /></Field>
        </div>
        <div className={styles.stack}>
          <Field label={t("model")}><Select value={model} onChange={setModel} options={MODELS} /></Field>
          <Field label={t("knowledge")} optional={t("optional")}><Combobox multiple value={datasets} onChange={setDatasets} options={[{ value: "manuals", label: t("manuals") }, { value: "faq", label: t("faq") }, { value: "blog", label: t("blog") }]} /></Field>
          <div className={styles.row}><Switch label={t("citations")} checked={on} onChange={setOn} /><span>{t("citations")}</span><Switch label={t("disabled")} checked={false} disabled onChange={setOn} /></div>
          <Checkbox checked={ticked} onChange={setTicked} label={t("remember")} hint={t("rememberHint")} />
          <FileDrop compact title={t("drop")} hint="PDF, DOCX, Markdown" onFiles={() => undefined} />
          <Field label={t("files")}><FileInput multiple files={files} onChange={(how) => setFiles(how)} send={neverArrives} limit={LIMIT} /></Field>
        </div>
      </div>
    </Section>
  );
}
