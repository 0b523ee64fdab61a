/**
 * An answer as Markdown. Raw HTML stays text, pictures become links (loading one would tell a third party what was
 * asked), and while words stream in only the last block is parsed again.
 */
import { memo, useMemo, type ComponentProps } from "react";
import ReactMarkdown, { type Components, type Options } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { CitationChip } from "./CitationChip";
import { CiteContext, type Cite } from "./citeContext";
import { CodeBlock } from "./CodeBlock";
import styles from "./Markdown.module.css";
import { CITE_TAG, CURSOR_TAG, rehypeCite, rehypeCursor } from "./rehype";
import { remarkBreaks } from "./remark";
import { settle, splitBlocks } from "./settle";
import { type Citation } from "./types";

export interface MarkdownProps {
  text: string;
  /** Words still arrive: open marks are closed for the eye and the cursor is shown. */
  streaming?: boolean;
  citations?: readonly Citation[];
  activeCitation?: number;
  onCite?: (n: number) => void;
}

const NONE: readonly Citation[] = [];

export function Markdown({ text, streaming = false, citations = NONE, activeCitation, onCite }: MarkdownProps) {
  const blocks = useMemo(() => splitBlocks(text), [text]);
  const cite = useMemo<Cite>(
    () => ({ find: (n) => citations.find((c) => c.number === n), open: onCite, active: activeCitation }),
    [citations, onCite, activeCitation],
  );
  const known = streaming && citations.length === 0 ? "any" : citations.map((c) => c.number).join(",");
  return (
    <CiteContext value={cite}>
      <div className={styles.prose}>
        {blocks.map((block, i) => (
          <Block key={i} text={block} known={known} open={streaming && i === blocks.length - 1} />
        ))}
        {streaming && blocks.length === 0 && <Cursor />}
      </div>
    </CiteContext>
  );
}

const Block = memo(function Block({ text, known, open }: { text: string; known: string; open: boolean }) {
  return (
    <ReactMarkdown remarkPlugins={REMARK} rehypePlugins={rehypePlugins(known, open)} components={COMPONENTS}>
      {open ? settle(text) : text}
    </ReactMarkdown>
  );
});

const REMARK: Options["remarkPlugins"] = [remarkGfm, remarkBreaks];

function rehypePlugins(known: string, open: boolean): Options["rehypePlugins"] {
  const numbers = known === "any" ? "any" : new Set(known.split(",").filter(Boolean).map(Number));
  const plugins: NonNullable<Options["rehypePlugins"]> = [rehypeSanitize, [rehypeCite, { known: numbers }]];
  return open ? [...plugins, rehypeCursor] : plugins;
}

function Cursor() {
  return <span className={styles.cursor} aria-hidden />;
}

function Link({ href, children }: ComponentProps<"a">) {
  if (!href) return <>{children}</>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function Picture({ src, alt }: ComponentProps<"img">) {
  return typeof src === "string" ? <Link href={src}>{alt || src}</Link> : <>{alt}</>;
}

function Table({ children }: ComponentProps<"table">) {
  return (
    <div className={styles.table} tabIndex={0}>
      <table>{children}</table>
    </div>
  );
}

const COMPONENTS: Components = {
  a: Link,
  img: Picture,
  table: Table,
  pre: ({ children, node }) => {
    const code = node?.children[0];
    const name = code?.type === "element" ? String(code.properties.className ?? "") : "";
    return <CodeBlock language={/language-([\w+#.-]+)/.exec(name)?.[1] ?? ""}>{children}</CodeBlock>;
  },
  ...({
    [CITE_TAG]: ({ n }: { n: string }) => <CitationChip n={Number(n)} />,
    [CURSOR_TAG]: Cursor,
  } as Components),
};
