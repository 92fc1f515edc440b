import { type Attributes, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { maskedSql } from '../../sql/mask';

/** Characters of a statement in a span. */
const MOST = 4_000;

/** Whether what happens now is part of a trace that somebody records. */
export function isRecording(): boolean {
  return trace.getSpan(context.active())?.isRecording() === true;
}

/**
 * A span for one statement, if this process is traced: its text without the values in it, never its parameters. Of an
 * error only the SQLSTATE is noted: the server's message may quote a row.
 */
export async function traced<T>(
  sql: string,
  work: () => Promise<T>,
  outcome: (result: T) => Attributes = () => ({}),
): Promise<T> {
  const parent = context.active();
  // Nobody asked: of an untraced process, and of what no activity does.
  if (!trace.getSpan(parent)?.isRecording()) return work();
  const text = maskedSql(sql).slice(0, MOST);
  const [operation = 'SQL'] = text.split(' ', 1);
  const span = trace.getTracer('sluice').startSpan(
    operation.toUpperCase(),
    {
      kind: SpanKind.CLIENT,
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': text, 'db.operation.name': operation },
    },
    parent,
  );
  return ended(span, work, outcome);
}

async function ended<T>(span: Span, work: () => Promise<T>, outcome: (result: T) => Attributes): Promise<T> {
  try {
    const result = await work();
    span.setAttributes(outcome(result));
    return result;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    span.setAttribute('error.type', typeof code === 'string' ? code : 'error');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
