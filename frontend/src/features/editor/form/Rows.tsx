/** Small buttons that lists share: take away, move up, add. */
import { ArrowUp, Plus, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/kit";
import { useForm } from "./context";

export function RowTools({ onRemove, onUp }: { onRemove?: (() => void) | undefined; onUp?: (() => void) | undefined }) {
  const { t } = useTranslation("editor");
  const { readOnly } = useForm();
  if (readOnly) return null;
  return (
    <span style={{ display: "flex", flex: "none" }}>
      {onUp && <IconButton size="sm" label={t("form.moveUp")} icon={<ArrowUp />} onClick={onUp} />}
      {onRemove && <IconButton size="sm" label={t("form.remove")} icon={<Trash2 />} onClick={onRemove} />}
    </span>
  );
}

export function AddButton({ onAdd, label, children }: { onAdd: () => void; label?: string; children: ReactNode }) {
  const { readOnly } = useForm();
  if (readOnly) return null;
  return <Button variant="ghost" size="sm" icon={<Plus />} style={{ justifySelf: "start" }} aria-label={label} onClick={onAdd}>{children}</Button>;
}
