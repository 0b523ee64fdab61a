/** The app's public chat page: on or off, its address, its words. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ExternalLink, Plus, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Site, siteQuery, updateSite, useMay } from "@/api";
import { Button, Card, CopyIcon, ErrorCard, Field, IconButton, Input, Skeleton, Switch, Textarea } from "@/kit";
import { SaveNote } from "./SaveNote";
import styles from "./SiteCard.module.css";
import { useAutosave } from "./useAutosave";

export function SiteCard({ appId, appName }: { appId: string; appName: string }) {
  const { t } = useTranslation("publish");
  const site = useQuery(siteQuery(appId));
  if (site.isPending) return <Card title={t("site.title")}><Skeleton width="60%" /><Skeleton /></Card>;
  if (site.isError) return <ErrorCard title={t("site.notLoaded")} error={site.error} onRetry={() => void site.refetch()} />;
  return <SiteForm appId={appId} appName={appName} site={site.data} />;
}

function SiteForm({ appId, appName, site }: { appId: string; appName: string; site: Site }) {
  const { t } = useTranslation("publish");
  const client = useQueryClient();
  const key = siteQuery(appId).queryKey;
  const saver = useAutosave<Site>(async (changes) => {
    await updateSite(appId, changes);
    void client.invalidateQueries({ queryKey: ["apps"], refetchType: "none" });
  });
  const change = (changes: Partial<Site>) => {
    client.setQueryData<Site>(key, (now) => now && { ...now, ...changes });
    saver.change(changes);
  };
  const mayEdit = useMay("editor");
  const address = `${location.origin}/chat/${site.code}`;

  return (
    <Card title={t("site.title")} description={mayEdit ? t("site.lead") : `${t("site.lead")} ${t("site.editorsOnly")}`} actions={<div className={styles.state}><SaveNote state={saver.state} /><Switch label={t("site.enabled")} disabled={!mayEdit} checked={site.enabled} onChange={(enabled) => change({ enabled })} /></div>}>
      {saver.state === "failed" && <ErrorCard compact title={t("site.notSaved")} error={saver.error} onRetry={saver.retry} />}
      {site.enabled && (
        <>
          <div className={styles.address}>
            <code>{address}</code>
            <CopyIcon text={address} label={t("site.copyAddress")} />
            <Button size="sm" icon={<ExternalLink />} asChild><a href={address} target="_blank" rel="noreferrer"><ExternalLink />{t("site.open")}</a></Button>
          </div>
          {mayEdit && <div className={styles.fields}>
            <Field label={t("site.name")}><Input value={site.title} placeholder={appName} maxLength={120} onChange={(event) => change({ title: event.target.value })} /></Field>
            <Field label={t("site.greeting")} hint={t("site.greetingHint")}><Textarea rows={2} value={site.greeting} onChange={(event) => change({ greeting: event.target.value })} /></Field>
            <Questions questions={site.suggested_questions} onChange={(suggested_questions) => change({ suggested_questions })} />
          </div>}
        </>
      )}
    </Card>
  );
}

function Questions({ questions, onChange }: { questions: string[]; onChange: (questions: string[]) => void }) {
  const { t } = useTranslation("publish");
  const [text, setText] = useState("");
  const add = () => {
    const clean = text.trim();
    if (clean && !questions.includes(clean)) onChange([...questions, clean]);
    setText("");
  };
  return (
    <div className={styles.questions}>
      <Field label={t("site.questions")}>
        <Input
          value={text}
          maxLength={200}
          placeholder={t("site.questionPlaceholder")}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
            event.preventDefault();
            add();
          }}
          trailing={<IconButton size="sm" label={t("site.addQuestion")} icon={<Plus />} disabled={!text.trim()} onClick={add} />}
        />
      </Field>
      {questions.length > 0 && (
        <ul className={styles.chips}>
          {questions.map((question) => <li key={question} className={styles.chip}>{question}<IconButton size="sm" label={t("site.removeQuestion", { question })} icon={<X />} onClick={() => onChange(questions.filter((one) => one !== question))} /></li>)}
        </ul>
      )}
    </div>
  );
}
