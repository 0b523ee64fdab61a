/** After publishing: the addresses of the app, each to copy. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { siteQuery, type Version } from "@/api";
import { Button, CopyIcon, Dialog } from "@/kit";
import { useEditorState } from "../store/context";
import { selectMode } from "../store/selectors";
import { PageSwitch } from "./PageSwitch";
import styles from "./Publish.module.css";

export function Published({ appId, version, onClose }: { appId: string; version: Version; onClose: () => void }) {
  const { t } = useTranslation("editor");
  const mode = useEditorState(selectMode);
  const site = useQuery(siteQuery(appId)).data;
  const origin = location.origin;
  const places = [
    { key: "api", address: `${origin}/v1/${mode === "chat" ? "chat-messages" : "workflows/run"}` },
    ...(mode === "chat" ? [{ key: "openai", address: `${origin}/v1/chat/completions` }] : []),
    ...(site?.enabled && mode === "chat" ? [{ key: "embed", address: `<script src="${origin}/embed.js" data-code="${site.code}" async></script>` }] : []),
  ];
  const footer = (
    <>
      <Button variant="ghost" asChild><Link to={`/apps/${appId}/access`} onClick={onClose}>{t("publish.access")}</Link></Button>
      <Button variant="primary" onClick={onClose}>{t("publish.done")}</Button>
    </>
  );
  return (
    <Dialog open onOpenChange={onClose} title={t("publish.published", { number: version.number })} description={t("publish.publishedText")} footer={footer}>
      <ul className={styles.places}>
        <PageSwitch appId={appId} />
        {places.map(({ key, address }) => (
          <li key={key} className={styles.place}>
            <CircleCheck size={16} className={styles.tick} />
            <span className={styles.words}>
              <b>{t(`publish.${key}`)}</b>
              <code>{address}</code>
            </span>
            <CopyIcon text={address} />
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
