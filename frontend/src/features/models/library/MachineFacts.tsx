/** What models run on here: the processor, its memory, the disk. Says plainly when there is no GPU. */
import { useTranslation } from "react-i18next";
import { type Machine } from "@/api";
import { useFormat } from "@/kit";
import styles from "./MachineFacts.module.css";

export function MachineFacts({ machine }: { machine: Machine }) {
  const { t } = useTranslation("models");
  const format = useFormat();
  const { device, name, free_bytes, memory_bytes, disk_free_bytes, models_dir } = machine;
  return (
    <>
      <dl className={styles.facts}>
        <div><dt>{t(`library.device.${device}`)}</dt><dd>{name}</dd></div>
        {memory_bytes !== null && <div><dt>{t(`library.memory.${device}`)}</dt><dd>{free_bytes === null ? format.bytes(memory_bytes) : t("library.freeOf", { free: format.bytes(free_bytes), total: format.bytes(memory_bytes) })}</dd></div>}
        {disk_free_bytes !== null && <div><dt>{t("library.disk")}</dt><dd title={models_dir}>{t("library.free", { free: format.bytes(disk_free_bytes) })}</dd></div>}
      </dl>
      {device === "cpu" && <p className={styles.note}>{t("library.noGpu")}</p>}
    </>
  );
}
