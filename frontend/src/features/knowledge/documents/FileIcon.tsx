/** What kind of file a document was, at a glance. */
import { FileCode, FileText, FileType } from "lucide-react";
import { extensionOf } from "../files";

const ICONS: Record<string, typeof FileText> = { html: FileCode, htm: FileCode, docx: FileType };

export function FileIcon({ name, className }: { name: string; className?: string | undefined }) {
  const Icon = ICONS[extensionOf(name)] ?? FileText;
  return <Icon size={18} className={className} aria-hidden />;
}
