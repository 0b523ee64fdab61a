/** Windows, panels, tables, lists, code. */
import { Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { APP_ICONS, AppIcon, Button, CodeBlock, Dialog, IconButton, List, ListRow, Panel, Sheet, State, Table, Tag } from "@/kit";
import styles from "./KitPage.module.css";
import { Section } from "./Section";

const ROWS = [{ id: "1", when: "12:04", time: "1.32 s", tokens: "1,204" }, { id: "2", when: "11:58", time: "0.94 s", tokens: "812" }];
const SAMPLES = [
  { id: "curl", label: "curl", language: "bash" as const, code: "curl -N https://weft.example/v1/chat-messages \\\n  -H \"Authorization: Bearer app-…\"" },
  { id: "python", label: "Python", language: "python" as const, code: "from openai import OpenAI\n\nclient = OpenAI(base_url=\"https://weft.example/v1\")  # any client\nprint(client.models.list())" },
];

export function Surfaces() {
  const { t } = useTranslation("gallery");
  const [dialog, setDialog] = useState(false);
  const [sheet, setSheet] = useState(false);
  return (
    <Section title={t("surfaces")}>
      <div className={styles.row}>
        <Button onClick={() => setDialog(true)}>{t("dialog")}</Button>
        <Button onClick={() => setSheet(true)}>{t("sheet")}</Button>
        {APP_ICONS.map((icon) => <AppIcon key={icon} icon={icon} seed={icon} size={32} />)}
      </div>
      <Table label={t("runs")} rows={ROWS} rowKey={(row) => row.id} onOpen={() => undefined} columns={[
        { id: "state", header: t("state"), cell: () => <State tone="ok">{t("finished")}</State> },
        { id: "when", header: t("when"), cell: (row) => row.when },
        { id: "time", header: t("time"), align: "end", cell: (row) => row.time },
        { id: "tokens", header: t("tokenCount"), align: "end", cell: (row) => row.tokens },
      ]} />
      <div className={styles.two}>
        <Panel title={t("answer")} actions={<IconButton label={t("edit")} icon={<Pencil />} />}><p>{t("popoverText")}</p></Panel>
        <List label={t("knowledge")}><ListRow title={<>{t("manuals")}<Tag tone="ok">{t("live")}</Tag></>} facts={<span>PDF · 1.2 MB</span>} /><ListRow title={t("faq")} facts={<span>Markdown · 12 KB</span>} /></List>
      </div>
      <CodeBlock samples={SAMPLES} />
      <Dialog open={dialog} onOpenChange={setDialog} title={t("dialog")} description={t("popoverText")} footer={<Button variant="primary" onClick={() => setDialog(false)}>{t("publish")}</Button>}><p>{t("promptText")}</p></Dialog>
      <Sheet open={sheet} onOpenChange={setSheet} title={t("sheet")}><p>{t("promptText")}</p></Sheet>
    </Section>
  );
}
