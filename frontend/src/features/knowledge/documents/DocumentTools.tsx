/** Above the list of documents: finding one, narrowing to how they stand, and other ways to bring one in. */
import { FileText, Globe, Search } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Dataset } from "@/api";
import { Button, Input, Select } from "@/kit";
import { ConnectorsSheet } from "../connectors/ConnectorsSheet";
import styles from "./DocumentTools.module.css";
import { SHOWN, type Shown } from "./filter";
import { TextDialog } from "./TextDialog";

export interface DocumentToolsProps {
  dataset: Dataset;
  words: string;
  onWords: (words: string) => void;
  shown: Shown;
  onShown: (shown: Shown) => void;
  readOnly: boolean;
  isEmpty: boolean;
}

export function DocumentTools({ dataset, words, onWords, shown, onShown, readOnly, isEmpty }: DocumentToolsProps) {
  const { t } = useTranslation("knowledge");
  const [open, setOpen] = useState<"text" | "connectors" | null>(null);
  return (
    <div className={styles.tools} data-alone={isEmpty || undefined}>
      {!isEmpty && (
        <>
          <Input size="sm" icon={<Search />} value={words} aria-label={t("search")} placeholder={t("search")} className={styles.search} onChange={(event) => onWords(event.target.value)} />
          <Select<Shown> size="sm" label={t("show.label")} value={shown} onChange={onShown} options={SHOWN.map((value) => ({ value, label: t(`show.${value}`) }))} className={styles.shown} />
        </>
      )}
      {!readOnly && (
        <Button size="sm" icon={<FileText />} onClick={() => setOpen("text")}>
          {t("add.text")}
        </Button>
      )}
      <Button size="sm" icon={<Globe />} onClick={() => setOpen("connectors")}>
        {t("connectors.open")}
      </Button>
      <TextDialog datasetId={dataset.id} open={open === "text"} onClose={() => setOpen(null)} />
      <ConnectorsSheet datasetId={dataset.id} open={open === "connectors"} onOpenChange={(next) => setOpen(next ? "connectors" : null)} />
    </div>
  );
}
