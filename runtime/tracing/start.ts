import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { AsyncContextManager } from './context-manager';

export interface Tracing {
  /** Sends what is left, within the patience it was started with: a collector that is away holds nobody up. */
  stop(): Promise<void>;
}

/** Milliseconds for an export: a person waits for the end of a command. */
const PATIENCE_MS = 2_000;

/** Whether the environment names a collector, as OpenTelemetry's specification has it. */
export function isTraced(env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED === 'true') return false;
  return Boolean(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT);
}

/**
 * Has this process's spans sent by OTLP over HTTP. The exporter itself reads the rest of its settings (headers,
 * compression) from `OTEL_EXPORTER_OTLP_…`. `patienceMs`: for one export, and for the last one.
 */
export function startTracing(service: string, version: string, patienceMs = PATIENCE_MS): Tracing {
  const exporter = new OTLPTraceExporter({ timeoutMillis: patienceMs });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': process.env.OTEL_SERVICE_NAME ?? service,
      'service.version': version,
      'process.pid': process.pid,
    }),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: patienceMs })],
  });
  context.setGlobalContextManager(new AsyncContextManager());
  trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), late]);
      clearTimeout(timer);
      trace.disable();
      context.disable();
    },
  };
}
