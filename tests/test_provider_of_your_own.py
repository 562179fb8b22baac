"""The package that the documentation shows is written, installed, held to the contract and dialled with."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import tomllib
from contextlib import contextmanager
from dataclasses import fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from other_packages import install
from test_docs_examples import matches

from dialer.providers.contract import Dialect

pytest_plugins = ("commands",)

PAGE = (Path(__file__).parents[1] / "docs" / "another-provider.md").read_text("utf-8")
FILES = dict(re.findall(r"^```(?:toml|python) (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
ANN, BOB, EVE = "+12125550101", "+12125550102", "+12125550103"
KEY = "s3cret-of-acme-0815"


class Acme(BaseHTTPRequestHandler):
    """Takes calls as the page says: Ann talks, Bob is busy, and Eve may not be called."""

    protocol_version = "HTTP/1.1"
    heard: list[dict[str, object]]

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._say(401, message="who are you?")
        elif asked["to"] == EVE:
            self._say(422, code="not_allowed", message="This number may not be called")
        else:
            self.heard.append(asked)
            self._say(201, id=f"c-{asked['to'][1:]}", status="queued")

    def do_GET(self):
        self._say(200, status="completed" if self.path.endswith(ANN[1:]) else "busy")

    def _say(self, code, /, **document):
        told = json.dumps(document).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        """Say nothing on stderr."""


@contextmanager
def an_acme():
    kind = type("Acme", (Acme,), {"heard": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kind.heard, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


@pytest.fixture
def site(tmp_path):
    """Give a folder with what `pip install ./acme-dialer` leaves there: the package, and what its pyproject says."""
    folder = tmp_path / "site"
    folder.mkdir()
    said = tomllib.loads(FILES["pyproject.toml"])["project"]
    ((provider, leads_to),) = said["entry-points"]["dialer.providers"].items()
    modules = {path: text for path, text in FILES.items() if path.endswith(".py")}
    install(folder, said["name"], modules, provider=provider, leads_to=leads_to, version=said["version"])
    return folder


def contract(*words, site):
    command = [sys.executable, "-m", "dialer.providers.contract", *words]
    return subprocess.run(
        command, env={"PYTHONPATH": str(site)}, capture_output=True, text=True, timeout=60, check=False
    )


def test_its_calls_are_placed_and_followed(dialer, site):
    with an_acme() as (heard, url):
        dialer.env |= {"PYTHONPATH": str(site), "ACME_URL": url, "ACME_KEY": KEY, "ACME_FLOW": "welcome"}
        dialer.env["DIALER_CALLER_NUMBER"] = "+12025550100"
        contacts = dialer.write_list([[ANN, "Ann"], [BOB, "Bob"], [EVE, "Eve"]], headings=("phone", "name"))
        told = dialer("run", contacts, "--provider", "acme", "--track", "--json", code=1).json

    assert (told["outcomes"], told["statuses"]) == ({"placed": 2, "rejected": 1}, {"busy": 1, "completed": 1})
    assert [(asked["to"], asked["flow"], asked["variables"]) for asked in heard] == [
        (ANN, "welcome", {"name": "Ann"}),
        (BOB, "welcome", {"name": "Bob"}),
    ]
    assert [row["status"] for row in dialer.results()] == ["completed", "busy", ""]
    assert dialer("runs", "--json").json["runs"][0]["provider"] == "acme"


def test_what_is_missing_is_said_in_its_own_names(dialer, site):
    dialer.env |= {"PYTHONPATH": str(site), "DIALER_PROVIDER": "acme"}

    assert dialer("run", dialer.write_list([[ANN]]), "--json", code=2).json["errors"] == [
        "no flow id: give --flow-id, ACME_FLOW or the campaign's flow_id",
        "no caller number: give --caller-number, DIALER_CALLER_NUMBER or the campaign's caller_number",
        "ACME_URL is not set (where Acme takes calls, such as https://api.acme.example)",
        "ACME_KEY is not set (the key of an application that may place calls)",
    ]


def test_it_keeps_the_contract_as_the_page_shows(site):
    (shown,) = re.findall(r"^\$ python -m (?:\S+) (?:\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    held = contract("acme_dialer.dialect", site=site)

    assert matches(shown, held.stdout), held.stdout
    assert (held.returncode, held.stderr) == (0, "")


def test_a_promise_that_is_broken_is_told_with_what_was_found(site):
    adapter = site / "acme_dialer" / "__init__.py"
    adapter.write_text(adapter.read_text().replace("if not 400 <= reply.status < 500", "if 300 <= reply.status < 400"))
    held = contract("acme_dialer.dialect", site=site)

    (broken, *_) = [line for line in held.stdout.splitlines() if line.startswith("BROKEN")]
    assert broken.startswith("BROKEN  A server fault leaves it open whether it rang: HTTP 500 with ")
    assert "Refused(reason='HTTP 500" in broken
    assert held.returncode == 1


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("acme_dialer", "acme_dialer has no DIALECT of dialer.providers.contract"),
        ("nowhere", "nowhere cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
        ("", " cannot be imported: ValueError: Empty module name"),
    ],
)
def test_a_module_without_a_dialect_is_told_of(site, module, said):
    held = contract(module, site=site)
    assert (held.returncode, held.stdout, held.stderr) == (2, "", f"error: {said}\n")


def test_every_part_of_a_dialect_is_in_the_documentation():
    table = "\n".join(line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| "))
    assert [field.name for field in fields(Dialect) if f"`{field.name}`" not in table] == []
