/** Where a webhook listens, and a request to try it with. */
import { RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Trigger } from "@/api";
import { Button, CodeBlock, CopyIcon, Dialog, Tag } from "@/kit";
import { webhookCurl, type WebhookConfig } from "@/graph";
import styles from "./Triggers.module.css";

export function WebhookFacts({ trigger, config, onRenew, renewing }: { trigger: Trigger; config: WebhookConfig; onRenew: (() => void) | null; renewing: boolean }) {
  const { t } = useTranslation("publish");
  const [asking, setAsking] = useState(false);
  const { url, test_url: testUrl, method } = trigger;
  return (
    <>
      {url && <Address label={t("triggers.address")} method={method ?? "POST"} url={url} hint={trigger.live ? undefined : t("triggers.afterPublishing")} />}
      {testUrl && trigger.in_draft && <Address label={t("triggers.testAddress")} method={method ?? "POST"} url={testUrl} hint={t("triggers.testHint")} />}
      {url && testUrl && trigger.in_draft && (
        <CodeBlock samples={[{ id: "live", label: t("triggers.sampleLive"), language: "bash", code: webhookCurl(url, config) }, { id: "test", label: t("triggers.sampleTest"), language: "bash", code: webhookCurl(testUrl, config) }]} />
      )}
      {onRenew && <div><Button size="sm" variant="ghost" icon={<RefreshCw />} loading={renewing} onClick={() => setAsking(true)}>{t("triggers.renew")}</Button></div>}
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        width="sm"
        title={t("triggers.renewTitle")}
        footer={<><Button onClick={() => setAsking(false)}>{t("keys.keep")}</Button><Button variant="danger" onClick={() => { setAsking(false); onRenew?.(); }}>{t("triggers.renew")}</Button></>}
      >
        <p>{t("triggers.renewText")}</p>
      </Dialog>
    </>
  );
}

function Address({ label, method, url, hint }: { label: string; method: string; url: string; hint: string | undefined }) {
  const { t } = useTranslation("publish");
  return (
    <div className={styles.address}>
      <p className={styles.label}>{label}{hint && <small>{hint}</small>}</p>
      <div className={styles.url}><Tag mono>{method}</Tag><code tabIndex={0}>{url}</code><CopyIcon text={url} label={t("site.copyAddress")} /></div>
    </div>
  );
}
