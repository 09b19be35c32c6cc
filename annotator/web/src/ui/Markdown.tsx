// The part of Markdown that guidelines use, drawn as elements and never as HTML: headings, lists, quotes, emphasis, code, links.
import { Fragment, type ReactNode } from "react";
import classes from "./Markdown.module.css";

/** A picture of one of the project's own videos: no other address is ever loaded by a guideline. */
const PICTURE = /^!\[([^\]]*)\]\((\/api\/videos\/[0-9a-f-]{36}\/pictures\/\d{1,9}\.jpg)\)$/;
// What is looked for ahead of a bracket ends at the next one, which an address has no right to hold either: a guideline of
// nothing but brackets would stop every page that shows it.
const INLINE =
  /(!\[[^[\]\n]{0,500}\]\(\/api\/videos\/[0-9a-f-]{36}\/pictures\/\d{1,9}\.jpg\)|\*\*[^*]+\*\*|\*[^*\n]+\*|`[^`]+`|\[[^[\]\n]{1,500}\]\(https?:\/\/[^\s)[\]]{1,2000}\))/;

function inline(text: string): ReactNode {
  return text.split(INLINE).map((part, index) => {
    const picture = PICTURE.exec(part);
    if (picture) return <img key={index} src={picture[2]} alt={picture[1]} loading="lazy" />;
    const link = /^\[([^\]]+)\]\((https?:\/\/[^\s)[\]]+)\)$/.exec(part);
    if (link) {
      return (
        <a key={index} href={link[2]} rel="noreferrer noopener" target="_blank">
          {link[1]}
        </a>
      );
    }
    if (/^\*\*.+\*\*$/.test(part)) return <strong key={index}>{part.slice(2, -2)}</strong>;
    if (/^\*.+\*$/.test(part)) return <em key={index}>{part.slice(1, -1)}</em>;
    if (/^`.+`$/.test(part)) return <code key={index}>{part.slice(1, -1)}</code>;
    return <Fragment key={index}>{part}</Fragment>;
  });
}

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly string[] }
  | { readonly kind: "quote" | "paragraph"; readonly text: string };

/** The blocks of a text; a line that begins nothing new goes on with the block before it. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open = false;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^(#{1,6})\s+(.*)$/s.exec(line);
    const item = /^\s*(?:([-*+])|\d+[.)])\s+(.*)$/s.exec(line);
    const quote = /^>\s?(.*)$/s.exec(line);
    const last = open ? blocks.at(-1) : undefined;
    if (!line.trim()) open = false;
    else if (heading) {
      blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
      open = false;
    } else if (item) {
      const ordered = item[1] === undefined;
      const words = item[2] ?? "";
      if (last?.kind === "list" && last.ordered === ordered) blocks[blocks.length - 1] = { ...last, items: [...last.items, words] };
      else blocks.push({ kind: "list", ordered, items: [words] });
      open = true;
    } else if (quote) {
      const words = quote[1] ?? "";
      if (last?.kind === "quote") blocks[blocks.length - 1] = { ...last, text: `${last.text} ${words}` };
      else blocks.push({ kind: "quote", text: words });
      open = true;
    } else if (last?.kind === "list") {
      const items = [...last.items.slice(0, -1), `${last.items.at(-1) ?? ""} ${line.trim()}`];
      blocks[blocks.length - 1] = { ...last, items };
    } else if (last && last.kind !== "heading") blocks[blocks.length - 1] = { ...last, text: `${last.text} ${line.trim()}` };
    else {
      blocks.push({ kind: "paragraph", text: line.trim() });
      open = true;
    }
  }
  return blocks;
}

export function Markdown({ text }: { readonly text: string }) {
  return (
    <div className={classes["text"]}>
      {blocksOf(text).map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "heading":
      // Below the page's and the panel's own headings.
      return block.level <= 2 ? <h3>{inline(block.text)}</h3> : <h4>{inline(block.text)}</h4>;
    case "list": {
      const items = block.items.map((item, index) => <li key={index}>{inline(item)}</li>);
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "quote":
      return <blockquote>{inline(block.text)}</blockquote>;
    case "paragraph":
      return <p>{inline(block.text)}</p>;
  }
}
