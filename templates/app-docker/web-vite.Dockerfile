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


# For a developer's machine. VITE_* come from the environment of the container.
FROM deps AS dev
COPY --chown=node:node . .
<% if web_before %>
RUN <%= web_before | join(" \\\n  && ") %>
<% endif %>
WORKDIR /app<% if web_inside != "." %>/<%= web_inside %><% endif %>

ENV NODE_ENV=development
EXPOSE <%= web_port %>

CMD ["npm", "run", "dev", "--", "--host", "0.0.0.0", "--port", "<%= web_port %>"]

FROM deps AS build
COPY --chown=node:node . .
# Vite writes these into the JavaScript that browsers load: another value is another build.
<% for name in web_public_env %>
ARG <%= name %>
<% endfor %>
RUN <%= web_build | join(" \\\n  && ") %>


# Files only: no Node is needed to serve them.
FROM caddy:2 AS prod
COPY <% if web_inside != "." %><%= web_inside %>/<% endif %>Caddyfile /etc/caddy/Caddyfile
COPY --from=build /app/<% if web_inside != "." %><%= web_inside %>/<% endif %>dist /srv
# Its config and data are not needed: nothing is written.
USER 65534:65534
EXPOSE <%= web_port %>

<% for name in web_public_env if name.endswith("USE_LIVEKIT") %>
# What was built in, for `lkm flag show`; it changes nothing any more.
ARG <%= name %>
LABEL <%= name %>=${<%= name %>:-false}
<% endfor %>

HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:<%= web_port %>/"]
