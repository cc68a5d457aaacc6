"""What deploys Wenda says what it means: by the linters and schemas of each format, and by Wenda's own names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import promql_parser
import pytest
import yaml
from compose_spec import PyCompose

from app.api.metrics import Metrics
from app.settings import Settings
from tests.unit.test_settings import settings_of

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
KUBERNETES = sorted(path for path in (DEPLOY / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"][0]["rules"]
RELEASE = "1.33"  # of Kubernetes
SETTINGS = {name for name, _ in settings_of(Settings(_env_file=None))}


def objects() -> list[dict[str, Any]]:
    return [found for path in KUBERNETES for found in yaml.safe_load_all(path.read_text())]


def workloads() -> list[dict[str, Any]]:
    return [found for found in objects() if found["kind"] in ("Deployment", "StatefulSet")]


def images() -> Iterator[str]:
    for line in (DEPLOY / "Dockerfile").read_text().splitlines():
        if line.startswith("FROM ") and ":" in line:
            yield line.split()[1]
    yield from (service["image"] for service in COMPOSE["services"].values())
    for found in workloads():
        yield from (container["image"] for container in found["spec"]["template"]["spec"]["containers"])


def test_the_dockerfile_passes_its_linter_and_ends_without_root() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    linted = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")
    text = (DEPLOY / "Dockerfile").read_text()
    for stage in ("service", "tools"):
        body = text.split(f" AS {stage}\n")[1].split("\nFROM ")[0]
        assert re.findall(r"^USER (\S+)$", body, re.MULTILINE)[-1] == "10001:10001"
    installs = [line for line in text.replace("\\\n", " ").splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert installs[0].count("--require-hashes") == installs[0].count("pip install")


def test_every_image_has_a_version_and_names_no_registry() -> None:
    found = set(images())
    assert len(found) > 8
    for image in found:
        name, _, tag = image.partition(":")
        assert re.match(r"v?\d+\.\d+", tag), image
        assert "." not in name.split("/")[0], image


def test_the_compose_file_is_one_and_its_secrets_come_from_the_env_file_alone() -> None:
    # As Compose reads it: variables in their places, merges made (the parser knows no `<<`).
    filled = re.sub(r"\$\{\w+:\?\}", "/some/value", json.dumps(COMPOSE))
    PyCompose.from_yaml(filled).validate()
    services = COMPOSE["services"]
    assert {"app", "proxy", "vllm", "qdrant", "postgres", "prometheus", "grafana"} <= services.keys()
    assert services["app"]["deploy"]["replicas"] == 2
    for name, service in services.items():
        assert "healthcheck" in service or "profiles" in service, name
    asked = set(re.findall(r"\$\{(\w+):\?\}", (DEPLOY / "compose.yaml").read_text()))
    assert not re.search(r"(?<!\$)\$\{\w+[^:\w]", (DEPLOY / "compose.yaml").read_text()), "a variable may be missing"
    example = (DEPLOY / "compose.env.example").read_text()
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == asked, "each is asked for, and none has a value"
    for service in ("app", "backup"):
        assert services[service]["environment"].keys() <= SETTINGS


@pytest.mark.parametrize("path", KUBERNETES, ids=lambda path: path.stem)
def test_the_manifests_are_what_kubernetes_expects(path: Path) -> None:
    for found in yaml.safe_load_all(path.read_text()):
        kubernetes_validate.validate(found, RELEASE, strict=True)


def test_every_workload_is_probed_limited_locked_down_and_kept_through_a_drain() -> None:
    budgets = [b["spec"]["selector"]["matchLabels"] for b in objects() if b["kind"] == "PodDisruptionBudget"]
    assert len(workloads()) == 3
    for found in workloads():
        template = found["spec"]["template"]
        assert found["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
        assert any(budget.items() <= template["metadata"]["labels"].items() for budget in budgets), found["metadata"]
        for container in template["spec"]["containers"]:
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), container["name"]
            assert {"cpu", "memory"} <= container["resources"]["limits"].keys()
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
    [app] = [found for found in workloads() if found["metadata"]["name"] == "app"]
    [container] = app["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_the_manifests_belong_together() -> None:
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    assert {*kustomization["resources"], "secret.example.yaml"} == {path.name for path in KUBERNETES}
    config, secret = ({}, {})
    for found in objects():
        if found["kind"] == "ConfigMap":
            config = found["data"]
        if found["kind"] == "Secret":
            secret = found["stringData"]
    assert {*config, *secret} <= SETTINGS
    assert not any(secret.values()), "an example has no secrets"
    assert int(config["WENDA_QDRANT__REPLICATION_FACTOR"]) >= 2
    text = "".join(path.read_text() for path in KUBERNETES)
    assert set(re.findall(r"secretKeyRef: \{name: wenda, key: (\w+)\}", text)) <= secret.keys()
    denied = [p for p in objects() if p["kind"] == "NetworkPolicy" and p["spec"] == _NOTHING]
    assert len(denied) == 1
    claims = {found["metadata"]["name"] for found in objects() if found["kind"] == "PersistentVolumeClaim"}
    assert set(re.findall(r"claimName: (\w+)", text)) == claims
    scaled = [found["spec"]["scaleTargetRef"]["name"] for found in objects() if "Autoscaler" in found["kind"]]
    assert scaled == ["app"]


_NOTHING = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def exported(tmp_path: Path) -> dict[str, set[str]]:
    """The names of the labels by the name of the sample, of everything the service exports."""
    metrics = Metrics()
    metrics.request("GET", "/v1/search", 200, 0.1)
    verdict = {"side": "input", "action": "refuse", "reason": "r", "rule_ids": ["a"]}
    metrics.turn("handed_off", "r", "vllm", {"first_sentence": 1.0}, verdicts=[verdict], failures=["slow"])
    metrics.tokens(1, 1)
    metrics.parts({"model": True})
    metrics.work_waiting({}, {})
    metrics.disk(tmp_path)
    samples = [sample for family in metrics.registry.collect() for sample in family.samples]
    told = {sample.name: set(sample.labels) for sample in samples if not sample.name.endswith("_created")}
    return told | {"up": set()}


def selected(expression: str) -> list[Any]:
    """Every series an expression asks for. Raises ValueError when it is no PromQL."""
    found: list[Any] = []

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        elif isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    return found


def expressions() -> Iterator[tuple[str, str]]:
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    dashboard = json.loads((DEPLOY / "grafana" / "wenda.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m")


def test_alerts_and_panels_ask_for_what_is_exported_by_labels_that_it_has(tmp_path: Path) -> None:
    known, asked = exported(tmp_path), set()
    for title, expression in expressions():
        series = selected(expression)
        assert series, title
        for one in series:
            assert one.name in known, f"{title}: {one.name}"
            used = {matcher.name for matcher in one.matchers.matchers} - {"job", "instance"}
            assert used <= known[one.name], f"{title}: {one.name} has no {used - known[one.name]}"
            asked.add(re.sub(r"_(bucket|count|sum)$", "", one.name))
    ours = {re.sub(r"_(bucket|count|sum)$", "", name) for name in known if name.startswith("wenda_")}
    assert asked >= ours, f"nobody looks at {ours - asked}"


def test_prometheus_reads_the_alerts_and_scrapes_the_service() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())
    assert config["rule_files"] == ["alerts.yaml"]
    assert {job["job_name"] for job in config["scrape_configs"]} == {"wenda", "vllm"}


def test_the_runbook_has_every_alert_and_of_each_what_one_needs_to_know() -> None:
    runbook = (DEPLOY / "runbook.md").read_text()
    sections = dict(re.findall(r"^## (\d+\. Wenda\w+)\n(.*?)(?=^## |\Z)", runbook, re.MULTILINE | re.DOTALL))
    assert {title.split(". ")[1] for title in sections} == {rule["alert"] for rule in ALERTS}
    assert len(sections) >= 10
    anchors = {title.lower().replace(". ", "-") for title in sections}
    for rule in ALERTS:
        assert rule["annotations"]["runbook"].split("#")[1] in anchors
        assert rule["labels"]["severity"] in ("page", "ticket")
    for title, body in sections.items():
        for part in ("Alert", "Customers see", "Do", "Over when"):
            assert f"- **{part}:** " in body, f"{title}: {part}"


def test_every_key_that_hosts_must_share_is_a_secret_in_both_kinds_of_installation() -> None:
    """Without one of them each process would make a key of its own, in a folder that ends with it."""
    shared = {"WENDA_AUTH__SECRET", "WENDA_PRIVACY__KEY", "WENDA_AUDIT__SIGNING_KEY"}
    for service in ("app", "backup"):
        environment = COMPOSE["services"][service]["environment"]
        assert {name: environment[name] for name in shared} == {
            name: f"${{{name.replace('__', '_')}:?}}" for name in shared
        }
    [app] = [found for found in workloads() if found["metadata"]["name"] == "app"]
    [container] = app["spec"]["template"]["spec"]["containers"]
    from_secret = {one["name"] for one in container["env"] if one["valueFrom"]["secretKeyRef"]["name"] == "wenda"}
    assert shared <= from_secret
    [config] = [
        found["data"] for found in objects() if found["kind"] == "ConfigMap" and "WENDA_BANK__NAME" in found["data"]
    ]
    assert shared.isdisjoint(config)
