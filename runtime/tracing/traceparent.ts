import { type Context, isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';

/** The header of a Temporal message that carries a trace: its value is W3C Trace Context's `traceparent`. */
export const TRACEPARENT = 'traceparent';

/** https://www.w3.org/TR/trace-context/: `00-<trace id>-<parent id>-<flags>`. */
const FORMAT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The headers with the span of this context in them; as they are when there is none. */
export function withTraceparent(headers: Headers, context: Context): Headers {
  const span = trace.getSpanContext(context);
  if (!span || !isSpanContextValid(span)) return headers;
  const flags = span.traceFlags.toString(16).padStart(2, '0');
  const value = `00-${span.traceId}-${span.spanId}-${flags}`;
  return { ...headers, [TRACEPARENT]: defaultPayloadConverter.toPayload(value) };
}

/** The context under the span that the headers name; what cannot be read is no parent. */
export function fromTraceparent(headers: Headers, context: Context): Context {
  const payload = headers[TRACEPARENT];
  if (!payload) return context;
  const remote = parse(payload);
  return remote ? trace.setSpanContext(context, remote) : context;
}

function parse(payload: NonNullable<Headers[string]>): SpanContext | undefined {
  try {
    const match = FORMAT.exec(String(defaultPayloadConverter.fromPayload(payload)));
    if (!match) return undefined;
    const [, traceId, spanId, flags] = match as unknown as [string, string, string, string];
    return { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  } catch {
    return undefined;
  }
}
