/** Everything one writes into or chooses from. */
import { Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Checkbox, Combobox, Field, FileDrop, Input, Select, Switch, Textarea } from "@/kit";
import styles from "./KitPage.module.css";
import { Section } from "./Section";

const MODELS = [{ value: "qwen", label: "Qwen3-8B", hint: "GPU" }, { value: "quote", label: "weft-quote", hint: "CPU" }, { value: "deepseek", label: "deepseek-chat" }];

export function Forms() {
  const { t } = useTranslation("gallery");
  const [model, setModel] = useState("qwen");
  const [datasets, setDatasets] = useState(["manuals", "faq"]);
  const [on, setOn] = useState(true);
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
        </div>
      </div>
    </Section>
  );
}
