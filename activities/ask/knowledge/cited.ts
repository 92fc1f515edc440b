import type { Turn } from '../../../llm/request';
import type { Citation, Conversation } from '../../../schemas/ask';
import { turnsOf } from '../loop/conversation';
import type { ToolContext } from '../tools/tool';

/**
 * The citations of what this agent was given, in its first message or by a tool that answered: what else it names, it has
 * from nowhere. Documents and decisions are called as they were given, whatever the model calls them.
 */
export async function givenOnly(
  citations: readonly Citation[],
  ctx: ToolContext,
): Promise<{ citations: Citation[]; notes: string[] }> {
  if (citations.length === 0) return { citations: [], notes: [] };
  const given = await givenTo(ctx);
  const kept = citations.flatMap((citation) => {
    const title = titleIn(given, citation);
    return title === undefined ? [] : [{ ...citation, title }];
  });
  const left = citations.length - kept.length;
  // Not which: an answer that repeats an id would be one that gives it.
  const note = `${left} of ${citations.length} citations were left out: nothing of that id was given to you`;
  return { citations: kept, notes: left === 0 ? [] : [note] };
}

/** Everything that was said to the agent, and nothing that it said itself. */
async function givenTo({ services, conversation }: ToolContext): Promise<string> {
  if (conversation === undefined) return '';
  const { artifacts } = services.store;
  const turns = await turnsOf(artifacts, await artifacts.getJson<Conversation>(conversation));
  return turns.flatMap(saidIn).join('\n');
}

function saidIn({ role, content }: Turn): string[] {
  if (role !== 'user') return [];
  if (typeof content === 'string') return [content];
  return content.flatMap((block): string[] => {
    if (block.type === 'text') return [block.text];
    // What did not work may repeat what it was asked for.
    if (block.type !== 'tool_result' || block.is_error) return [];
    if (typeof block.content === 'string') return [block.content];
    return (block.content ?? []).flatMap((part) => (part.type === 'text' ? [part.text] : []));
  });
}

/** What the source is called where it was given; undefined: it was not. */
function titleIn(given: string, { source, title }: Citation): string | undefined {
  const at = source.indexOf(':');
  const [kind, id] = [source.slice(0, at), source.slice(at + 1)];
  if (kind === 'knowledge') {
    const found = listed(given, source, '"kind":"[a-z]+","title":("(?:[^"\\\\]|\\\\.)*")');
    return found && (JSON.parse(found[1]!) as string);
  }
  if (kind === 'memory') {
    const found = listed(given, source, '"decision":"([a-z]+)","goal":("(?:[^"\\\\]|\\\\.)*")');
    return found && `${found[1]}: ${JSON.parse(found[2]!) as string}`;
  }
  const name = kind === 'comment' ? source : kind === 'table' ? id.split('.').slice(0, 2).join('.') : id;
  return new RegExp(`(?<![\\w.])${escaped(name)}(?![\\w])`).test(given) ? title : undefined;
}

/** Where an item of a list of JSON has this id, and these keys after it. */
function listed(given: string, source: string, rest: string): RegExpExecArray | undefined {
  return new RegExp(`"id":"${escaped(source)}",${rest}`).exec(given) ?? undefined;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
