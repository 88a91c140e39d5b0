"""Compose, Kubernetes, CI and Docker without what goes: by position, and only what is certain."""

from __future__ import annotations

from pathlib import Path

import yaml as pyyaml

from livekit_migrate.cleanup.dockerfiles import plan_dockerfiles
from livekit_migrate.cleanup.manifests import plan_dependencies
from livekit_migrate.cleanup.ports import closes, within
from livekit_migrate.cleanup.proxies import plan_proxies
from livekit_migrate.cleanup.variables import plan_variables
from livekit_migrate.cleanup.yaml_files import plan_yaml_files

from .works import reason, rules, text, work_of

GONE = frozenset({"4001"})


def test_a_service_that_runs_only_what_goes_goes_with_what_refers_to_it(tmp_path: Path) -> None:
    compose = """services:
  media:
    build: ./server
    command: node dist/sfu.js
    volumes: [logs:/logs]
    networks: [media, web]
  web:
    image: web
    depends_on:
      media:
        condition: service_started
      db: {condition: service_started}
    links: ["media:sfu"]
    networks: [web]
  db: {image: postgres}
volumes:
  logs:
networks:
  media:
  web:
"""
    files = {"docker-compose.yml": compose, "server/package.json": "{}", "server/src/sfu.ts": "export {};\n"}
    work = work_of(tmp_path, files, gone=("server/src/sfu.ts",))
    plan_yaml_files(work, frozenset())
    assert pyyaml.safe_load(text(work, "docker-compose.yml")) == {
        "services": {
            "web": {
                "image": "web",
                "depends_on": {"db": {"condition": "service_started"}},
                "networks": ["web"],
            },
            "db": {"image": "postgres"},
        },
        "networks": {"web": None},
    }


def test_livekit_s_own_services_are_never_touched(tmp_path: Path) -> None:
    compose = """services:
  livekit:
    image: livekit/livekit-server
    ports: ["7880:7880", "40000-40100:40000-40100/udp", "4001:4001"]
    environment: {MEDIASOUP_IP: "1"}
"""
    work = work_of(tmp_path, {"compose.yaml": compose})
    work.variables = ["SFU_PORT"]
    plan_yaml_files(work, GONE)
    assert text(work, "compose.yaml") == compose


def test_a_service_stays_by_its_name_while_code_still_uses_the_package(tmp_path: Path) -> None:
    compose = "services:\n  mediasoup:\n    image: a/mediasoup\n"
    work = work_of(tmp_path, {"compose.yaml": compose})
    work.still = ["mediasoup"]
    plan_yaml_files(work, frozenset())
    assert text(work, "compose.yaml") == compose
    assert reason(work, "services.used").line == 2


def test_anchors_in_use_are_said_and_the_rest_is_done(tmp_path: Path) -> None:
    compose = """services:
  mediasoup: &base
    image: a/mediasoup
  api:
    <<: *base
    image: api
    environment:
      - SFU_PORT=4001
      - PORT=1
    ports: ["${SFU_PORT:-4001}:4001", "1:1"]
"""
    work = work_of(tmp_path, {"compose.yaml": compose})
    work.variables = ["SFU_PORT"]
    plan_yaml_files(work, GONE)
    after = text(work, "compose.yaml")
    assert "mediasoup: &base" in after
    assert "SFU_PORT" not in after
    assert 'ports: ["1:1"]' in after
    assert "still points to its anchor" in reason(work, "services.by-hand").reason


def test_objects_of_kubernetes_and_their_variables(tmp_path: Path) -> None:
    manifest = """# all of it
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  template:
    spec:
      containers:
        - name: api
          image: api
          env:
            - name: MEDIASOUP_ANNOUNCED_IP
              value: "1.2.3.4"
            - name: PORT
              value: "1"
---
apiVersion: v1
kind: Service
metadata:
  name: mediasoup
spec: {ports: [{port: 4001}]}
---
apiVersion: v1
kind: Service
metadata: {name: api}
"""
    files = {
        "k8s/all.yaml": manifest,
        "k8s/sfu.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: mediasoup}\nspec: {}\n",
        "k8s/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources:\n  - all.yaml\n  - sfu.yaml\n",
    }
    work = work_of(tmp_path, files)
    work.variables = ["MEDIASOUP_ANNOUNCED_IP"]
    plan_yaml_files(work, frozenset())
    assert work.removed == ["k8s/sfu.yaml"]
    after = text(work, "k8s/all.yaml")
    assert [(d["kind"], d["metadata"]["name"]) for d in pyyaml.safe_load_all(after)] == [
        ("Deployment", "api"),
        ("Service", "api"),
    ]
    assert "MEDIASOUP" not in after
    assert after.startswith("# all of it\n")
    assert pyyaml.safe_load(text(work, "k8s/kustomization.yaml"))["resources"] == ["all.yaml"]


