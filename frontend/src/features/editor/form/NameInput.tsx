/** A name that others refer to. It is passed on when one leaves the field, so that half-typed names break nothing. */
import { useState } from "react";
import { Input, type InputProps } from "@/kit";

export interface NameInputProps extends Omit<InputProps, "value" | "onChange"> {
  value: string;
  onRename: (name: string) => void;
}

export function NameInput({ value, onRename, ...rest }: NameInputProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const keep = () => {
    if (draft !== null && draft !== value) onRename(draft);
    setDraft(null);
  };
  return (
    <Input
      mono
      size="sm"
      spellCheck={false}
      {...rest}
      value={draft ?? value}
      onChange={(event) => setDraft(event.target.value.replace(/[^A-Za-z0-9_\u0080-\uffff]/g, "_"))}
      onBlur={keep}
      onKeyDown={(event) => event.key === "Enter" && keep()}
    />
  );
}

export function freshName(taken: readonly string[], stem: string): string {
  if (!taken.includes(stem)) return stem;
  for (let n = 2; ; n += 1) if (!taken.includes(`${stem}_${n}`)) return `${stem}_${n}`;
}
