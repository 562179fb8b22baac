"""A task for Windows' Task Scheduler."""

from __future__ import annotations

import re
from datetime import datetime
from subprocess import list2cmdline
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from dialer.errors import SetupError
from dialer.reports.schedule.night import DAYS, refuse_controls

if TYPE_CHECKING:
    from dialer.reports.schedule.night import Night

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SETTINGS = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "StartWhenAvailable": "true",  # a missed start is made up for once
    "WakeToRun": "true",
    "ExecutionTimeLimit": "PT0S",  # none: otherwise it is killed after three days
}


def task(night: Night) -> str:
    """Write the task; it has no RestartOnFailure, for nothing is tried again blindly.

    It has no XML declaration either: whoever reads it then goes by its bytes, as they were saved. Raises SetupError for
    a path that Task Scheduler would read otherwise.
    """
    words = night.command("--ledger", str(night.ledger), "--quiet")
    refuse_controls("Task Scheduler", *words)
    if wrong := next((word for word in words if re.search("%[^%]+%", word)), None):
        raise SetupError(f"Task Scheduler would put a variable of the environment into {wrong}: rename it")
    root = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    about = ET.SubElement(root, "RegistrationInfo")
    ET.SubElement(about, "Description").text = _description(night)
    ET.SubElement(about, "URI").text = f"\\{night.name}"
    trigger = ET.SubElement(ET.SubElement(root, "Triggers"), "CalendarTrigger")
    ET.SubElement(trigger, "StartBoundary").text = datetime.combine(night.today, night.at).isoformat()
    _add_days(trigger, night)
    principal = ET.SubElement(ET.SubElement(root, "Principals"), "Principal", {"id": "Author"})
    if night.user:
        ET.SubElement(principal, "UserId").text = night.user
    ET.SubElement(principal, "LogonType").text = "S4U"  # whether somebody has logged on or not, without a password
    ET.SubElement(principal, "RunLevel").text = "LeastPrivilege"
    settings = ET.SubElement(root, "Settings")
    for name, value in _SETTINGS.items():
        ET.SubElement(settings, name).text = value
    action = ET.SubElement(ET.SubElement(root, "Actions", {"Context": "Author"}), "Exec")
    ET.SubElement(action, "Command").text = words[0]
    ET.SubElement(action, "Arguments").text = list2cmdline(words[1:])
    ET.SubElement(action, "WorkingDirectory").text = str(night.file.parent)
    ET.indent(root)
    return f"{ET.tostring(root, encoding='unicode')}\n"


def _add_days(trigger: ET.Element, night: Night) -> None:
    if not night.days:
        ET.SubElement(ET.SubElement(trigger, "ScheduleByDay"), "DaysInterval").text = "1"
        return
    by_week = ET.SubElement(trigger, "ScheduleByWeek")
    ET.SubElement(by_week, "WeeksInterval").text = "1"
    days = ET.SubElement(by_week, "DaysOfWeek")
    for day in night.days:
        ET.SubElement(days, _NAMES[DAYS.index(day)])


def _description(night: Night) -> str:
    lacks = f", which lacks {', '.join(night.missing)}" if night.missing else ""
    return " ".join(
        [
            f"The campaign {night.campaign}: {night.when}.",
            f"Settings are read from {night.file.parent / '.env'}{lacks}.",
            *(
                [f"Task Scheduler goes by the clock of the machine: its zone has to be {night.zone}."]
                if night.zone
                else []
            ),
            f"Put it in place with: schtasks /create /tn {night.name} /xml FILE",
        ]
    )
