# Builds Playpipe and its games. Run: docker build -t playpipe . && docker run --rm -p 9000:9000 playpipe
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-trixie-slim
# python3 and quickjs run the games; tini is the init that reaps what their programs leave behind
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 quickjs tini \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
COPY --from=build /app/games ./games
COPY --from=build /app/public ./public
RUN ln -s /app/bin/playpipe.js /usr/local/bin/playpipe
# for --lobby, which keeps its database and keys there: mount a volume
RUN mkdir data && chown node:node data && chmod 700 data
USER node
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=3s CMD ["node", "-e", "fetch('http://127.0.0.1:9000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "playpipe"]
CMD ["--games", "games", "--staticdir", "public", "--api"]
