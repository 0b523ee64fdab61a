/**
 * pdf.js, fetched when a PDF is first shown. The library, its worker and what it reads while it draws come with Weft, from
 * the same address; nothing is asked of anybody else. Knows nothing of chunks.
 */
import type { PDFDocumentLoadingTask, PDFDocumentProxy } from "pdfjs-dist";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";

declare const __PDFJS_FOLDER__: string;

export interface OpenPdf {
  document: Promise<PDFDocumentProxy>;
  close: () => void;
}

/** Large files come in pieces, as far as their pages are looked at. */
export function openPdf(url: string): OpenPdf {
  let task: PDFDocumentLoadingTask | null = null;
  let closed = false;
  const document = load().then((pdfjs) => {
    const folder = `${import.meta.env.BASE_URL}${__PDFJS_FOLDER__}`;
    task = pdfjs.getDocument({
      url,
      withCredentials: true,
      cMapUrl: `${folder}cmaps/`,
      cMapPacked: true,
      standardFontDataUrl: `${folder}standard_fonts/`,
      iccUrl: `${folder}iccs/`,
      wasmUrl: `${folder}wasm/`,
      // the pages' policy allows neither WebAssembly nor made-up code; both have substitutes
      useWasm: false,
      isEvalSupported: false,
      enableXfa: false,
    });
    if (closed) void task.destroy();
    return task.promise;
  });
  // a file that is closed while it opens is no fault
  document.catch(() => undefined);
  return {
    document,
    close: () => {
      closed = true;
      void task?.destroy();
    },
  };
}

async function load() {
  const pdfjs = await import("pdfjs-dist/legacy/build/pdf.mjs");
  pdfjs.GlobalWorkerOptions.workerSrc = workerUrl;
  return pdfjs;
}
