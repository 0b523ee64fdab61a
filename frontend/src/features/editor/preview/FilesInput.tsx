/** Files for a run: too large ones are refused before a byte is sent; what arrived is handed on. */
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { sessionQuery, uploadFile, type StoredFile } from "@/api";
import { FileInput, type GivenFile } from "@/kit";

type Given = GivenFile<StoredFile>;

export function FilesInput({ multiple, value, onChange }: { multiple: boolean; value: unknown; onChange: (value: unknown) => void }) {
  const limit = useQuery(sessionQuery).data?.limits.max_upload_bytes ?? null;
  const [files, setFiles] = useState<readonly Given[]>(() => asFiles(value).map((stored) => ({ key: stored.id, name: stored.name, size: stored.size, progress: 1, stored })));
  const now = useRef(files);
  const change = (next: (now: readonly Given[]) => readonly Given[]) => {
    now.current = next(now.current);
    setFiles(now.current);
    const stored = now.current.flatMap((file) => (file.stored ? [file.stored] : []));
    onChange(multiple ? stored : stored.at(-1));
  };
  return <FileInput files={files} onChange={change} send={uploadFile} multiple={multiple} limit={limit} />;
}

function asFiles(value: unknown): StoredFile[] {
  const list = Array.isArray(value) ? value : value ? [value] : [];
  return list.filter((entry): entry is StoredFile => typeof entry === "object" && entry !== null && "id" in entry);
}
