"""Routes to what goes, out of the configuration of proxies; the programs themselves accept what is left."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from livekit_migrate.cleanup.proxies import plan_proxies
from livekit_migrate.cleanup.work import Work
from livekit_migrate.cleanup.yaml_files import plan_yaml_files

from ..conftest import need
from .works import rules, text, work_of

FILES = ("nginx.conf", "Caddyfile", "traefik.yml", "haproxy.cfg")
FIXTURES = Path(__file__).parent / "fixtures" / "proxies"
PORTS = frozenset({"4001"})
COMPOSE = """services:
  mediasoup-sfu:
    hostname: sfu
    image: mediasoup
  api:
    image: api
  web:
    image: web
"""


def cleaned(folder: Path, files: dict[str, str], ports: frozenset[str] = PORTS) -> Work:
    """The plan for these files beside a Compose file whose SFU goes."""
    work = work_of(folder, {"compose.yml": COMPOSE, **files})
    plan_yaml_files(work, ports)
    plan_proxies(work, ports)
    return work


def left(work: Work) -> list[tuple[str, int | None, str]]:
    """What a person decides about."""
    return [(d.file, d.line, d.title) for d in work.decisions if d.rule == "services.proxy"]


def real(name: str) -> str:
    """A proxy's program."""
    found = shutil.which(name)
    if found is None:
        need(name, f"no {name} on PATH (tools/provision.sh gets one)")
    return str(found)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FILES)
def test_routes_to_what_goes_go_and_every_other_byte_stays(tmp_path: Path, name: str, newline: str) -> None:
    before, after = ((FIXTURES / each).read_text() for each in (name, f"after.{name}"))
    before, after = (each.replace("\n", newline) for each in (before, after))
    work = work_of(tmp_path, {})
    (tmp_path / "compose.yml").write_text(COMPOSE)
    (tmp_path / name).write_bytes(before.encode())
    work = work_of(tmp_path, {})
    plan_yaml_files(work, PORTS)
    plan_proxies(work, PORTS)
    assert text(work, name) == after
    gone = [each for each in work.decisions if each.rule == "services.route"]
    assert gone
    lines = before.split(newline)
    for each in gone:
        assert each.grade == "safe", each
        assert each.line, each
        assert each.reason, each
        assert lines[each.line - 1].strip() == each.before
    # What is left is left by a second run, too.
    again = cleaned(tmp_path / "again", {name: after})
    assert name not in again.after


def test_nginx_accepts_what_is_left(tmp_path: Path) -> None:
    program = real("nginx")
    for name in ("nginx.conf", "after.nginx.conf"):
        # Hosts are looked up while nginx reads its configuration.
        code = re.sub(r"\b(?:sfu|api|db)(?=:\d)", "127.0.0.1", (FIXTURES / name).read_text())
        code = code.replace("sfu:$server_port", "127.0.0.1:$server_port")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {tmp_path / kind};" for kind in kinds)
        code = code.replace("http {", f"http {{ access_log off; {temporary}", 1)
        (tmp_path / name).write_text(f"pid {tmp_path / 'pid'};\n{code}")
        argv = [program, "-t", "-e", "stderr", "-c", str(tmp_path / name)]
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_caddy_accepts_what_is_left(tmp_path: Path) -> None:
    program = real("caddy")
    hosts = []
    for name in ("Caddyfile", "after.Caddyfile"):
        argv = [program, "adapt", "--config", str(FIXTURES / name), "--adapter", "caddyfile"]
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        hosts.append(re.findall(r'"dial":\s*"([^"]+)"', json.dumps(json.loads(done.stdout))))
    assert "sfu:4443" in hosts[0]
    # `handle_path /both/*` and the site that does something else, too, are a person's.
    assert sorted(hosts[1]) == ["api:3001", "api:3001", "sfu:3002", "sfu:4443", "web:80", "web:80"]


