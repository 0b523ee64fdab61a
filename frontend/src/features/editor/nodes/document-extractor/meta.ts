import { FileSearch } from "lucide-react";
import { needs, refs, selectorOf, text, type NodeMeta } from "../meta";

export const documentExtractor: NodeMeta = {
  kind: "document-extractor",
  icon: FileSearch,
  lacks: needs({ file: "reference_empty" }),
  facts: ({ node, t }) => {
    const file = selectorOf(node.config.file);
    return file.length > 0 ? refs([file]) : [text(t("document-extractor.noFile"))];
  },
};
