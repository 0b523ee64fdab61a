/** Changes between the two languages; shows the one it changes to, in its own words. */
import { Languages } from "lucide-react";
import { useTranslation } from "react-i18next";
import { setLanguage } from "@/i18n";
import { Button } from "@/kit";

export function LanguageSwitch() {
  const { i18n } = useTranslation("chat");
  const other = i18n.language.startsWith("zh") ? "en" : "zh";
  return (
    <Button size="sm" variant="ghost" icon={<Languages />} lang={other === "zh" ? "zh-CN" : "en"} onClick={() => void setLanguage(other)}>
      {other === "zh" ? "中文" : "English"}
    </Button>
  );
}
