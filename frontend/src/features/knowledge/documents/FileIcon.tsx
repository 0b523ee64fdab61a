/** What kind of file a document was, at a glance. */
import { FileCode, FileImage, FileSpreadsheet, FileText, FileType, Mail, Presentation } from "lucide-react";
import { extensionOf } from "../files";

const KINDS: [typeof FileText, string][] = [
  [FileType, "doc docx docm odt rtf"],
  [Presentation, "ppt pptx pptm ppsx odp"],
  [FileSpreadsheet, "xls xlsx xlsm ods csv tsv"],
  [Mail, "eml msg mht mhtml"],
  [FileImage, "png jpg jpeg tif tiff bmp webp gif"],
  [FileCode, "html htm xhtml xml json jsonl yaml yml py js ts tsx java go rs c cpp cs sh sql ipynb"],
];
const ICONS = new Map(KINDS.flatMap(([icon, extensions]) => extensions.split(" ").map((extension) => [extension, icon] as const)));

export function FileIcon({ name, className }: { name: string; className?: string | undefined }) {
  const Icon = ICONS.get(extensionOf(name)) ?? FileText;
  return <Icon size={18} className={className} aria-hidden />;
}
