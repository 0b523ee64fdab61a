/** Which models of a provider Weft offers: typed, or picked from what the provider named. */
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ModelKind, type OfferedModel } from "@/api";
import { Field, IconButton, Input, Segmented } from "@/kit";
import styles from "./ModelNames.module.css";

export function ModelNames({ models, found, error, onChange }: { models: OfferedModel[]; found: string[]; error?: string | undefined; onChange: (models: OfferedModel[]) => void }) {
  const { t } = useTranslation("models");
  const [text, setText] = useState("");
  const has = (name: string) => models.some((model) => model.name === name);
  const add = (name: string) => {
    const clean = name.trim();
    if (clean && !has(clean)) onChange([...models, { name: clean, kind: guessKind(clean) }]);
    setText("");
  };
  const change = (name: string, part: Partial<OfferedModel>) => onChange(models.map((one) => (one.name === name ? { ...one, ...part } : one)));
  const rest = found.filter((name) => !has(name) && name.toLowerCase().includes(text.toLowerCase()));

  return (
    <div className={styles.block}>
      <Field label={t("form.models")} hint={found.length === 0 ? t("form.modelsHint") : undefined} error={error}>
        <Input
          mono
          value={text}
          placeholder={t("form.modelPlaceholder")}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing || !text.trim()) return;
            event.preventDefault();
            add(text);
          }}
          trailing={<IconButton size="sm" label={t("form.addModel")} icon={<Plus />} disabled={!text.trim()} onClick={() => add(text)} />}
        />
      </Field>
      {rest.length > 0 && (
        <div className={styles.found}>
          <span className={styles.note}>{t("form.found", { count: found.length })}</span>
          <div className={styles.chips}>{rest.slice(0, 60).map((name) => <button key={name} type="button" className={styles.chip} onClick={() => add(name)}><Plus size={12} />{name}</button>)}</div>
        </div>
      )}
      {models.length > 0 && (
        <ul className={styles.list}>
          {models.map((model) => (
            <li key={model.name} className={styles.row}>
              <code className={styles.name}>{model.name}</code>
              <Segmented<ModelKind> size="sm" label={t("form.kindOf", { name: model.name })} value={model.kind} onChange={(kind) => change(model.name, { kind })} options={[{ value: "chat", label: t("kind.chat") }, { value: "embedding", label: t("kind.embedding") }, { value: "rerank", label: t("kind.rerank") }]} />
              <Price label={t("form.priceIn", { name: model.name })} placeholder={t("form.in")} value={model.input_price} onChange={(price) => change(model.name, { input_price: price })} />
              {model.kind === "chat" && <Price label={t("form.priceOut", { name: model.name })} placeholder={t("form.out")} value={model.output_price} onChange={(price) => change(model.name, { output_price: price })} />}
              <IconButton size="sm" label={t("form.removeModel", { name: model.name })} icon={<X />} onClick={() => onChange(models.filter((one) => one.name !== model.name))} />
            </li>
          ))}
        </ul>
      )}
      {models.length > 0 && <p className={styles.note}>{t("form.prices")}</p>}
    </div>
  );
}

/** Cleared, it is sent as 0: the server keeps a price that is not sent. */
function Price({ label, placeholder, value, onChange }: { label: string; placeholder: string; value: number | null | undefined; onChange: (price: number) => void }) {
  return <Input size="sm" type="number" min={0} max={1_000_000} step="any" className={styles.price} aria-label={label} placeholder={placeholder} defaultValue={value || ""} onChange={(event) => onChange(Math.max(0, Number(event.target.value)))} />;
}

export function guessKind(name: string): ModelKind {
  if (/rerank|ranker/i.test(name)) return "rerank";
  return /embed|bge|\be5\b|gte-|minilm/i.test(name) ? "embedding" : "chat";
}
