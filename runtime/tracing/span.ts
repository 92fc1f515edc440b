import {
  type Attributes,
  context,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

export { SpanKind };

/** Does the work inside a span. Of an error it notes what `codeOf` says of it, never its message. */
export async function inSpan<T>(
  name: string,
  options: {
    attributes?: Attributes;
    kind?: SpanKind;
    parent?: Context;
    codeOf?: (cause: unknown) => string;
  },
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const { attributes, kind, parent = context.active(), codeOf } = options;
  const span = trace.getTracer('sluice').startSpan(name, { attributes, kind }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (cause) {
    const code = codeOf?.(cause) ?? (cause as { code?: string }).code ?? 'error';
    span.setAttribute('error.type', code);
    span.setStatus({ code: SpanStatusCode.ERROR, message: code });
    throw cause;
  } finally {
    span.end();
  }
}
