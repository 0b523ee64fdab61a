/** What an app is called, what it is for, and its picture. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, appKeys, updateApp } from "@/api";
import { Button, Dialog, ErrorCard, Field, Input, Textarea } from "@/kit";
import { IconPicker } from "./IconPicker";
import styles from "./NewAppForm.module.css";

export function EditAppDialog({ app, onClose }: { app: App | null; onClose: () => void }) {
  const { t } = useTranslation("apps");
  return (
    <Dialog open={app !== null} onOpenChange={(open) => !open && onClose()} title={t("edit.title")}>
      {app && <EditForm key={app.id} app={app} onClose={onClose} />}
    </Dialog>
  );
}

function EditForm({ app, onClose }: { app: App; onClose: () => void }) {
  const { t } = useTranslation("apps");
  const client = useQueryClient();
  const [draft, setDraft] = useState({ name: app.name, description: app.description, icon: app.icon });
  const save = useMutation({
    mutationFn: () => updateApp(app.id, { ...draft, name: draft.name.trim(), description: draft.description.trim() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: appKeys.all });
      onClose();
    },
  });
  const change = (part: Partial<typeof draft>) => setDraft((now) => ({ ...now, ...part }));
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
      <Field label={t("newApp.name")}><Input required maxLength={120} value={draft.name} onChange={(event) => change({ name: event.target.value })} /></Field>
      <Field label={t("edit.description")} hint={t("edit.descriptionHint")}><Textarea maxLength={2000} value={draft.description} onChange={(event) => change({ description: event.target.value })} /></Field>
      <IconPicker label={t("edit.icon")} value={draft.icon} seed={app.id} onChange={(icon) => change({ icon })} />
      {save.isError && <ErrorCard compact title={t("edit.failed")} error={save.error} />}
      <div className={styles.buttons}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" disabled={!draft.name.trim()} loading={save.isPending}>{t("edit.save")}</Button>
      </div>
    </form>
  );
}
