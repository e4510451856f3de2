# Two stages: the first installs and builds, the second holds only what runs.
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY console/package.json console/
RUN npm ci --ignore-scripts --include=dev
COPY . .
RUN npm run build \
  && npm prune --omit=dev --ignore-scripts --workspaces=false

FROM node:24-bookworm-slim
ENV NODE_ENV=production FENGHUO_HOME=/var/lib/fenghuo
WORKDIR /opt/fenghuo
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY --from=build /src/console/build console/build
COPY --from=build /src/detections/rules detections/rules
COPY --from=build /src/detections/attack detections/attack
COPY --from=build /src/collector/recordings collector/recordings
RUN install -d -o node -g node -m 0700 /var/lib/fenghuo
USER node
VOLUME /var/lib/fenghuo
EXPOSE 8470 8471 5514/tcp 5514/udp
ENTRYPOINT ["node", "dist/cli/main.js"]
CMD ["serve"]