def test_haproxy_accepts_what_is_left() -> None:
    program = real("haproxy")
    for name in ("haproxy.cfg", "after.haproxy.cfg"):
        argv = [program, "-c", "-f", str(FIXTURES / name)]
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("location /x { proxy_pass http://sfu:1; error_page 502 = @other; }", 2),
        ("location /x { proxy_pass http://sfu:1; try_files $uri @other; }", 2),
        ("location /x { include api.conf; proxy_pass http://sfu:1; }", 2),
        ("location /x { rewrite ^ /y permanent; proxy_pass http://sfu:1; }", 2),
        ("location /x { if ($arg_a) { proxy_pass http://api:1; } proxy_pass http://sfu:1; }", 2),
        ("location @sfu { proxy_pass http://sfu:1; }\nlocation /x { try_files $uri @sfu; }", 2),
        ("location / { proxy_pass http://sfu:1; }\nlocation /x { return 200; }", 2),
        ("location /x { proxy_pass http://$who; }\nset $who sfu:1; set $who api:1;", 3),
        ("location /x { proxy_pass http://example.com:4001; }", 2),
        ("location /x { proxy_pass http://both; }\n} upstream both { server sfu:1; server api:1;", 3),
        ("{% if x %}\nlocation /x { proxy_pass http://sfu:1; }\n{% endif %}", 3),
    ],
)
def test_a_route_that_also_leads_elsewhere_is_listed_and_not_edited(
    tmp_path: Path, body: str, line: int
) -> None:
    before = f"server {{\n{body}\n}}\n"
    work = cleaned(tmp_path, {"nginx/site.conf": before})
    assert text(work, "nginx/site.conf") == before
    assert [(file, number) for file, number, _ in left(work)] == [("nginx/site.conf", line)]


def test_a_port_that_something_still_names_is_no_proof(tmp_path: Path) -> None:
    rest = "  location / { return 200; }\n}\n"
    nginx = "server {\n  location /rt {\n    proxy_pass http://localhost:4001;\n  }\n" + rest
    kept = cleaned(tmp_path / "kept", {"nginx.conf": nginx, "src/server.ts": "app.listen(4001);\n"})
    assert text(kept, "nginx.conf") == nginx
    assert left(kept) == [("nginx.conf", 3, "leads to 4001, which nothing answers any more")]
    gone = cleaned(tmp_path / "gone", {"nginx.conf": nginx, "src/server.ts": "app.listen(14001);\n"})
    assert text(gone, "nginx.conf") == "server {\n" + rest


def test_variables_of_a_template_lead_where_compose_says(tmp_path: Path) -> None:
    route = "  location /rt { proxy_pass http://${RT_HOST}:${RT_PORT}; }\n"
    site = f"server {{\n{route}  location / {{ return 200; }}\n}}\n"
    for host, gone in (("sfu", True), ("api", False)):
        proxy = f'  nginx:\n    image: nginx\n    environment: {{RT_HOST: {host}, RT_PORT: "4443"}}\n'
        files = {"compose.yml": COMPOSE + proxy, "nginx/default.conf.template": site}
        work = work_of(tmp_path / host, files)
        plan_yaml_files(work, PORTS)
        plan_proxies(work, PORTS)
        assert (text(work, "nginx/default.conf.template") != site) is gone
    maybe = (
        COMPOSE + "  nginx:\n    image: nginx\n    environment: {RT_HOST: '${HOST:-api}', RT_PORT: '4443'}\n"
    )
    files = {"compose.yml": maybe, ".env.example": "RT_HOST=sfu\n", "nginx/default.conf.template": site}
    kept = work_of(tmp_path / "maybe", files)
    plan_yaml_files(kept, PORTS)
    plan_proxies(kept, PORTS)
    assert text(kept, "nginx/default.conf.template") == site
    unknown = cleaned(tmp_path / "unknown", {"nginx/default.conf.template": site})
    assert text(unknown, "nginx/default.conf.template") == site


def test_a_file_of_which_nothing_is_left_goes_unless_another_names_it(tmp_path: Path) -> None:
    site = "# the SFU\nserver {\n  server_name sfu.test;\n  location / { proxy_pass http://sfu:4443; }\n}\n"
    work = cleaned(tmp_path / "a", {"conf.d/sfu.conf": site})
    assert work.removed == ["conf.d/sfu.conf"]
    files = {"conf.d/sfu.conf": site, "Dockerfile": "FROM nginx\nCOPY conf.d/sfu.conf /etc/nginx/conf.d/\n"}
    named = cleaned(tmp_path / "b", files)
    assert named.removed == []
    assert text(named, "conf.d/sfu.conf").strip() == ""


