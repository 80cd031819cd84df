"""Replacing the key: nothing is ever unreadable, whenever the process dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.state import EncryptionError, EncryptionKeys, Leases, StateStore, Vault
from qbo_pipeline.state.key_rotation import refresh_lease, rotate_key
from qbo_pipeline.state.schema import connections
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.state.test_vault import REALM, grant, key_file, store, vault

__all__ = ["key_file", "store", "vault"]


def test_a_rotation_encrypts_every_row_anew_and_forgets_the_old_key(
    store: StateStore, vault: Vault, key_file: Path
) -> None:
    vault.connect(REALM, grant(1))
    vault.connect("2", grant(2))
    old = key_file.read_text()

    done = rotate_key(store, EncryptionKeys(None, key_file))

    assert (done.rows, done.place) == (2, str(key_file))
    [new] = key_file.read_text().split()
    assert new not in old
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert (vault.grant(REALM), vault.grant("2")) == (grant(1), grant(2))
    with store.transaction() as transaction:
        for row in transaction.execute(connections.select()):
            assert Fernet(new).decrypt(row.tokens)


def test_a_process_that_was_there_before_goes_on_with_the_new_key(
    store: StateStore, vault: Vault, key_file: Path
) -> None:
    vault.connect(REALM, grant(1))
    rotate_key(store, EncryptionKeys(None, key_file))

    vault.refreshed(REALM, grant(1), grant(2))

    assert Vault(store, EncryptionKeys(None, key_file)).grant(REALM) == grant(2)


def test_with_the_key_in_the_settings_the_first_one_takes_over(store: StateStore, vault: Vault, key_file: Path) -> None:
    vault.connect(REALM, grant())
    old, new = key_file.read_text().strip(), Fernet.generate_key().decode()
    key_file.unlink()

    assert rotate_key(store, EncryptionKeys(f"{new},{old}", key_file)).rows == 1

    assert Vault(store, EncryptionKeys(new, key_file)).grant(REALM) == grant()
    with pytest.raises(EncryptionError, match="in front"):
        rotate_key(store, EncryptionKeys(new, key_file))


def test_what_opens_with_no_key_stops_a_rotation_before_anything_changes(
    store: StateStore, vault: Vault, key_file: Path
) -> None:
    vault.connect(REALM, grant(), company_name="Larkspur Advisory")
    EncryptionKeys(None, key_file).keep([Fernet.generate_key().decode()])
    before = key_file.read_text()

    with pytest.raises(EncryptionError, match="Larkspur Advisory"):
        rotate_key(store, EncryptionKeys(None, key_file))

    assert key_file.read_text() == before


def test_a_refresh_under_way_is_waited_for(store: StateStore, vault: Vault, key_file: Path) -> None:
    vault.connect(REALM, grant())
    leases = Leases(store)
    lease = leases.try_acquire(refresh_lease(REALM), 60)
    assert lease is not None

    with pytest.raises(EncryptionError, match="refresh does not end"):
        rotate_key(store, EncryptionKeys(None, key_file), wait_seconds=0.2)

    leases.release(lease)
    assert rotate_key(store, EncryptionKeys(None, key_file)).rows == 1


KILLED_AT_EACH_LINE = """
import os, signal, sys
from pathlib import Path
from qbo_pipeline.state import EncryptionKeys, StateStore
from qbo_pipeline.state.key_rotation import rotate_key
from qbo_pipeline.state.vault import Vault

OURS = ("key_rotation.py", "keys.py")
path = Path(sys.argv[1])
url = f"sqlite:///{path / 'state.sqlite'}"
pristine = {file: file.read_bytes() for file in path.iterdir()}
keys = EncryptionKeys(None, path / "encryption.key")

def rotate_and_die_at(line):
    seen = 0
    def trace(frame, event, _):
        nonlocal seen
        if frame.f_code.co_filename.endswith(OURS):
            if event == "line":
                seen += 1
                if seen == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace
        return None
    with StateStore(url) as store:
        sys.settrace(trace)
        rotate_key(store, keys)
        sys.settrace(None)

line = deaths = 0
finished = False
while not finished:
    line += 1
    for file in path.iterdir():
        file.unlink()
    for file, content in pristine.items():
        file.write_bytes(content)
        file.chmod(0o600)
    child = os.fork()
    if child == 0:
        try:
            rotate_and_die_at(line)
        except BaseException as error:
            print(line, repr(error), flush=True)
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), (line, status)
    finished = status == 0
    deaths += not finished
    with StateStore(url) as store:
        vault = Vault(store, keys)
        read = lambda: [vault.grant(realm).refresh_token for realm in ("1", "2")]
        assert read() == ["refresh-1", "refresh-2"], line
        if line % 7 == 0:
            with store.transaction() as transaction:
                transaction.exec_driver_sql("DELETE FROM lease")  # a dead rotation's run out by themselves
            rotate_key(store, keys)
            assert read() == ["refresh-1", "refresh-2"], line
            assert len(keys.cipher().keys) == 1, line
print(deaths)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_killed_at_any_line_every_row_is_readable_and_the_next_rotation_finishes_it(
    store: StateStore, vault: Vault, tmp_path: Path
) -> None:
    for number in (1, 2):
        vault.connect(str(number), grant(number))
    store.close()

    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_EACH_LINE, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) > 50
