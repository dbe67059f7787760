"""Across compose and Kubernetes: what they set is read, what they start is there."""

from __future__ import annotations

import re
import shlex
from typing import Any

import kubernetes_validate
import pytest
import yaml

from ops.local.kafka import PROPERTIES
from ops.local.postgres import CONFIGURATION
from ops.local.security import broker_account, broker_settings
from ops.operating.dashboards import FOLDER
from tests.test_house import ROOT, committed
from tests.unit.ops.operating.test_dashboards import is_verb

KUBERNETES = FOLDER / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
KUSTOMIZATION: dict[str, Any] = yaml.safe_load(
    (KUBERNETES / "kustomization.yaml").read_text("utf-8")
)
OWN = [name for name in COMPOSE["services"] if name not in ("kafka", "postgres")]
RESOURCES: list[dict[str, Any]] = [
    resource
    for name in KUSTOMIZATION["resources"]
    for resource in yaml.safe_load_all((KUBERNETES / name).read_text("utf-8"))
]
PODS = [
    each["spec"]["template"]["spec"] for each in RESOURCES if "template" in each.get("spec", {})
]
CONTAINERS = [container for pod in PODS for container in pod["containers"]]


def settings_read() -> set[str]:
    """Give every setting that the product reads."""
    sources = [p for p in committed() if p.suffix == ".py" and not p.is_relative_to(ROOT / "tests")]
    return {
        name for p in sources for name in re.findall(r'"(CREDIT_LEDGER_\w+)"', p.read_text("utf-8"))
    }


def as_property(name: str) -> str:
    """Give the broker's property that a variable of its image sets."""
    text = name.removeprefix("KAFKA_").lower()
    return text.replace("___", "-").replace("_", ".")


@pytest.mark.parametrize("name", OWN)
def test_compose_starts_what_there_is_with_settings_that_are_read(name: str) -> None:
    service = COMPOSE["services"][name]
    is_verb(shlex.join(service["command"]))
    assert set(service["environment"]) <= settings_read()
    assert (ROOT / service["build"]["dockerfile"]).exists()


def test_compose_brings_the_whole() -> None:
    started = {COMPOSE["services"][name]["command"][0] for name in OWN}
    assert started == {"up", "worker", "serve"}


def test_the_broker_of_compose_is_set_as_the_local_one() -> None:
    local = dict(
        line.split("=", 1) for line in PROPERTIES.splitlines() if "=" in line and line[0] != "#"
    )
    local.update(broker_settings(broker_account("127.0.0.1:9092")))
    compose = {
        as_property(name): str(value)
        for name, value in COMPOSE["services"]["kafka"]["environment"].items()
        if name.startswith("KAFKA_") and name != "KAFKA_HEAP_OPTS"
    }
    about_itself = {
        "node.id", "controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs",
    }  # fmt: skip
    secrets = {name for name in local if name.endswith("jaas.config")}
    assert secrets <= {name.replace("-", "-") for name in compose}
    differ = {
        name: (value, local.get(name))
        for name, value in compose.items()
        if name not in about_itself | secrets and value.lower() != str(local.get(name)).lower()
    }
    assert differ == {}
    of_two_cores = re.compile(r"num\.|\.threads|cleaner|session|heartbeat|partitions|share")
    left_out = {n for n in local if n not in compose and not of_two_cores.search(n)}
    assert left_out == set()


def test_the_database_of_compose_is_set_as_the_local_one() -> None:
    given = dict(re.findall(r"-c (\w+)=(\S+)", COMPOSE["services"]["postgres"]["command"]))
    for name, value in given.items():
        if name != "shared_buffers":
            assert re.search(rf"^{name} = {re.escape(value)}\b", CONFIGURATION, re.MULTILINE), name


@pytest.mark.parametrize(
    "resource", RESOURCES, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}"
)
def test_a_manifest_is_what_kubernetes_takes(resource: Any) -> None:
    kubernetes_validate.validate(resource, "1.33", strict=True)


def test_the_kustomization_names_every_manifest() -> None:
    files = {file.name for file in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(KUSTOMIZATION["resources"]) == files


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda each: each["name"])
def test_a_container_starts_what_there_is_with_settings_that_are_read(container: Any) -> None:
    is_verb(shlex.join(container["args"]))
    assert {each["name"] for each in container["env"]} <= settings_read()
    assert container["securityContext"]["readOnlyRootFilesystem"]
    mounts = {mount["name"] for mount in container["volumeMounts"]}
    (pod,) = [pod for pod in PODS if container in pod["containers"]]
    assert mounts == {volume["name"] for volume in pod["volumes"]}


def test_each_role_of_a_worker_has_its_deployment() -> None:
    from ops.worker import ROLES  # noqa: PLC0415 - only here

    started = {
        c["args"][c["args"].index("--role") + 1] for c in CONTAINERS if "--role" in c["args"]
    }
    assert started == set(ROLES)


def test_what_is_set_for_all_is_read() -> None:
    (settings,) = [each for each in RESOURCES if each["kind"] == "ConfigMap"]
    assert set(settings["data"]) <= settings_read()


def test_the_image_takes_what_there_is() -> None:
    text = (FOLDER / "Containerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists(), name
