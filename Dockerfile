# The image of a worker and of the command line: `docker build -t sluice .`
# Nothing of the embedded stack is started in it: Temporal and PostgreSQL are other containers, or other machines.
FROM node:22.21.1-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22.21.1-bookworm-slim
# tini is process 1: it passes SIGTERM on and reaps what a worker starts.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini ca-certificates \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY --from=build /src/package.json ./package.json
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    SLUICE_HOME=/var/lib/sluice \
    SLUICE_CONFIG=/etc/sluice/sluice.config.yaml \
    SLUICE_METRICS_BIND=0.0.0.0:9464
# For what a worker keeps outside of the store; mount a volume, or let it be lost with the container.
RUN mkdir -p /var/lib/sluice && chown 10001:10001 /var/lib/sluice
USER 10001:10001
EXPOSE 9464
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "/app/dist/client/cli/main.js"]
CMD ["worker"]
