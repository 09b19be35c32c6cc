"""docker-compose.yml keeps its promises: pinned images, only the proxy published, no secret, everything watched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from server import cli
from server.settings import LANES, Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_every_part_is_there() -> None:
    assert {"api", "worker", "gpu-worker", "migrate", "postgres", "redis", "store", "proxy"} == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.match(r"\d+\.\d+", tag), f"{name}: {tag} is not a version"


def test_only_the_proxy_is_published() -> None:
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]


def test_secrets_come_from_the_environment() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|ACCESS_KEY|TOKEN", key):
                assert str(value).startswith("${"), f"{name}.{key} is written down"
        assert not re.search(r"--requirepass [^$]|:[^/$@{}]+@", " ".join(map(str, service.get("command", []))))


def test_the_environment_s_example_names_every_value_and_sets_no_secret() -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    lines = [line for line in (ROOT / "deploy/env.example").read_text().splitlines() if line and line[0] != "#"]
    values = dict(line.split("=", 1) for line in lines)
    assert wanted <= set(values)
    assert all(not values[name] for name in wanted)


OURS = ("migrate", "api", "worker", "gpu-worker")
LONG = [name for name in SERVICES if name != "migrate"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_is_bounded_and_starts_again(name: str) -> None:
    service = SERVICES[name]
    assert service["deploy"]["resources"]["limits"].keys() >= {"cpus", "memory"}
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", LONG)
def test_each_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL") and check["timeout"] and check["retries"]


def test_what_is_waited_for_can_be_told() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            wanted = how["condition"]
            assert wanted == ("service_completed_successfully" if other == "migrate" else "service_healthy"), name


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_closed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(volume.endswith(":/data") for volume in service["volumes"])


def test_stores_are_not_on_a_network_that_leads_outside() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis", "store"):
        assert SERVICES[name]["networks"] == ["inside"], name
    assert SERVICES["proxy"]["networks"] == ["outside"]


@pytest.mark.parametrize("name", OURS)
def test_our_commands_and_settings_are_the_program_s(name: str) -> None:
    program, command, *options = SERVICES[name]["command"]
    cli._load_commands()
    commands = getattr(get_command(cli.app), "commands", {})
    known = {option for parameter in commands[command].params for option in parameter.opts}
    assert program == "vidgrain" and {option for option in options if option.startswith("--")} <= known
    own = {f"VIDGRAIN_{field.upper()}" for field in Settings.model_fields} | {"FORWARDED_ALLOW_IPS"}
    assert set(SERVICES[name]["environment"]) <= own


def test_somebody_serves_every_lane() -> None:
    for names in (("worker", "gpu-worker"),):
        commands = [SERVICES[name]["command"] for name in names]
        served = {lane for words in commands for lane in words[words.index("--lanes") + 1].split(",")}
        assert served == set(LANES)


def test_the_settings_together_may_start() -> None:
    values = {"VIDGRAIN_HOST": "annotate.example.org", "VIDGRAIN_PROPAGATOR": "flow"}

    def filled(text: str) -> str:
        return re.sub(r"\$\{(\w+)[^}]*\}", lambda m: values.get(m[1], "kR8vq2Zt0yLwX5mN7bC1dF4gH6jP9sQe-uA3"), text)

    for name in OURS:
        given = {key: filled(str(value)) for key, value in SERVICES[name]["environment"].items()}
        known = {key.removeprefix("VIDGRAIN_").lower(): value for key, value in given.items() if "VIDGRAIN_" in key}
        Settings(**known).check()


def test_the_proxy_keeps_metrics_inside_and_streams_flowing() -> None:
    caddy = (ROOT / "deploy/Caddyfile").read_text()
    assert "/api/metrics" in caddy and "404" in caddy and "flush_interval -1" in caddy


def test_the_image_s_base_is_a_version_and_it_does_not_run_as_root() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text().splitlines()
    [base] = [line.partition("=")[2] for line in lines if line.startswith("ARG BASE=")]
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base)
    assert {line.split()[1] for line in lines if line.startswith("FROM")} == {"${BASE}", "serve"}
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 10001"
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]}
    assert all((ROOT / name).exists() for name in copied), copied
