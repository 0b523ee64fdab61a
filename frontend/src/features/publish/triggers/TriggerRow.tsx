/** One trigger: whether it is at work, how it is reached or when it fires, what it has started. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CalendarClock, Webhook } from "lucide-react";
import { useTranslation } from "react-i18next";
import { triggersQuery, updateTrigger, type Items, type Trigger } from "@/api";
import { ErrorCard, Switch, Tag } from "@/kit";
import { type WebhookConfig } from "@/graph";
import { Firings } from "./Firings";
import { ScheduleFacts } from "./ScheduleFacts";
import styles from "./Triggers.module.css";
import { WebhookFacts } from "./WebhookFacts";

export function TriggerRow({ appId, trigger, mayEdit, config }: { appId: string; trigger: Trigger; mayEdit: boolean; config: WebhookConfig }) {
  const { t } = useTranslation("publish");
  const client = useQueryClient();
  const key = triggersQuery(appId).queryKey;
  const change = useMutation({
    mutationFn: (changes: { enabled?: boolean; renew_token?: boolean }) => updateTrigger(appId, trigger.id, changes),
    // the answer does not know the draft, which says how the trigger is called and set
    onSuccess: ({ enabled, url, test_url, next_at }) => client.setQueryData<Items<Trigger>>(key, (now) => now && { ...now, items: now.items.map((one) => (one.id === trigger.id ? { ...one, enabled, url, test_url, next_at } : one)) }),
  });
  const isWebhook = trigger.kind === "webhook";
  const enabled = change.isPending && change.variables.enabled !== undefined ? change.variables.enabled : trigger.enabled;
  const state = !trigger.live ? "draft" : !enabled ? "off" : !trigger.in_draft ? "leaving" : "live";
  return (
    <li className={styles.trigger}>
      <header className={styles.head}>
        {isWebhook ? <Webhook size={17} aria-hidden /> : <CalendarClock size={17} aria-hidden />}
        <h3 className={styles.name}>{trigger.title}</h3>
        <Tag tone={state === "live" ? "ok" : state === "leaving" ? "warn" : "neutral"}>{t(`triggers.state.${state}`)}</Tag>
        <span className={styles.grow} />
        <Switch label={t("triggers.enabled", { name: trigger.title })} checked={enabled} disabled={!mayEdit} onChange={(next) => change.mutate({ enabled: next })} />
      </header>
      {change.isError && <ErrorCard compact title={t("triggers.notChanged")} error={change.error} />}
      {isWebhook
        ? <WebhookFacts trigger={trigger} config={config} onRenew={mayEdit ? () => change.mutate({ renew_token: true }) : null} renewing={change.isPending && change.variables.renew_token === true} />
        : <ScheduleFacts trigger={trigger} />}
      <Firings appId={appId} trigger={trigger} />
    </li>
  );
}
