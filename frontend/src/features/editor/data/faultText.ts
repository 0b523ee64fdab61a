/** A fault as a sentence in the reader's language; the server's English where the code is new to us. */
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Fault } from "@/graph";
import { useNameOf } from "../canvas/useFactView";

export function useFaultText(): (fault: Fault) => string {
  const { t } = useTranslation("editor");
  const nameOf = useNameOf();
  return useCallback(
    (fault) => {
      const params = fault.params ?? {};
      const reference = params.reference ? nameOf(params.reference.split(".")) : "";
      return t(`fault.${fault.code}`, { ...params, reference, message: fault.message, defaultValue: fault.message });
    },
    [t, nameOf],
  );
}
