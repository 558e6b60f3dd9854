# Every step can be run by hand in a checkout; deploy/install.md says how.

FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build
# What is left is what the gateway loads.
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:26-slim
ENV NODE_ENV=production
# Memory that glibc would keep for each thread: deploy/README.md says how much.
ENV MALLOC_ARENA_MAX=2
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY src/holdfast.js ./src/
# By its name for docker exec and kubectl exec: npx would ask the public registry for it.
RUN ln -s /app/src/holdfast.js /usr/local/bin/holdfast
# node, by number: Kubernetes cannot tell of a name that it is not root.
USER 1000:1000
EXPOSE 8443
ENTRYPOINT ["node", "dist/main.js"]
CMD ["--config", "/etc/holdfast/holdfast.yaml"]
