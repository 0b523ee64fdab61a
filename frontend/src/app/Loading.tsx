/** While a page's code is on its way. Appears late, so that a fast page does not flicker. */
import { useTranslation } from "react-i18next";
import { Spinner } from "@/kit";
import styles from "./Loading.module.css";

export function Loading() {
  const { t } = useTranslation();
  return <div className={styles.loading}><Spinner size={22} label={t("loading")} /></div>;
}
