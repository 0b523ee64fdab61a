/** What a file brings and what it needs, before anything is made of it. */
import { CircleAlert, CircleCheck, Info } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type ImportPreview } from "@/api";
import { Tag } from "@/kit";
import { useFaultLine } from "../useFaultLine";
import styles from "./ReportView.module.css";
import { sectionsOf, type Section } from "./sections";

export function ReportView({ preview }: { preview: ImportPreview }) {
  const { t } = useTranslation(["apps", "editor"]);
  const sections = useMemo(() => sectionsOf(preview), [preview]);
  const { report } = preview;
  const todo = sections.filter(({ weight }) => weight === "todo");
  return (
    <section className={styles.report} aria-label={t("report.title")}>
      <p className={styles.facts}>
        <Tag tone="accent">{t(`report.format.${report.format}`)}</Tag>
        <Tag>{t(`mode.${report.mode}`)}</Tag>
        <span>{t("report.nodes", { count: report.nodes })}</span>
      </p>
      {todo.length === 0 && <p className={styles.fine} role="status"><CircleCheck size={16} aria-hidden />{t("report.fine")}</p>}
      {sections.map((section) => <SectionView key={section.name} section={section} />)}
    </section>
  );
}

/** Dify's ids are moments in milliseconds, which tell nobody anything. */
const isNumber = (id: string) => /^\d{9,}$/.test(id);

function SectionView({ section: { name, weight, items } }: { section: Section }) {
  const { t } = useTranslation(["apps", "editor"]);
  const lineOf = useFaultLine();
  return (
    <details className={styles.section} data-weight={weight} open={weight === "todo"}>
      <summary>{weight === "todo" ? <CircleAlert size={15} aria-hidden /> : <Info size={15} aria-hidden />}<span>{t(`report.section.${name}`)}</span><Tag>{items.length}</Tag></summary>
      <p className={styles.lead}>{t(`report.lead.${name}`)}</p>
      <ul className={styles.items}>
        {items.map((item, i) => (
          <li key={i}>
            {item.name ? <code>{item.name}</code> : <span>{lineOf(item)}</span>}
            {item.nodes.length > 0 && <small>{item.nodes.length <= 3 && !item.nodes.some(isNumber) ? item.nodes.join(", ") : t("report.usedBy", { count: item.nodes.length })}</small>}
          </li>
        ))}
      </ul>
    </details>
  );
}
