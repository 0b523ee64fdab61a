/** The chat bubble for other sites: one line to paste, or a frame. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { siteQuery } from "@/api";
import { Card, CodeBlock } from "@/kit";
import { embedSamples } from "./samples/embed";

export function EmbedCard({ appId }: { appId: string }) {
  const { t } = useTranslation("publish");
  const site = useQuery(siteQuery(appId));
  if (!site.data?.enabled) return null;
  return (
    <Card title={t("embed.title")} description={t("embed.lead")}>
      <CodeBlock samples={embedSamples(location.origin, site.data.code, { bubble: t("embed.bubble"), frame: t("embed.frame") })} />
    </Card>
  );
}
