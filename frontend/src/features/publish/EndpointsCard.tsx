/** How to call the app: its own API, and as a model of any OpenAI client. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, getDraft, siteQuery } from "@/api";
import { Card, CodeBlock, CopyIcon, Segmented, Tag } from "@/kit";
import styles from "./EndpointsCard.module.css";
import { chatSamples, openaiSamples, PLACEHOLDER, workflowSamples } from "./samples/endpoints";
import { sampleInputs } from "./samples/inputs";

type Api = "weft" | "openai";

export function EndpointsCard({ app, appKey }: { app: App; appKey: string | null }) {
  const { t } = useTranslation("publish");
  const [api, setApi] = useState<Api>("weft");
  const base = location.origin;
  // A key of its own: the editor must never take this copy for its draft.
  const draft = useQuery({ queryKey: ["apps", app.id, "sample-inputs"], queryFn: () => getDraft(app.id) });
  const site = useQuery(siteQuery(app.id));
  const facts = { base, key: appKey ?? PLACEHOLDER, appId: app.id, question: site.data?.suggested_questions[0] ?? t("api.question"), inputs: sampleInputs(draft.data?.document) };
  const isChat = app.mode === "chat";
  const path = api === "openai" ? "/v1/chat/completions" : isChat ? "/v1/chat-messages" : "/v1/workflows/run";
  const samples = api === "openai" ? openaiSamples(facts) : isChat ? chatSamples(facts) : workflowSamples(facts);
  const choice = isChat && <Segmented<Api> size="sm" label={t("api.which")} value={api} onChange={setApi} options={[{ value: "weft", label: t("api.app") }, { value: "openai", label: t("api.openai") }]} />;

  return (
    <Card title={t("api.title")} description={t(api === "openai" ? "api.openaiLead" : "api.lead")} actions={choice}>
      <div className={styles.endpoint}>
        <Tag tone="ok">POST</Tag>
        <code>{base}{path}</code>
        <CopyIcon text={base + path} label={t("api.copy")} />
      </div>
      <CodeBlock key={api} samples={samples} />
      <p className={styles.note}>{appKey ? t("api.withKey") : t("api.withoutKey")}</p>
    </Card>
  );
}