def test_an_upstream_of_another_file_goes_with_its_last_user(tmp_path: Path) -> None:
    upstreams = "upstream rt { server sfu:4443; }\nupstream api { server api:4000; }\n"
    site = "server {\n  location /rt { proxy_pass http://rt; }\n  location / { proxy_pass http://api; }\n}\n"
    work = cleaned(tmp_path, {"conf.d/upstreams.conf": upstreams, "conf.d/site.conf": site})
    assert text(work, "conf.d/upstreams.conf") == "upstream api { server api:4000; }\n"
    assert text(work, "conf.d/site.conf") == "server {\n  location / { proxy_pass http://api; }\n}\n"
    other = "server {\n  location /a { proxy_pass http://rt; root /x; }\n}\n"
    held = cleaned(tmp_path / "held", {"conf.d/upstreams.conf": upstreams, "conf.d/other.conf": other})
    assert text(held, "conf.d/upstreams.conf") == upstreams, "nginx would not start without it"


def test_a_middleware_that_a_label_names_stays(tmp_path: Path) -> None:
    before = (FIXTURES / "traefik.yml").read_text()
    labels = 'services:\n  web:\n    labels: ["traefik.http.routers.w.middlewares=strip-sfu@file"]\n'
    work = cleaned(tmp_path, {"dynamic.yml": before, "compose.web.yml": labels})
    assert "strip-sfu:\n" in text(work, "dynamic.yml")
    assert "service: sfu" not in text(work, "dynamic.yml")


def test_routes_stay_where_the_rule_is_not_wanted(tmp_path: Path) -> None:
    before = (FIXTURES / "haproxy.cfg").read_text()
    work = work_of(tmp_path, {"compose.yml": COMPOSE, "haproxy.cfg": before})
    work.chosen = replace(work.chosen, skip=frozenset({"services.route"}))
    plan_yaml_files(work, PORTS)
    plan_proxies(work, PORTS)
    assert text(work, "haproxy.cfg") == before
    assert ("services.proxy", "haproxy.cfg") in rules(work, done=False)


DEFAULTS = "defaults\n    mode http\n\n"
SFU = "backend sfu\n    server s sfu:4443\n\nbackend api\n    server a api:1\n"


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("haproxy.cfg", "frontend f\n    use_backend api if x\n    default_backend sfu\n\n" + SFU, 6),
        ("haproxy.cfg", "frontend f\n    use_backend %[path,lower]\n    default_backend api\n\n" + SFU, 8),
        (
            "haproxy.cfg",
            "frontend f\n    default_backend b\n\nbackend b\n    server a sfu:1\n    server b api:1\n",
            7,
        ),
        (
            "haproxy.cfg",
            "frontend f\n    default_backend b\n\nbackend b\n    server a sfu:1\n    redirect prefix /x\n",
            7,
        ),
        ("Caddyfile", "a.test {\n\treverse_proxy /x/* sfu:1 api:1\n}\n", 2),
        ("Caddyfile", "a.test {\n\treverse_proxy /x/* {\n\t\tto sfu:1\n\t\tdynamic srv x\n\t}\n}\n", 2),
        ("Caddyfile", "a.test {\n\thandle /x/* {\n\t\treverse_proxy sfu:1\n\t\tfile_server\n\t}\n}\n", 3),
        ("Caddyfile", "a.test {\n\treverse_proxy sfu:1\n\trespond /health 200\n}\n", 2),
        ("Caddyfile", "a.test\nreverse_proxy sfu:1\n", 1),
        ("Caddyfile", "a.test {\n\timport elsewhere\n\treverse_proxy sfu:1\n}\n", 3),
    ],
)
def test_what_other_proxies_also_lead_to_stays(tmp_path: Path, name: str, content: str, line: int) -> None:
    before = DEFAULTS + content if name == "haproxy.cfg" else content
    work = cleaned(tmp_path, {name: before})
    assert text(work, name) == before
    assert line in [number for _, number, _ in left(work)]


def test_names_of_kubernetes_services_are_known_in_full(tmp_path: Path) -> None:
    site = "server {{\n  location /x {{ proxy_pass http://{}:1; }}\n  location / {{ return 200; }}\n}}\n"
    for host, goes in (("mediasoup.calls.svc.cluster.local", True), ("mediasoup.example.com", False)):
        work = work_of(tmp_path / host, {"nginx.conf": site.format(host)})
        plan_proxies(work, PORTS)
        assert ("nginx.conf" in work.after) is goes
    held = work_of(tmp_path / "held", {"nginx.conf": site.format("mediasoup")})
    held.still = ["mediasoup"]
    plan_proxies(held, PORTS)
    assert held.after == {}, "while code uses it, its routes stay"
