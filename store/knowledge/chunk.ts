/** A part of a document that is found and cited by itself. */
export interface Chunk {
  /** The headings it stands under: `Deployments > Rollback`; empty before the first. */
  heading: string;
  body: string;
}

/** Characters of a chunk; a paragraph that is longer is cut between words. */
const LONGEST = 1_500;

/**
 * A Markdown text by its headings, each part by its paragraphs. A fence is one paragraph, so that a `#` in it is no
 * heading. What is no Markdown is a text of paragraphs.
 */
export function chunksOf(markdown: string): Chunk[] {
  const chunks: Chunk[] = [];
  const path: string[] = [];
  let paragraphs: string[] = [];
  const close = (): void => {
    for (const body of packed(paragraphs)) chunks.push({ heading: path.filter(Boolean).join(' > '), body });
    paragraphs = [];
  };
  for (const paragraph of paragraphsOf(markdown)) {
    const heading = /^(#{1,6})[ \t]+(.+?)[ \t]*#*$/.exec(paragraph);
    if (!heading) {
      paragraphs.push(paragraph);
      continue;
    }
    close();
    const depth = heading[1]!.length;
    path.length = Math.min(path.length, depth - 1);
    while (path.length < depth - 1) path.push('');
    path.push(heading[2]!.slice(0, 120));
  }
  close();
  return chunks;
}

/** The first heading, else the first words. */
export function titleOf(markdown: string): string | undefined {
  const heading = /^#{1,6}[ \t]+(.+?)[ \t]*#*$/m.exec(markdown)?.[1];
  return (heading ?? /\S.*/.exec(markdown)?.[0])?.slice(0, 120);
}

function paragraphsOf(markdown: string): string[] {
  const found: string[] = [];
  let lines: string[] = [];
  let fence: string | undefined;
  const close = (): void => {
    const text = lines.join('\n').trim();
    if (text !== '') found.push(text);
    lines = [];
  };
  for (const line of markdown.replace(/\r\n?/g, '\n').split('\n')) {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (fence === undefined && mark === undefined && (line.trim() === '' || /^#{1,6}[ \t]/.test(line))) {
      close();
      if (line.trim() !== '') found.push(line.trim());
      continue;
    }
    lines.push(line);
    if (mark === undefined) continue;
    if (fence === undefined) fence = mark;
    else if (mark.startsWith(fence)) fence = undefined;
  }
  close();
  return found;
}

/** Paragraphs together, as many as fit into a chunk. */
function packed(paragraphs: readonly string[]): string[] {
  const bodies: string[] = [];
  let body = '';
  for (const part of paragraphs.flatMap(cut)) {
    if (body !== '' && body.length + part.length + 2 > LONGEST) {
      bodies.push(body);
      body = '';
    }
    body = body === '' ? part : `${body}\n\n${part}`;
  }
  return body === '' ? bodies : [...bodies, body];
}

function cut(paragraph: string): string[] {
  const parts: string[] = [];
  let rest = paragraph;
  while (rest.length > LONGEST) {
    const at = rest.lastIndexOf(' ', LONGEST);
    const end = at > LONGEST / 2 ? at : LONGEST;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? parts : [...parts, rest];
}
