/** Step two: what already works without a key, and a language model of one's own. */
import { Sparkles } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ProviderForm } from "@/features/models";
import { Button, Logo, Tag } from "@/kit";
import styles from "./SetupPage.module.css";

export function ModelStep({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation("setup");
  const [adding, setAdding] = useState(false);
  if (adding) return <ProviderForm onDone={onDone} onCancel={() => setAdding(false)} cancelLabel={t("back")} />;
  return (
    <>
      <div className={styles.choices}>
        <div className={styles.choice}>
          <Logo size={36} />
          <div className={styles.grow}><h2>{t("model.builtin")}<Tag tone="ok">{t("model.ready")}</Tag></h2><p>{t("model.builtinText")}</p></div>
        </div>
        <div className={styles.choice}>
          <span className={styles.icon}><Sparkles size={18} /></span>
          <div className={styles.grow}><h2>{t("model.own")}</h2><p>{t("model.ownText")}</p></div>
          <Button onClick={() => setAdding(true)}>{t("model.add")}</Button>
        </div>
      </div>
      <div className={styles.buttons}><Button variant="primary" size="lg" block onClick={onDone}>{t("model.continue")}</Button></div>
    </>
  );
}
