/** Asks once before what cannot be undone, or is felt by those who are talking to a model now. */
import { useTranslation } from "react-i18next";
import { Button, Dialog } from "@/kit";

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  onConfirm: () => void;
  title: string;
  text: string;
  action: string;
  danger?: boolean;
}

export function Confirm({ open, onClose, onConfirm, title, text, action, danger = false }: ConfirmProps) {
  const { t } = useTranslation("models");
  const confirm = () => {
    onClose();
    onConfirm();
  };
  return (
    <Dialog open={open} onOpenChange={(next) => !next && onClose()} title={title} width="sm" footer={<><Button onClick={onClose}>{t("form.cancel")}</Button><Button variant={danger ? "danger" : "primary"} onClick={confirm}>{action}</Button></>}>
      <p>{text}</p>
    </Dialog>
  );
}
