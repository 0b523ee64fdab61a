/** Uploads under way: how far each has come, and how to stop it. What arrived is handed over together. */
import { useState } from "react";
import { uploadFile, type StoredFile } from "@/api";

export interface Upload {
  key: string;
  name: string;
  /** 0 to 1. */
  share: number;
  cancel: () => void;
}

export function useUploads(onStored: (files: StoredFile[]) => void) {
  const [underWay, setUnderWay] = useState<Upload[]>([]);
  const [error, setError] = useState<unknown>(null);

  const sendOne = async (file: File, key: string, abort: AbortController): Promise<StoredFile | null> => {
    const onProgress = (share: number) => setUnderWay((list) => list.map((upload) => (upload.key === key ? { ...upload, share } : upload)));
    try {
      return await uploadFile(file, onProgress, abort.signal);
    } catch (cause) {
      if (!abort.signal.aborted) setError(cause);
      return null;
    } finally {
      setUnderWay((list) => list.filter((upload) => upload.key !== key));
    }
  };

  const send = async (files: readonly File[]): Promise<void> => {
    setError(null);
    const jobs = files.map((file, i) => ({ file, key: `${Date.now()}-${i}`, abort: new AbortController() }));
    setUnderWay(jobs.map(({ file, key, abort }) => ({ key, name: file.name, share: 0, cancel: () => abort.abort() })));
    const stored = await Promise.all(jobs.map(({ file, key, abort }) => sendOne(file, key, abort)));
    const arrived = stored.filter((file) => file !== null);
    if (arrived.length > 0) onStored(arrived);
  };
  return { underWay, error, send };
}
