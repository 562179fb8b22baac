"""The environment and the .env file, and where the ledger is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dialer.errors import SetupError
from dialer.settings import ledger_path, read_environment, with_files_read

pytest_plugins = ("commands",)


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


@pytest.mark.parametrize("said", ["TOKEN", "TOKEN_FILE"])
def test_a_secret_of_the_environment_wins_over_both_spellings_of_the_file(env, said):
    assert env("TOKEN=a\nTOKEN_FILE=/b\n", {said: "/c"}) == {said: "/c"}


@pytest.fixture
def kept(tmp_path):
    """Keep a secret in a file, and read it by the setting that names it."""

    def read(content, **more):
        path = tmp_path / "kept"
        path.write_bytes(content)
        return with_files_read({"TOKEN_FILE": str(path), **more}, ["TOKEN", "OTHER"])["TOKEN"]

    return read


@pytest.mark.parametrize("content", ["s3c ret", "s3c ret\n", "s3c ret\r\n", "\ufeffs3c ret\n"])
def test_a_secret_in_a_file_is_without_the_end_of_its_line(kept, content):
    assert kept(content.encode()) == "s3c ret"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"s3cret\xff", "is not UTF-8 text"),
        (b"s3cret" * 20_000, "is longer than any secret: it holds something else"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused_without_its_content(kept, tmp_path, content, why):
    with pytest.raises(SetupError) as caught:
        kept(content)
    assert caught.value.complaints == (f"TOKEN_FILE: {tmp_path / 'kept'} {why}",)


def test_every_file_that_cannot_be_used_is_named_at_once(tmp_path):
    settings = {"B_FILE": str(tmp_path), "A_FILE": str(tmp_path / "gone"), "C": "1", "C_FILE": "/x", "D_FILE": "a\0b"}
    with pytest.raises(SetupError) as caught:
        with_files_read(settings, ["A", "B", "C", "D"])
    assert caught.value.complaints == (
        f"A_FILE: {tmp_path / 'gone'} cannot be read: No such file or directory",
        f"B_FILE: {tmp_path} cannot be read: Is a directory",
        "both C and C_FILE are set: only one of them can be meant",
        "D_FILE: a\0b cannot be read: is no path that can be used",
    )


def test_what_belongs_to_no_provider_may_be_in_a_file_too_and_files_of_other_programs_are_left_alone(tmp_path):
    (tmp_path / "url").write_text("https://example.org/1\n")
    found = with_files_read({"DIALER_PING_URL_FILE": str(tmp_path / "url"), "SSL_CERT_FILE": "/gone"})
    assert (found["DIALER_PING_URL"], "SSL_CERT" in found) == ("https://example.org/1", False)


def in_files(dialling):
    """Keep the secret of the settings in a file, and say where."""
    secret = dialling.home / "secret"
    secret.write_text(dialling.env.pop("CXONE_CLIENT_SECRET") + "\n")
    dialling.env["CXONE_CLIENT_SECRET_FILE"] = str(secret)
    return secret


def test_a_run_finds_its_secret_in_a_file(dialling, truth):
    in_files(dialling)
    dialling.here("call", "+12025550123")
    assert len(truth.calls) == 1


def test_a_run_says_which_file_of_a_secret_is_missing(dialling):
    in_files(dialling).unlink()
    errors = dialling.here("call", "+12025550123", "--json", code=2).json["errors"]
    assert errors[0].startswith("CXONE_CLIENT_SECRET_FILE: ")


def test_the_env_beside_the_campaign_is_found_from_any_folder(dialling, truth):
    campaign = beside(dialling, {name: dialling.env.pop(name) for name in tuple(dialling.env) if "CXONE" in name})
    dialling.here("call", "+12025550123", "-c", campaign)
    assert len(truth.calls) == 1


def beside(dialling, settings):
    """Write a campaign into a folder of its own, with a .env of these settings beside it."""
    folder = dialling.home / "campaigns"
    folder.mkdir()
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return dialling.write_campaign('name = "call"\n').rename(folder / "call.toml")


def test_the_env_beside_the_campaign_gives_way_to_the_environment_and_the_working_folder(dialling, truth):
    campaign = beside(dialling, {"CXONE_FLOW_ID": "beside", "CXONE_CALLER_NUMBER": "beside"})
    (dialling.home / ".env").write_text(f"CXONE_FLOW_ID={dialling.env.pop('CXONE_FLOW_ID')}\n")
    dialling.here("call", "+12025550123", "-c", campaign)
    assert len(truth.calls) == 1


def test_the_env_beside_the_campaign_cannot_name_a_ledger_of_its_own(dialling):
    campaign = beside(dialling, {"DIALER_LEDGER": "/elsewhere/ledger.db"})
    errors = dialling.here("call", "+12025550123", "-c", campaign, "--json", code=2).json["errors"]
    other = f"{campaign.parent / '.env'} says another DIALER_LEDGER than the one in use, {dialling.home / 'ledger.db'}"
    assert errors == [f"{other}: put it into the environment, where every command finds it, or name it with --ledger"]
