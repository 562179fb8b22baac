"""A CronJob for Kubernetes, and the volume that it keeps its ledger on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dialer.errors import SetupError
from dialer.reports.schedule.night import DAYS, FINE, refuse_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.reports.schedule.night import Night

DATA = "/data"
"""Where the volume is: the ledger, and beside it the folders of campaigns and lists."""

_SECRETS = "/run/secrets/dialer"
_USER = 10_001  #: above the numbers that a distribution gives to its own
_VOLUME = "dialer"  #: for every campaign: caps and the do-not-call list are those of a ledger
_SIZE = "10Gi"  #: a night of 50,000 rows takes 25 MB: a year of them fits


def cron_job(night: Night, *, image: str) -> str:
    """Write the volume and the CronJob; raises SetupError where no zone is known, for a cluster has its own."""
    if night.zone is None:
        raise SetupError("a cluster has a clock of its own: name a zone with --timezone, or as [hours] timezone")
    refuse_controls("Kubernetes", image, night.campaign, *night.command())
    return "---\n".join("\n".join(part) + "\n" for part in (_head(night), _yaml(_volume()), _yaml(_job(night, image))))


def _head(night: Night) -> Iterator[str]:
    folder = f"{DATA}/{night.file.parent.name}".rstrip("/")
    yield f"# The campaign {night.campaign}: {night.when}."
    yield f"# The campaign ({folder}/{night.file.name}), its lists and the ledger lie on the volume {_VOLUME},"
    yield f"# mounted as {DATA}. It must not be NFS: the ledger is locked by the one process that dials from it."
    yield "# Settings and secrets are made once:"
    if night.settings:
        names = " ".join(f"--from-literal={name}=…" for name in night.settings)
        yield f"#   kubectl create configmap {night.name} {names}"
    if night.secrets:
        names = " ".join(f"--from-file={name}=…" for name, _ in night.secrets)
        yield f"#   kubectl create secret generic {night.name} {names}"
    yield f"# A night that ended with {' or '.join(map(str, FINE))} is shown as failed though nothing was wrong."
    yield "# Nothing is begun again because of it."


def _volume() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": _VOLUME},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": _SIZE}}},
    }


def _job(night: Night, image: str) -> dict[str, Any]:
    days = ",".join(str((DAYS.index(day) + 1) % 7) for day in night.days) or "*"
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": night.name},
        "spec": {
            "schedule": f"{night.at.minute} {night.at.hour} * * {days}",
            "timeZone": night.zone,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": night.late,
            "successfulJobsHistoryLimit": 7,
            "failedJobsHistoryLimit": 7,
            "jobTemplate": {"spec": {"backoffLimit": 0, "template": {"spec": _pod(night, image)}}},
        },
    }


def _pod(night: Night, image: str) -> dict[str, Any]:
    secret = {"name": "secrets", "secret": {"secretName": night.name, "defaultMode": 0o440}}
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": night.to_stop,
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(night, image)],
        "volumes": [
            {"name": "data", "persistentVolumeClaim": {"claimName": _VOLUME}},
            {"name": "tmp", "emptyDir": {}},
            *([secret] if night.secrets else []),
        ],
    }


def _container(night: Night, image: str) -> dict[str, Any]:
    file = f"{DATA}/{night.file.parent.name}".rstrip("/") + f"/{night.file.name}"
    env = {"HOME": DATA, "DIALER_LEDGER": f"{DATA}/{night.ledger.name}"}
    env |= {f"{name}_FILE": f"{_SECRETS}/{name}" for name, _ in night.secrets}
    return {
        "name": "dialer",
        "image": image,
        # A $(NAME) in what is started would be a variable; $$ is a $.
        "command": ["dialer", "run", "-c", file.replace("$", "$$")],
        "env": [{"name": name, "value": value.replace("$", "$$")} for name, value in env.items()],
        **({"envFrom": [{"configMapRef": {"name": night.name}}]} if night.settings else {}),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": DATA},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
            *([{"name": "secrets", "mountPath": _SECRETS, "readOnly": True}] if night.secrets else []),
        ],
    }


def _yaml(value: Any, depth: int = 0) -> Iterator[str]:
    """Write mappings and lists as YAML, everything else as JSON has it, which YAML reads as it stands."""
    indent = "  " * depth
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                yield f"{indent}{key}:"
                yield from _yaml(inner, depth + 1)
            else:
                yield f"{indent}{key}: {json.dumps(inner, ensure_ascii=False)}"
        return
    for inner in value:
        if isinstance(inner, dict):
            first, *rest = _yaml(inner, depth + 1)
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {json.dumps(inner, ensure_ascii=False)}"