def test_steps_and_services_of_ci(tmp_path: Path) -> None:
    workflow = """on: push
jobs:
  test:
    runs-on: ubuntu-latest
    env:
      MEDIASOUP_ANNOUNCED_IP: 127.0.0.1
      NODE_ENV: test
    services:
      mediasoup:
        image: a/mediasoup
      db:
        image: postgres
    steps:
      - uses: actions/checkout@v4
      - name: the sfu
        run: |
          node dist/sfu.js
      - run: npm test
"""
    files = {".github/workflows/ci.yml": workflow, "src/sfu.ts": "export {};\n"}
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    work.variables = ["MEDIASOUP_ANNOUNCED_IP"]
    plan_yaml_files(work, frozenset())
    job = pyyaml.safe_load(text(work, ".github/workflows/ci.yml"))["jobs"]["test"]
    assert job["env"] == {"NODE_ENV": "test"}
    assert job["services"] == {"db": {"image": "postgres"}}
    assert [step.get("run") for step in job["steps"]] == [None, "npm test"]


def test_dockerfiles_lose_variables_and_ports_and_keep_what_they_run(tmp_path: Path) -> None:
    docker = """FROM node:22
# mediasoup
ENV SFU_PORT=4001 \\
    PORT=1
ARG SFU_PORT

EXPOSE 1/tcp 4001 4001/udp
RUN apt-get install -y python3 # for mediasoup
CMD ["node", "dist/sfu.js"]
"""
    files = {"Dockerfile": docker, "src/sfu.ts": "export {};\n"}
    work = work_of(tmp_path, files, gone=("src/sfu.ts",))
    work.variables = ["SFU_PORT"]
    plan_dockerfiles(work, GONE)
    after = text(work, "Dockerfile")
    assert "SFU_PORT" not in after
    assert "ENV PORT=1\n" in after
    assert "EXPOSE 1/tcp\n" in after
    assert after.endswith(docker[docker.index("RUN") :])
    said = [(d.rule, d.line) for d in work.decisions if not d.done]
    assert said == [("services.docker-by-hand", 8), ("services.docker-by-hand", 9)]


def test_proxies_are_listed_with_the_line(tmp_path: Path) -> None:
    nginx = "upstream sfu {\n  server backend:4001;\n}\n# server backend:4001\nserver { listen 40010; }\n"
    work = work_of(tmp_path, {"nginx.conf": nginx})
    plan_proxies(work, GONE)
    assert text(work, "nginx.conf") == nginx
    assert [(rule, file) for rule, file in rules(work, done=False)] == [("services.proxy", "nginx.conf")]
    assert reason(work, "services.proxy").line == 2


def test_which_mappings_close() -> None:
    assert closes("4001:4001", GONE, ())
    assert closes("127.0.0.1:9:4001/udp", GONE, ())
    assert closes("${SFU_PORT:-7}:7", frozenset(), ["SFU_PORT"])
    assert not closes("4001:80", GONE, ())
    assert not closes("${OTHER_SFU_PORT}:7", GONE, ["SFU_PORT"])
    assert within("40000-40010:40000-40010/udp", ("40000-49999",))
    assert not within("40000-50010:40000-50010/udp", ("40000-49999",))


def test_a_service_goes_whose_dockerfile_is_that_of_a_package_that_goes(tmp_path: Path) -> None:
    build = "    build:\n      context: ..\n      dockerfile: apps/{}/Dockerfile\n"
    compose = f"services:\n  voice:\n{build.format('voice')}  api:\n{build.format('api')}"
    files = {
        "infra/compose.yml": compose,
        "package.json": '{"workspaces": ["apps/*"]}',
        "apps/voice/package.json": "{}",
        "apps/voice/index.ts": "export {};\n",
        "apps/api/package.json": "{}",
        "apps/api/index.ts": "export {};\n",
    }
    work = work_of(tmp_path, files, gone=("apps/voice/index.ts",))
    plan_yaml_files(work, frozenset())
    assert text(work, "infra/compose.yml") == f"services:\n  api:\n{build.format('api')}"


def test_a_variable_that_another_language_reads_stays(tmp_path: Path) -> None:
    read = "export const url = process.env.DATABASE_URL; export const sfu = process.env.SFU_SECRET;\n"
    files = {
        "sfu.ts": read,
        "schema.prisma": 'datasource db {\n  url = env("DATABASE_URL")\n}\n',
        ".env.example": "DATABASE_URL=x\nSFU_SECRET=y\n",
    }
    work = work_of(tmp_path, files, gone=("sfu.ts",))
    plan_variables(work)
    assert work.variables == ["SFU_SECRET"]
    said = reason(work, "variables.used")
    assert (said.title, said.file, said.line) == ("DATABASE_URL stays", "schema.prisma", 2)


def test_a_service_goes_that_starts_what_goes_by_a_folder_or_a_script(tmp_path: Path) -> None:
    manifest = '{"name": "s", "private": true, "scripts": {"sfu": "tsx src", "web": "next start"}}'
    for number, (command, goes) in enumerate(
        [
            ("node dist", True),
            ("[npm, run, sfu]", True),
            ("pnpm sfu", True),
            ("npm run web", False),
            ("node dist/other", False),
        ]
    ):
        compose = f"services:\n  media:\n    build: .\n    command: {command}\n  db: {{image: postgres}}\n"
        files = {"compose.yml": compose, "package.json": manifest, "src/index.ts": "", "src/other.ts": ""}
        work = work_of(tmp_path / str(number), files, gone=("src/index.ts",))
        plan_dependencies(work)
        plan_yaml_files(work, frozenset())
        assert ("media" not in text(work, "compose.yml")) is goes, command
