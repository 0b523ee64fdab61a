/** A fault of the server as a sentence in the reader's language; its English where we lack the words or the names in them. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

/** A sentence that names things which the fault does not tell by name. */
const OTHER_PLACES = /\{\{(?!message\}\})/;

export function useFaultLine(): (fault: { code: string; message: string }) => string {
  const { t, i18n } = useTranslation(["apps", "editor"]);
  return useCallback(
    ({ code, message }) => {
      const words: unknown = i18n.getResource(i18n.language, "editor", `fault.${code}`);
      if (typeof words !== "string" || OTHER_PLACES.test(words)) return message;
      return t(`editor:fault.${code}`, { message });
    },
    [t, i18n],
  );
}
