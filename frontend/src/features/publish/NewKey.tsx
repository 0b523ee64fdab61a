/** A key that was just made: the only time it can be read. */
import { useTranslation } from "react-i18next";
import { type NewApiKey } from "@/api";
import { Button, CopyButton, Dialog } from "@/kit";
import styles from "./KeyList.module.css";

export function NewKey({ value, onClose }: { value: NewApiKey | null; onClose: () => void }) {
  const { t } = useTranslation("publish");
  return (
    <Dialog open={value !== null} onOpenChange={(open) => !open && onClose()} title={t("keys.madeTitle")} description={t("keys.madeText")} footer={<Button variant="primary" onClick={onClose}>{t("keys.done")}</Button>}>
      <div className={styles.key}><code>{value?.key}</code><CopyButton text={value?.key ?? ""} /></div>
    </Dialog>
  );
}
