"""Packages of somebody else's, as `pip` leaves them in a folder that Python looks into."""

from __future__ import annotations

import importlib
import sys


def install(folder, name, files, *, provider="", leads_to="", version="1.0"):
    """Write a package that may say that it has a provider; what was imported of it before is forgotten."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
        sys.modules.pop(path.removesuffix(".py").replace("/", ".").removesuffix(".__init__"), None)
    about = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if provider:
        (about / "entry_points.txt").write_text(f"[dialer.providers]\n{provider} = {leads_to}\n")
    importlib.invalidate_caches()
