# The web app. Build it from the folder of the lockfile:
#   docker build -f <% if web_inside != "." %><%= web_inside %>/<% endif %>Dockerfile --target prod .
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
<% if manager == "pnpm" %>
RUN pnpm install --frozen-lockfile<% if web_member %> --filter "<%= web_filter %>..." --filter .<% endif %>
<% else %>
RUN npm ci<% if web_member %> --workspace=<%= web_inside %> --include-workspace-root<% endif %>
<% endif %>


# For a developer's machine: compiles a page when it is asked for. NEXT_PUBLIC_* come from the
# environment of the container, and a restart takes new ones.
FROM deps AS dev
COPY --chown=node:node . .
<% if web_before %>
RUN <%= web_before | join(" \\\n  && ") %>
<% endif %>
WORKDIR /app<% if web_inside != "." %>/<%= web_inside %><% endif %>

ENV NODE_ENV=development PORT=<%= web_port %> NEXT_TELEMETRY_DISABLED=1
EXPOSE <%= web_port %>

CMD ["npm", "run", "dev"]

FROM deps AS build
COPY --chown=node:node . .
# Next.js writes these into the JavaScript that browsers load. They cannot be changed in a running
# container: another value is another build.
<% for name in web_public_env %>
ARG <%= name %>
<% endfor %>
ENV NEXT_TELEMETRY_DISABLED=1
RUN <%= web_build | join(" \\\n  && ") %> \
  && find . \( -name node_modules -o -path '*/.next/cache' \) -prune -exec rm -rf {} +

FROM base AS prod-deps
COPY --from=manifests --chown=node:node /tmp/manifests ./
<% if web_prepare %>
# `prepare` of the app's own is for a developer's machine, and calls what is not installed here.
RUN npm pkg delete scripts.prepare
<% endif %>
<% if manager == "pnpm" %>
RUN pnpm install --frozen-lockfile --prod<% if web_member %> --filter "<%= web_filter %>..."<% endif %> && rm -f .npmrc
<% else %>
RUN npm ci --omit=dev<% if web_member %> --workspace=<%= web_inside %><% endif %> && rm -f .npmrc
<% endif %>

FROM ${NODE_IMAGE} AS prod
WORKDIR /app<% if web_inside != "." %>/<%= web_inside %><% endif %>

ENV NODE_ENV=production PORT=<%= web_port %> NEXT_TELEMETRY_DISABLED=1
COPY --from=prod-deps --chown=root:root /app /app
COPY --from=build --chown=root:root /app /app
# Next.js keeps optimised images and revalidated pages here.
RUN mkdir -p .next/cache && chown -R node:node .next/cache
USER node
EXPOSE <%= web_port %>

<% for name in web_public_env if name.endswith("USE_LIVEKIT") %>
# What was built in, for `lkm flag show`; it changes nothing any more.
ARG <%= name %>
LABEL <%= name %>=${<%= name %>:-false}
<% endfor %>

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/`).then((r) => process.exit(r.status < 500 ? 0 : 1), () => process.exit(1))"]
CMD ["npm", "start"]
