# The server. Build it from the folder of the lockfile:
#   docker build -f <% if server_inside != "." %><%= server_inside %>/<% endif %>Dockerfile --target prod .
ARG NODE_IMAGE=node:<%= node %>-bookworm-slim

FROM ${NODE_IMAGE} AS base
<% if manager == "pnpm" %>
RUN npm install --global pnpm@<%= manager_version or "10" %>
<% endif %>
WORKDIR /app
RUN chown node:node /app
USER node

# What an installation depends on, and no more: a change of the code does not install again.
FROM base AS manifests
COPY --chown=node:node . .
RUN mkdir /tmp/manifests \
  && find . -name node_modules -prune -o -type f \( -name package.json -o -name <%= "pnpm-lock.yaml" if manager == "pnpm" else "package-lock.json" %> \
<% if manager == "pnpm" %>
    -o -name pnpm-workspace.yaml -o -name .pnpmfile.cjs \
<% endif %>
    -o -name .npmrc -o -path '*/patches/*' \) -exec cp --parents -t /tmp/manifests {} +

FROM base AS deps
COPY --from=manifests --chown=node:node /tmp/manifests ./
<% if mediasoup %>
# mediasoup gets its prebuilt worker here. A machine that cannot download it names one inside of the
# context instead: --build-arg MEDIASOUP_WORKER_BIN=/app/<%= server_inside %>/.mediasoup/mediasoup-worker
ARG MEDIASOUP_WORKER_BIN=
<% endif %>
<% if manager == "pnpm" %>
RUN pnpm install --frozen-lockfile<% if server_member %> --filter "<%= server_filter %>..." --filter .<% endif %>
<% else %>
RUN npm ci<% if server_member %> --workspace=<%= server_inside %> --include-workspace-root<% endif %>
<% endif %>


# For a developer's machine: starts again when a file changes, where the code is mounted over /app.
FROM deps AS dev
COPY --chown=node:node . .
<% if server_before %>
RUN <%= server_before | join(" \\\n  && ") %>
<% endif %>
WORKDIR /app<% if server_inside != "." %>/<%= server_inside %><% endif %>

<% if mediasoup %>
ARG MEDIASOUP_WORKER_BIN=
ENV MEDIASOUP_WORKER_BIN=${MEDIASOUP_WORKER_BIN}
<% endif %>
ENV NODE_ENV=development PORT=<%= server_port %>
EXPOSE <%= server_port %>

CMD ["npm", "run", "dev"]

FROM deps AS build
COPY --chown=node:node . .
<% if server_build %>
RUN <%= server_build | join(" \\\n  && ") %>
<% endif %>
# The packages come from prod-deps, without those for development.
RUN find . -name node_modules -prune -exec rm -rf {} +

FROM base AS prod-deps
COPY --from=manifests --chown=node:node /tmp/manifests ./
<% if server_prepare %>
# `prepare` of the app's own is for a developer's machine, and calls what is not installed here.
RUN npm pkg delete scripts.prepare
<% endif %>
<% if mediasoup %>
ARG MEDIASOUP_WORKER_BIN=
<% endif %>
<% if manager == "pnpm" %>
RUN pnpm install --frozen-lockfile --prod<% if server_member %> --filter "<%= server_filter %>..."<% endif %> && rm -f .npmrc
<% else %>
RUN npm ci --omit=dev<% if server_member %> --workspace=<%= server_inside %><% endif %> && rm -f .npmrc
<% endif %>

FROM ${NODE_IMAGE} AS prod
WORKDIR /app<% if server_inside != "." %>/<%= server_inside %><% endif %>

<% if mediasoup %>
ARG MEDIASOUP_WORKER_BIN=
ENV MEDIASOUP_WORKER_BIN=${MEDIASOUP_WORKER_BIN}
<% endif %>
ENV NODE_ENV=production PORT=<%= server_port %>

# Owned by root: the process cannot change its own code.
COPY --from=prod-deps --chown=root:root /app /app
COPY --from=build --chown=root:root /app /app
USER node
EXPOSE <%= server_port %>

# That it answers at all; a path of your own that looks at the database says more.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/`).then(() => process.exit(0), () => process.exit(1))"]
<% if server_start and "&" not in server_start and "$" not in server_start and '"' not in server_start and "'" not in server_start and server_start.startswith("node ") %>
CMD <%= server_start.split() | tojson %>

<% else %>
CMD ["npm", "start"]
<% endif %>
