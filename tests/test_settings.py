"""The environment and the .env file, and where the ledger is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dialer.errors import SetupError
from dialer.settings import ledger_path, read_environment


@pytest.fixture
def env(tmp_path):
    """Read an environment beside a .env of this text."""

    def read(text=None, environ=None):
        if text is not None:
            (tmp_path / ".env").write_bytes(text.encode() if isinstance(text, str) else text)
        return read_environment(environ or {}, directory=tmp_path)

    return read


def test_the_environment_alone_will_do(env):
    assert env(environ={"CXONE_REALM": "na1"}) == {"CXONE_REALM": "na1"}


def test_the_environment_wins_over_the_file(env):
    found = env("CXONE_REALM=na1\nCXONE_FLOW_ID=file", {"CXONE_REALM": "eu1"})
    assert found == {"CXONE_REALM": "eu1", "CXONE_FLOW_ID": "file"}


@pytest.mark.parametrize("empty", ["", "  ", "\t"])
def test_an_empty_value_counts_as_not_set(env, empty):
    assert env("CXONE_REALM=na1\nCXONE_FLOW_ID=\nODD\n", {"CXONE_REALM": empty, "OTHER": empty}) == {
        "CXONE_REALM": "na1"
    }


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("X=a b ", "a b"),
        ("export X='a b'", "a b"),
        ('X="a#b"', "a#b"),
        ("X=a # comment", "a"),
        ("X=$HOME and ${HOME}", "$HOME and ${HOME}"),
        ("X=Grüße", "Grüße"),
        ("X==", "="),
    ],
)
def test_a_line_of_the_file_is_a_value_as_it_stands(env, line, value):
    assert env(line) == {"X": value}


def test_a_byte_order_mark_hides_no_setting(env):
    assert env(b"\xef\xbb\xbfCXONE_REALM=na1\r\nCXONE_FLOW_ID=f\r\n") == {"CXONE_REALM": "na1", "CXONE_FLOW_ID": "f"}


def test_reading_the_file_sets_nothing(env):
    env("CXONE_REALM=na1")
    assert "CXONE_REALM" not in os.environ


def test_a_folder_called_env_is_passed_over(env, tmp_path):
    (tmp_path / ".env").mkdir()
    assert env(environ={"X": "1"}) == {"X": "1"}


def test_a_file_that_is_no_text_is_refused_without_its_content(env, tmp_path):
    with pytest.raises(SetupError) as caught:
        env(b"CXONE_CLIENT_SECRET=s3cret\xff")
    assert str(caught.value) == f"{tmp_path / '.env'} cannot be read as text"


def test_the_ledger_is_where_the_command_line_says():
    for sandbox in (True, False):
        found = ledger_path({"DIALER_LEDGER": "/env.db"}, given=Path("given.db"), sandbox=sandbox)
        assert found == Path("given.db")


def test_the_ledger_is_where_the_environment_says():
    assert ledger_path({"DIALER_LEDGER": "~/my.db"}, given=None, sandbox=False) == Path.home() / "my.db"


def test_the_ledger_is_by_default_with_the_user_s_data(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert ledger_path({}, given=None, sandbox=False) == tmp_path / "dialer" / "ledger.db"


def test_the_sandbox_never_has_the_real_ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    found = ledger_path({"DIALER_LEDGER": "/real.db"}, given=None, sandbox=True)
    assert found == tmp_path / "dialer" / "sandbox.db"


def test_a_ledger_at_home_with_nobody_is_refused():
    with pytest.raises(SetupError, match="DIALER_LEDGER: "):
        ledger_path({"DIALER_LEDGER": "~nobody-of-that-name/l.db"}, given=None, sandbox=False)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a home folder does not come from the user's number")
def test_without_a_home_folder_the_ledger_has_to_be_named(monkeypatch):
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)  # a user that no machine knows, as in a container

    with pytest.raises(SetupError, match="DIALER_LEDGER or --ledger"):
        ledger_path({}, given=None, sandbox=False)
    assert ledger_path({"DIALER_LEDGER": "/data/l.db"}, given=None, sandbox=False) == Path("/data/l.db")
