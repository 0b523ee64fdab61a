/** Adds or changes a provider: address, key, models; saves, then tries the connection and shows what it found. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Provider } from "@/api";
import { Button, ErrorCard, Field, Input, Select, useFieldError } from "@/kit";
import { ModelNames } from "./ModelNames";
import { OTHER, PRESETS } from "./presets";
import styles from "./ProviderForm.module.css";
import { TestResult } from "./TestResult";
import { type ProviderDraft, useSaveProvider } from "./useSaveProvider";

export interface ProviderFormProps {
  provider?: Provider;
  onDone: () => void;
  onCancel: () => void;
  cancelLabel?: string;
}

export function ProviderForm({ provider, onDone, onCancel, cancelLabel }: ProviderFormProps) {
  const { t } = useTranslation("models");
  const [preset, setPreset] = useState(provider ? OTHER : "openai");
  const [draft, setDraft] = useState<ProviderDraft>(() => provider
    ? { name: provider.name, baseUrl: provider.base_url, apiKey: "", models: provider.models }
    : { name: "OpenAI", baseUrl: PRESETS[0]?.baseUrl ?? "", apiKey: "", models: [] });
  const work = useSaveProvider(provider);
  const change = (part: Partial<ProviderDraft>) => setDraft((now) => ({ ...now, ...part }));
  const choosePreset = (id: string) => {
    setPreset(id);
    const found = PRESETS.find((one) => one.id === id);
    change(found ? { name: found.name, baseUrl: found.baseUrl, models: found.models.map((name) => ({ name, kind: "chat" })) } : { name: "", baseUrl: "", models: [] });
  };
  const fault = useFieldError(work.error);
  const elsewhere = work.error && !["name", "base_url", "api_key", "models"].some((field) => fault(field));
  const answered = work.test?.ok === true;
  const saveAndTest = async () => {
    const found = await work.saveAndTest(draft);
    if (found && draft.models.length > 0) onDone();
  };

  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); void saveAndTest(); }}>
      {!provider && (
        <Field label={t("form.preset")}>
          <Select value={preset} onChange={choosePreset} options={[...PRESETS.map((one) => ({ value: one.id, label: one.name })), { value: OTHER, label: t("form.other") }]} />
        </Field>
      )}
      <div className={styles.pair}>
        <Field label={t("form.name")} error={fault("name")}>
          <Input required maxLength={80} value={draft.name} onChange={(event) => change({ name: event.target.value })} />
        </Field>
        <Field label={t("form.baseUrl")} error={fault("base_url")}>
          <Input required mono type="url" placeholder="https://…/v1" value={draft.baseUrl} onChange={(event) => change({ baseUrl: event.target.value })} />
        </Field>
      </div>
      <Field label={t("form.key")} hint={t("form.keyHint")} error={fault("api_key")}>
        <Input mono type="password" autoComplete="off" placeholder={provider?.has_key ? t("form.keyKept", { hint: provider.key_hint ?? "" }) : "sk-…"} value={draft.apiKey} onChange={(event) => change({ apiKey: event.target.value })} />
      </Field>
      <ModelNames models={draft.models} found={work.foundModels} error={fault("models")} onChange={(models) => change({ models })} />
      {work.test && <TestResult test={work.test} />}
      {Boolean(elsewhere) && <ErrorCard compact title={t("form.notSaved")} error={work.error} />}
      <div className={styles.buttons}>
        <Button onClick={onCancel}>{cancelLabel ?? t("form.cancel")}</Button>
        <Button type="submit" variant={answered ? "secondary" : "primary"} loading={work.busy}>{t(answered ? "form.testAgain" : "form.saveAndTest")}</Button>
        {work.saved && <Button variant={answered ? "primary" : "secondary"} disabled={work.busy} onClick={() => void work.save(draft).then((ok) => ok && onDone())}>{t("form.saveAndClose")}</Button>}
      </div>
    </form>
  );
}
