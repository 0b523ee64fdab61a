/**
 * The files on their way to one dataset: a few at a time, each with its own progress, its own cancel, its own error.
 * The page reads it like a store. Knows nothing of how a file is sent.
 */
import { type KnowledgeDocument } from "@/api";
import { fileFault, type FileFault, type FileRules } from "./files";

export interface Upload {
  id: number;
  name: string;
  size: number;
  status: "waiting" | "sending" | "refused" | "failed";
  /** 0 to 1; 1 means that the server has every byte and has not answered yet. */
  progress: number;
  fault?: FileFault;
  error?: unknown;
}

export type SendFile = (file: File, onProgress: (share: number) => void, signal: AbortSignal) => Promise<KnowledgeDocument[]>;

interface Entry {
  upload: Upload;
  file: File;
  abort: AbortController;
}

const AT_ONCE = 2;

export class Uploads {
  private entries: readonly Entry[] = [];
  private shown: readonly Upload[] = [];
  private listeners = new Set<() => void>();
  private made = 0;

  constructor(
    private readonly send: SendFile,
    private readonly onStored: (documents: KnowledgeDocument[]) => void,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly read = (): readonly Upload[] => this.shown;

  /** Take files in; what cannot become a document is refused here, before a byte is sent. */
  add(files: readonly File[], rules: FileRules): void {
    const added = files.map((file): Entry => {
      const fault = fileFault(file, rules);
      const status = fault ? "refused" : "waiting";
      return { file, abort: new AbortController(), upload: { id: ++this.made, name: file.name, size: file.size, status, progress: 0, ...(fault && { fault }) } };
    });
    this.set([...this.entries, ...added]);
    this.pump();
  }

  /** Stop a file that is under way, or put away the row of one that was refused. */
  remove(id: number): void {
    this.find(id)?.abort.abort();
    this.set(this.entries.filter((entry) => entry.upload.id !== id));
    this.pump();
  }

  retry(id: number): void {
    this.change(id, { status: "waiting", progress: 0, error: undefined });
    this.pump();
  }

  readonly stopAll = (): void => this.entries.forEach((entry) => entry.abort.abort());

  private pump(): void {
    const sending = this.entries.filter((entry) => entry.upload.status === "sending").length;
    const next = this.entries.filter((entry) => entry.upload.status === "waiting").slice(0, Math.max(0, AT_ONCE - sending));
    for (const entry of next) void this.start(entry);
  }

  private async start({ upload: { id }, file, abort }: Entry): Promise<void> {
    this.change(id, { status: "sending" });
    try {
      const documents = await this.send(file, (progress) => this.change(id, { progress }), abort.signal);
      this.onStored(documents);
      this.set(this.entries.filter((entry) => entry.upload.id !== id));
    } catch (error) {
      if (!abort.signal.aborted) this.change(id, { status: "failed", error });
    }
    this.pump();
  }

  private find(id: number): Entry | undefined {
    return this.entries.find((entry) => entry.upload.id === id);
  }

  private change(id: number, change: Partial<Upload>): void {
    this.set(this.entries.map((entry) => (entry.upload.id === id ? { ...entry, upload: { ...entry.upload, ...change } } : entry)));
  }

  private set(entries: readonly Entry[]): void {
    this.entries = entries;
    this.shown = entries.map((entry) => entry.upload);
    this.listeners.forEach((tell) => tell());
  }
}
