/** Label and hint of a field: the kind's own words for this place, or this name, else common ones, else the schema's. */
import { useTranslation } from "react-i18next";
import type { Schema } from "@/graph";
import { useForm } from "./context";

export function useFieldText(name: string, schema: Schema, field: string): { label: string; hint: string } {
  const { t } = useTranslation("nodes");
  const { node } = useForm();
  const place = field.split(".").filter((part) => !/^\d+$/.test(part)).join("_");
  const words = name.replace(/_/g, " ");
  const fallback = words.charAt(0).toUpperCase() + words.slice(1);
  return {
    label: t([`fields.${node.kind}.${place}.label`, `fields.${node.kind}.${name}.label`, `fields.${name}.label`], { defaultValue: schema.title ?? fallback }),
    hint: t([`fields.${node.kind}.${place}.hint`, `fields.${node.kind}.${name}.hint`, `fields.${name}.hint`], { defaultValue: "" }),
  };
}
