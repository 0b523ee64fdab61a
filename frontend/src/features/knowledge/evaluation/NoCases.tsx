/** No test set yet: what one is for, and the three ways to one. */
import { FileUp, ListPlus, Sparkles } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Dataset, useMay } from "@/api";
import { Button, EmptyState } from "@/kit";
import { CaseDialog } from "./CaseDialog";
import styles from "./Evaluation.module.css";
import { GenerateDialog } from "./GenerateDialog";
import { ImportDialog } from "./ImportDialog";

export function NoCases({ dataset, onMade }: { dataset: Dataset; onMade: () => void }) {
  const { t } = useTranslation("evaluation");
  const mayEdit = useMay("editor");
  const [open, setOpen] = useState<"case" | "generate" | "import" | null>(null);
  const close = () => setOpen(null);
  const made = () => {
    close();
    onMade();
  };
  const ways = [
    { way: "case", icon: <ListPlus /> },
    { way: "generate", icon: <Sparkles /> },
    { way: "import", icon: <FileUp /> },
  ] as const;
  return (
    <>
      <EmptyState
        compact
        picture="search"
        title={t("none.title")}
        text={t("none.text")}
        action={
          mayEdit && (
            <div className={styles.ways}>
              {ways.map(({ way, icon }) => (
                <section key={way} className={styles.way}>
                  <h3>{t(`none.${way}.title`)}</h3>
                  <p>{t(`none.${way}.text`)}</p>
                  <Button size="sm" icon={icon} onClick={() => setOpen(way)}>
                    {t(`none.${way}.button`)}
                  </Button>
                </section>
              ))}
            </div>
          )
        }
      />
      <CaseDialog datasetId={dataset.id} open={open === "case"} edited={null} onClose={close} onSaved={made} />
      <GenerateDialog dataset={dataset} open={open === "generate"} onClose={close} onStarted={made} />
      <ImportDialog datasetId={dataset.id} open={open === "import"} onClose={close} onDone={made} />
    </>
  );
}
