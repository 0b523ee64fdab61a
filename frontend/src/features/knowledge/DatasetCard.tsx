/** One knowledge base: what is in it and who uses it. */
import { Ellipsis, Globe, Library, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { type Dataset } from "@/api";
import { IconButton, Menu, Tag, useFormat } from "@/kit";
import styles from "./DatasetCard.module.css";

const APPS_SHOWN = 2;

export function DatasetCard({ dataset, onDelete }: { dataset: Dataset; onDelete: (() => void) | null }) {
  const { t } = useTranslation("knowledge");
  const format = useFormat();
  const { name, description, document_count: documents, chunk_count: chunks, used_by: apps } = dataset;
  return (
    <li className={styles.card}>
      <div className={styles.head}>
        <span className={styles.icon} aria-hidden>
          {dataset.external ? <Globe size={20} /> : <Library size={20} />}
        </span>
        <div className={styles.names}>
          <h2 className={styles.name}>
            <Link to={`/knowledge/${dataset.id}`} className={styles.link}>
              {name}
            </Link>
          </h2>
          <p className={styles.facts}>
            {dataset.external ? t("external.of", { name: dataset.external.service_name }) : `${t("documents", { count: documents, n: format.number(documents) })} · ${t("chunks", { count: chunks, n: format.number(chunks) })}`}
          </p>
        </div>
        {onDelete && (
          <Menu
            trigger={<IconButton label={t("menu", { name })} icon={<Ellipsis />} className={styles.menu} />}
            entries={[{ icon: <Trash2 />, label: t("delete"), danger: true, onSelect: onDelete }]}
          />
        )}
      </div>
      <p className={styles.text}>{description || t("noDescription")}</p>
      <div className={styles.foot}>
        {apps.length === 0 && <span>{t("unused")}</span>}
        {apps.slice(0, APPS_SHOWN).map((app) => (
          <Tag key={app.id}>{app.name}</Tag>
        ))}
        {apps.length > APPS_SHOWN && <span>{t("moreApps", { count: apps.length - APPS_SHOWN })}</span>}
        <time className={styles.when} dateTime={dataset.updated_at}>
          {format.ago(dataset.updated_at)}
        </time>
      </div>
    </li>
  );
}
