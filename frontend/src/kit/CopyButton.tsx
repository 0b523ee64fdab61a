/** Copies a text and says so in place. */
import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, type ButtonProps } from "./Button";
import { IconButton } from "./IconButton";
import { useCopy } from "./useCopy";

export function CopyButton({ text, label, size = "md", variant = "secondary" }: { text: string; label?: string; size?: "sm" | "md"; variant?: ButtonProps["variant"] }) {
  const { t } = useTranslation("kit");
  const { copied, copy } = useCopy();
  return (
    <Button size={size} variant={variant} icon={copied ? <Check /> : <Copy />} onClick={() => void copy(text)} aria-live="polite">
      {copied ? t("copied") : (label ?? t("copy"))}
    </Button>
  );
}

export function CopyIcon({ text, label, size = "md" }: { text: string; label?: string; size?: "sm" | "md" }) {
  const { t } = useTranslation("kit");
  const { copied, copy } = useCopy();
  return <IconButton size={size} label={copied ? t("copied") : (label ?? t("copy"))} icon={copied ? <Check /> : <Copy />} onClick={() => void copy(text)} />;
}
