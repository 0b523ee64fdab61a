/** One place that is followed: what the last look brought, when it looks again, and what can be done. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Ellipsis, FolderOpen, Globe, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Connector, connectorsQuery, datasetKeys, deleteConnector, lookNow, updateConnector } from "@/api";
import { Button, ErrorCard, IconButton, Menu, State, Switch, useFormat, useUndo } from "@/kit";
import styles from "./Connectors.module.css";
import { EverySelect } from "./EverySelect";

export function ConnectorRow({ connector, mayEdit }: { connector: Connector; mayEdit: boolean }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const client = useQueryClient();
  const offerUndo = useUndo();
  const [hidden, setHidden] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { id, dataset_id: datasetId, name, report } = connector;
  const refresh = () => client.invalidateQueries({ queryKey: connectorsQuery(datasetId).queryKey });
  const change = useMutation({ mutationFn: (next: { every_s?: number | null; is_enabled?: boolean }) => updateConnector(id, next), onSuccess: refresh });
  const look = useMutation({ mutationFn: () => lookNow(id), onSuccess: refresh });
  const remove = (withDocuments: boolean) => {
    setHidden(true);
    offerUndo({
      message: t("deleted", { name }),
      undo: () => setHidden(false),
      commit: async () => {
        try {
          await deleteConnector(id, withDocuments);
          await Promise.all([refresh(), client.invalidateQueries({ queryKey: datasetKeys.one(datasetId) })]);
        } catch (error) {
          setFailure(error);
        } finally {
          setHidden(false);
        }
      },
    });
  };
  if (hidden) return null;
  const counts = report.at !== undefined && [
    t("connectors.report.added", { count: report.added ?? 0 }),
    t("connectors.report.changed", { count: report.changed ?? 0 }),
    t("connectors.report.removed", { count: report.removed ?? 0 }),
    t("connectors.report.unchanged", { count: report.unchanged ?? 0 }),
    ...(report.failed ? [t("connectors.report.failed", { count: report.failed })] : []),
  ];
  return (
    <li className={styles.row}>
      <div className={styles.head}>
        {connector.kind === "folder" ? <FolderOpen size={18} className={styles.icon} aria-hidden /> : <Globe size={18} className={styles.icon} aria-hidden />}
        <div className={styles.names}>
          <b>{name}</b>
          <span>{[t(`connectors.kinds.${connector.kind === "folder" ? "folder" : connector.settings.mode}`), t("documents", { count: connector.document_count, n: format.number(connector.document_count) })].join(" · ")}</span>
        </div>
        {mayEdit && <Switch checked={connector.is_enabled} label={t("connectors.enabled", { name })} disabled={change.isPending} onChange={(is_enabled) => change.mutate({ is_enabled })} />}
        {mayEdit && (
          <Menu
            trigger={<IconButton size="sm" label={t("menu", { name })} icon={<Ellipsis />} />}
            entries={[
              { icon: <Trash2 />, label: t("connectors.deleteKeep"), onSelect: () => remove(false) },
              { icon: <Trash2 />, label: t("connectors.deleteAll"), danger: true, onSelect: () => remove(true) },
            ]}
          />
        )}
      </div>
      <div className={styles.state} role="status">
        {connector.looking ? <State tone="run" live>{t("connectors.looking")}</State> : report.at !== undefined ? <span>{t("connectors.looked", { when: format.ago(report.at) })}</span> : <span>{t("connectors.notYet")}</span>}
        {counts && <span>{counts.join(" · ")}</span>}
        {connector.next_at && connector.is_enabled && <span>{t("connectors.next", { when: format.ago(connector.next_at) })}</span>}
      </div>
      {report.error && <ErrorCard compact title={t("connectors.failed")} error={report.error} />}
      {report.failures && report.failures.length > 0 && (
        <details className={styles.failures}>
          <summary>{t("connectors.failures", { count: report.failures.length })}</summary>
          <ul>
            {report.failures.map((one) => (
              <li key={one.key}>
                <code>{one.key}</code> {one.message}
              </li>
            ))}
          </ul>
        </details>
      )}
      {(change.isError || look.isError || failure !== null) && <ErrorCard compact title={t("actionFailed")} error={failure ?? change.error ?? look.error} />}
      {mayEdit && (
        <div className={styles.foot}>
          <EverySelect value={connector.every_s} disabled={change.isPending} onChange={(every_s) => change.mutate({ every_s })} />
          <Button icon={<RotateCw />} disabled={connector.looking} loading={look.isPending} onClick={() => look.mutate()}>
            {t("connectors.look")}
          </Button>
        </div>
      )}
    </li>
  );
}
