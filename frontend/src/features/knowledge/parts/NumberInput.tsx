/** A number with bounds. What is typed stays as it is until it is a number that holds; nothing may mean "none". */
import { useEffect, useState } from "react";
import { Input } from "@/kit";

export interface NumberInputProps {
  value: number | null;
  /** Told only numbers within the bounds, and null where that is allowed. */
  onChange: (value: number | null) => void;
  min: number;
  max: number;
  whole?: boolean;
  /** Nothing typed means none. */
  optional?: boolean;
  placeholder?: string | undefined;
  label?: string | undefined;
  disabled?: boolean | undefined;
  unit?: string | undefined;
}

export function NumberInput({ value, onChange, min, max, whole = true, optional = false, placeholder, label, disabled, unit }: NumberInputProps) {
  const [text, setText] = useState(textOf(value));
  useEffect(() => setText((now) => (read(now, { min, max, whole, optional }) === value ? now : textOf(value))), [value, min, max, whole, optional]);
  const wrong = read(text, { min, max, whole, optional }) === undefined;
  return (
    <Input
      value={text}
      inputMode={whole ? "numeric" : "decimal"}
      placeholder={placeholder}
      disabled={disabled}
      {...(label && { "aria-label": label })}
      {...(wrong && { "aria-invalid": true })}
      trailing={unit && <span aria-hidden>{unit}</span>}
      onChange={(event) => {
        setText(event.target.value);
        const next = read(event.target.value, { min, max, whole, optional });
        if (next !== undefined) onChange(next);
      }}
      onBlur={() => wrong && setText(textOf(value))}
    />
  );
}

const textOf = (value: number | null): string => (value === null ? "" : String(value));

function read(text: string, { min, max, whole, optional }: { min: number; max: number; whole: boolean; optional: boolean }): number | null | undefined {
  if (text.trim() === "") return optional ? null : undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value)) ? value : undefined;
}
