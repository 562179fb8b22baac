"""A service and a timer for systemd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.reports.schedule.night import FINE, refuse_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.reports.schedule.night import Night

FOLDER = "/etc/dialer"
"""Where settings and secrets are kept, for root alone: systemd hands them over."""

_HARDENING = (
    *("NoNewPrivileges=yes", "CapabilityBoundingSet=", "PrivateDevices=yes", "ProtectSystem=full"),
    *("ProtectClock=yes", "ProtectHostname=yes", "ProtectControlGroups=yes", "ProtectKernelLogs=yes"),
    *("ProtectKernelModules=yes", "ProtectKernelTunables=yes", "ProtectProc=invisible", "LockPersonality=yes"),
    *("RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictNamespaces=yes", "RestrictRealtime=yes"),
    *("RestrictSUIDSGID=yes", "SystemCallArchitectures=native", "SystemCallFilter=@system-service", "UMask=0077"),
)


def units(night: Night) -> dict[str, str]:
    """Write the unit files by their names; raises SetupError for a path that systemd cannot be told."""
    return {f"{night.name}.service": "\n".join(_service(night)), f"{night.name}.timer": "\n".join(_timer(night))}


def as_text(night: Night) -> str:
    """Write both units, with how they are put in place."""
    files = units(night)
    first = (
        f"# The campaign {night.campaign}: {night.when}.",
        "# Put each of the two files into its place. Then, as root:",
        *_preparation(night),
        f"#   systemctl daemon-reload && systemctl enable --now {night.name}.timer",
        f"# When is the next night: systemctl list-timers {night.name}.timer",
        f"# How was the last: journalctl -u {night.name}.service",
    )
    bodies = (f"# /etc/systemd/system/{name}\n{text}" for name, text in files.items())
    return "\n".join([*first, "", *bodies])


def _preparation(night: Night) -> Iterator[str]:
    made = [f"{FOLDER}/{name}" for name, file in night.secrets if file is None]
    yield f"#   install -d -m 700 {FOLDER}"
    for path in made:
        yield f"#   install -m 600 /dev/stdin {path}      # type the secret, then Ctrl-D"
    if night.settings:
        yield f"#   install -m 600 /dev/stdin {_settings_file(night)}      # a line each:"
        yield from (f"#     {name}=…" for name in night.settings)


def _settings_file(night: Night) -> str:
    return f"{FOLDER}/{night.name}.env"


def _service(night: Night) -> Iterator[str]:
    refuse_controls("systemd", night.user, str(night.ledger), *night.command())
    yield from (
        "[Unit]",
        f"Description=dialer: {_specifiers(night.campaign)}",
        "Wants=network-online.target",
        "After=network-online.target time-sync.target",
        "",
        "[Service]",
        "# A unit that is active is not started a second time, and oneshot has no limit on how long a night may take.",
        "Type=oneshot",
    )
    if night.user:
        yield f"User={night.user}"
    yield f"ExecStart={' '.join(map(in_command, night.command()))}"
    yield f"Environment={in_environment(f'DIALER_LEDGER={night.ledger}')}"
    yield f"EnvironmentFile=-{_settings_file(night)}"
    for name, file in night.secrets:
        yield f"LoadCredential={name}:{_specifiers(str(file or f'{FOLDER}/{name}'))}"
        yield f"Environment={name}_FILE=%d/{name}"
    yield from (
        f"# Nothing was wrong where it ended with {' or '.join(map(str, FINE))}. Nothing is tried again blindly.",
        f"SuccessExitStatus={' '.join(map(str, FINE))}",
        "Restart=no",
        "# Told to stop, it waits for the answers to open calls and writes the results.",
        "KillMode=mixed",
        f"TimeoutStopSec={night.to_stop}",
        *_HARDENING,
        "",
    )


def _timer(night: Night) -> Iterator[str]:
    refuse_controls("systemd", night.campaign)
    yield from (
        "[Unit]",
        f"Description=Starts the campaign {_specifiers(night.campaign)}",
        "",
        "[Timer]",
        f"OnCalendar={calendar(night)}",
        "# To the second: a start that comes earlier than the day before would find everybody rung too recently.",
        "AccuracySec=1s",
        "# A night on which the machine was off is made up for once, when it is on again. Calling hours hold,",
        f"# and {_too_late(night)}.",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
        "",
    )


def _too_late(night: Night) -> str:
    return f"{night.until:%H:%M} is too late" if night.until else "[run] not_after says from when on it is too late"


def calendar(night: Night) -> str:
    """Write when it is as OnCalendar has it."""
    days = [f"{','.join(day.capitalize() for day in night.days)}"] if night.days else []
    return " ".join([*days, "*-*-*", f"{night.at:%H:%M:%S}", *([night.zone] if night.zone else [])])


def in_command(word: str) -> str:
    """Write a word of ExecStart: quoted, with no specifier and no variable in it."""
    return _quoted(word.replace("$", "$$"))


def in_environment(assignment: str) -> str:
    """Write an assignment of Environment, in which a $ is a $."""
    return _quoted(assignment)


def _quoted(word: str) -> str:
    return '"' + _specifiers(word).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")
