"""The Kubernetes manifests fit the schemas, the strictest pod standard, and the program's settings and commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.main import get_command

from server import cli
from server.settings import LANES, Settings

FOLDER = Path(__file__).resolve().parents[2] / "deploy/kubernetes"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
CLUSTER = "1.34"
"""The oldest version that is supported: `preStop: sleep` is in it for good."""
SETTINGS = {f"VIDGRAIN_{name.upper()}" for name in Settings.model_fields}


def manifests() -> list[dict[str, Any]]:
    return [found for name in KUSTOMIZATION["resources"] for found in yaml.safe_load_all((FOLDER / name).read_text())]


def named(found: dict[str, Any]) -> str:
    return f"{found['kind']}/{found['metadata']['name']}"


RESOURCES = {named(found): found for found in manifests()}
TEMPLATES = {
    name: found["spec"]["template"] for name, found in RESOURCES.items() if "template" in found.get("spec", {})
}
PODS: dict[str, dict[str, Any]] = {name: template["spec"] for name, template in TEMPLATES.items()}
CONTAINERS = {
    f"{name}/{container['name']}": container
    for name, pod in PODS.items()
    for container in [*pod.get("initContainers", []), *pod["containers"]]
}


@pytest.mark.parametrize("name", RESOURCES)
def test_each_fits_the_cluster_s_schema(name: str) -> None:
    kubernetes_validate.validate(RESOURCES[name], CLUSTER, strict=True)


def test_the_schema_would_see_a_slip() -> None:
    slipped = {**RESOURCES["Deployment/vidgrain-api"]}
    slipped["spec"] = {**slipped["spec"], "replica": 2}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(slipped, CLUSTER, strict=True)


def test_every_file_is_listed_and_every_name_is_one() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"} == set(KUSTOMIZATION["resources"])
    assert len(RESOURCES) == len(manifests())
    kinds = {name.partition("/")[0] for name in RESOURCES}
    assert {"Deployment", "Job", "Service", "Ingress", "NetworkPolicy", "PodDisruptionBudget", "Namespace"} <= kinds
    assert set(PODS) == {
        "Deployment/vidgrain-api", "Deployment/vidgrain-worker", "Deployment/vidgrain-gpu-worker",
        "Job/vidgrain-migrate",
    }  # fmt: skip


@pytest.mark.parametrize("name", PODS)
def test_pods_keep_the_restricted_standard(name: str) -> None:
    pod = PODS[name]
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & set(pod)
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert all(set(volume) & {"emptyDir", "persistentVolumeClaim"} for volume in pod["volumes"])
    assert RESOURCES["Namespace/vidgrain"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers_are_closed_and_bounded(name: str) -> None:
    container = CONTAINERS[name]
    closed = container["securityContext"]
    assert closed["allowPrivilegeEscalation"] is False and closed["readOnlyRootFilesystem"] is True
    assert closed["capabilities"] == {"drop": ["ALL"]} and "privileged" not in closed
    assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert {"/data", "/tmp"} <= set(mounts)  # all else is read-only
    volumes = {volume["name"] for volume in PODS[name.rpartition("/")[0]]["volumes"]}
    assert set(mounts.values()) <= volumes


@pytest.mark.parametrize("name", CONTAINERS)
def test_commands_and_settings_are_the_program_s(name: str) -> None:
    container = CONTAINERS[name]
    program, command, *options = container["command"]
    cli._load_commands()
    commands = getattr(get_command(cli.app), "commands", {})
    assert program == "vidgrain" and command in commands
    known = {option for parameter in commands[command].params for option in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= known
    if "--lanes" in options:
        assert set(options[options.index("--lanes") + 1].split(",")) <= set(LANES)
    for entry in container.get("env", []):
        assert entry["name"] in SETTINGS | {"FORWARDED_ALLOW_IPS"}
    sources = [source[kind]["name"] for source in container["envFrom"] for kind in source]
    assert sources == ["vidgrain-settings", "vidgrain-secrets"]


def test_somebody_serves_every_lane() -> None:
    served = {
        lane
        for container in CONTAINERS.values()
        if "--lanes" in container["command"]
        for lane in container["command"][container["command"].index("--lanes") + 1].split(",")
    }
    assert served == set(LANES)


def test_images_are_pinned_in_one_place() -> None:
    pinned = {image["name"]: image for image in KUSTOMIZATION["images"]}
    assert {container["image"] for container in CONTAINERS.values()} == set(pinned)
    assert all(image["newTag"][0].isdigit() for image in pinned.values())


def test_long_running_ones_are_watched_and_end_in_time() -> None:
    for name in ("api", "worker", "gpu-worker"):
        pod = PODS[f"Deployment/vidgrain-{name}"]
        assert pod["containers"][0]["livenessProbe"] and pod["terminationGracePeriodSeconds"] >= 30
    api = PODS["Deployment/vidgrain-api"]["containers"][0]
    assert api["livenessProbe"]["httpGet"]["path"] == "/api/health"
    assert api["readinessProbe"]["httpGet"]["path"] == "/api/ready"
    [port] = api["ports"]
    assert port["containerPort"] == int(api["command"][api["command"].index("--port") + 1])
    [service] = RESOURCES["Service/vidgrain-api"]["spec"]["ports"]
    assert service["targetPort"] == port["name"]


def test_selectors_meet_their_pods() -> None:
    for name, found in RESOURCES.items():
        if found["kind"] == "Deployment":
            labels = found["spec"]["template"]["metadata"]["labels"]
            assert found["spec"]["selector"]["matchLabels"].items() <= labels.items(), name
    pods = [template["metadata"]["labels"] for template in TEMPLATES.values()]
    for policy in (found for found in RESOURCES.values() if found["kind"] == "NetworkPolicy"):
        wanted = policy["spec"]["podSelector"].get("matchLabels", {})
        assert any(wanted.items() <= labels.items() for labels in pods), named(policy)
    assert all(labels["vidgrain/needs"] == "stores" for labels in pods)
    closed = RESOURCES["NetworkPolicy/closed"]["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_only_the_api_is_reached_from_outside() -> None:
    [rule] = RESOURCES["Ingress/vidgrain"]["spec"]["rules"]
    backends = {path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert backends == {"vidgrain-api"} and RESOURCES["Ingress/vidgrain"]["spec"]["tls"]
    assert RESOURCES["Service/vidgrain-api"]["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_no_secret_is_written_down_and_all_are_named() -> None:
    assert not any(name.startswith("Secret/") for name in RESOURCES) and "secretGenerator" not in KUSTOMIZATION
    lines = [line for line in (FOLDER / "secrets.example").read_text().splitlines() if line and line[0] != "#"]
    secrets = dict(line.split("=", 1) for line in lines)
    assert not any(secrets.values())
    [generated] = KUSTOMIZATION["configMapGenerator"]
    settings = dict(line.split("=", 1) for line in generated["literals"])
    assert set(settings) | set(secrets) <= SETTINGS and not set(settings) & set(secrets)
    # Together they are a site that may start.
    filled = {
        "VIDGRAIN_SECRET": "kR8vq2Zt0yLwX5mN7bC1dF4gH6jP9sQe-uA3",
        "VIDGRAIN_DATABASE_URL": "postgresql+psycopg://vidgrain:kR8vq2Zt0yLw@db.example.org/vidgrain",
        "VIDGRAIN_REDIS_URL": "rediss://:kR8vq2Zt0yLw@redis.example.org:6379/0",
        "VIDGRAIN_S3_ACCESS_KEY": "AKvq2Zt0yLw",
        "VIDGRAIN_S3_SECRET_KEY": "kR8vq2Zt0yLwX5mN7bC1",
        "VIDGRAIN_METRICS_TOKEN": "kR8vq2Zt0yLwX5mN7bC1",
    }
    assert set(filled) == set(secrets)
    given = {name.removeprefix("VIDGRAIN_").lower(): value for name, value in (settings | filled).items()}
    Settings(**given).check()
