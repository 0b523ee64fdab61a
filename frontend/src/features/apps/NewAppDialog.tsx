/** A new app: from a template, blank, or from a file. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type App, type Fault } from "@/api";
import { Dialog, TabPanel, Tabs } from "@/kit";
import { ImportForm } from "./importing/ImportForm";
import { NewAppForm } from "./NewAppForm";
import styles from "./NewAppDialog.module.css";

type Way = "new" | "import";

export function NewAppDialog({ open, onOpenChange, onCreated }: { open: boolean; onOpenChange: (open: boolean) => void; onCreated: (app: App, imported?: readonly Fault[]) => void }) {
  const { t } = useTranslation("apps");
  const [way, setWay] = useState<Way>("new");
  const close = () => onOpenChange(false);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("newApp.title")} width="lg">
      <Tabs<Way> value={way} onChange={setWay} label={t("newApp.title")} tabs={[{ value: "new", label: t("newApp.create") }, { value: "import", label: t("newApp.import") }]}>
        <TabPanel value="new" className={styles.panel}><NewAppForm onCreated={(app) => onCreated(app)} onCancel={close} /></TabPanel>
        <TabPanel value="import" className={styles.panel}><ImportForm onCreated={onCreated} onCancel={close} /></TabPanel>
      </Tabs>
    </Dialog>
  );
}
