"""Where bytes come from: the same every time they are read, unpacked, and never left lying about."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest

from dialer.errors import SetupError
from dialer.lists.source import open_source

CONTENT = b"phone,name\n" + b"".join(b"20255501%02d,Ann\n" % number for number in range(100))


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def content_of(source):
    with source.open() as stream:
        return stream.read()


@pytest.mark.parametrize(
    "given",
    [
        CONTENT,
        gzip.compress(CONTENT),
        gzip.compress(CONTENT[:100]) + gzip.compress(CONTENT[100:]),
        zipped(a=CONTENT),
        zipped(**{"a/b.csv": CONTENT, "__MACOSX/a/._b.csv": b"x", "a/.DS_Store": b"x", "a/": b""}),
        zipped(a=gzip.compress(CONTENT)),
    ],
    ids=["plain", "gzip", "gzip of two parts", "zip", "zip from a Mac", "gzip in a zip"],
)
def test_content_is_unpacked_by_what_it_is_not_by_its_name(tmp_path, given):
    path = tmp_path / "list.csv"
    path.write_bytes(given)
    source = open_source(path)
    assert (source.digest, source.size) == (hashlib.sha256(given).hexdigest(), len(given))
    assert (source.name, source.path) == ("list.csv", path)
    assert [content_of(source), content_of(source)] == [CONTENT, CONTENT]
    with open_source(path, what="the file").open() as stream:
        assert stream.read() == CONTENT


def test_progress_counts_bytes_of_the_file_as_given(tmp_path):
    path = tmp_path / "list.csv.gz"
    path.write_bytes(gzip.compress(CONTENT))
    with open_source(path).open() as stream:
        assert stream.bytes_read() <= path.stat().st_size
        stream.read()
        assert stream.bytes_read() == path.stat().st_size


@pytest.mark.parametrize("given", [CONTENT, gzip.compress(CONTENT)], ids=["plain", "gzip"])
def test_standard_input_can_be_read_again(given, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    source = open_source(Path("-"))
    assert (source.name, source.digest) == ("standard input", hashlib.sha256(given).hexdigest())
    with source.open() as one, source.open() as other:
        assert one.read(5) == other.read(5) == CONTENT[:5]
        assert one.read() == other.read() == CONTENT[5:]
    assert content_of(open_source(Path("-"))) == CONTENT


def test_standard_input_that_is_closed_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(SetupError, match="standard input is closed"):
        open_source(Path("-"))


def test_a_pipe_named_as_the_list_can_be_read_again(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(CONTENT,))
    writer.start()
    source = open_source(path)
    writer.join()
    assert [content_of(source), content_of(source)] == [CONTENT, CONTENT]


def test_what_came_on_standard_input_has_no_name_on_disk(tmp_path):
    program = (
        "import os, pathlib; from dialer.lists.source import open_source; "
        "source = open_source(pathlib.Path('-')); print(os.listdir(os.environ['TMPDIR']), len(source.open().read()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=CONTENT,
        capture_output=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        check=True,
    )
    assert done.stdout.decode().strip() == f"[] {len(CONTENT)}"


def test_a_list_changed_between_two_readings_is_refused(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(CONTENT)
    source = open_source(path)
    path.write_bytes(CONTENT + b"2025550200,Bob\n")
    with pytest.raises(SetupError) as caught:
        source.open()
    assert str(caught.value) == f"the list {path} was changed while it was being read: begin again"


def test_a_list_that_vanished_is_named(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes(CONTENT)
    source = open_source(path)
    path.unlink()
    with pytest.raises(SetupError) as caught:
        source.open()
    assert str(caught.value) == f"the list {path} cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("name", "why"),
    [("none.csv", "cannot be read: No such file or directory"), ("", "cannot be read: Is a directory")],
)
def test_what_is_no_file_is_named(tmp_path, name, why):
    with pytest.raises(SetupError) as caught:
        open_source(tmp_path / name)
    assert str(caught.value) == f"the list {tmp_path / name} {why}"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_list_that_may_not_be_read_is_named(tmp_path):
    path = tmp_path / "list.csv"
    path.touch(mode=0)
    with pytest.raises(SetupError, match="cannot be read: Permission denied"):
        open_source(path)


@pytest.mark.parametrize("path", [Path(os.devnull), Path("/dev/zero")])
def test_a_device_is_no_list(path):
    with pytest.raises(SetupError) as caught:
        open_source(path)
    assert str(caught.value) == f"the list {path} is a device, not a file"


def test_a_path_no_file_can_have_is_refused():
    with pytest.raises(SetupError, match="cannot be read"):
        open_source(Path("a\0b"))


@pytest.mark.parametrize("given", [gzip.compress(CONTENT), zipped(a=CONTENT)], ids=["gzip", "zip"])
def test_an_archive_cut_short_anywhere_is_damaged_or_whole(tmp_path, given):
    path = tmp_path / "list"
    for length in range(11, len(given)):
        path.write_bytes(given[:length])
        with pytest.raises(SetupError, match="is damaged"):
            content_of(open_source(path))


def test_no_temporary_file_stays_open_or_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "list").write_bytes(zipped(a=gzip.compress(CONTENT)))
    content_of(open_source(tmp_path / "list"))
    assert list((tmp_path / "temporary").iterdir()) == []
