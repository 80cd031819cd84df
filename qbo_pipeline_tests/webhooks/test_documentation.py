"""docs/webhooks.md says what is so, and what it tells to do works."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import httpx

import qbo_pipeline
from qbo_pipeline.webhooks.metrics import Metrics, Outcome
from qbo_pipeline.webhooks.signatures import signature
from qbo_pipeline_tests.webhooks.conftest import Receiver
from qbo_pipeline_tests.webhooks.deliveries import TOKEN, Readers, body_of, changed

PAGE = (Path(qbo_pipeline.__file__).parents[1] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def claimed(readers: Readers) -> list[str]:
    claim = readers.new().claim()
    assert claim.rejected == ()
    return [record_id for work in claim.work for record_id in work.read]


def test_the_shell_lines_deliver(readers: Readers, tmp_path: Path) -> None:
    body = body_of(changed("5"))
    (readers.folders.inbox / "body").write_bytes(body)

    environment = {"SIGNATURE": signature(body, TOKEN), "PATH": "/usr/bin:/bin"}
    subprocess.run(["sh", "-ec", block("sh")], cwd=readers.folders.inbox, env=environment, check=True)
    (readers.folders.inbox / "body").unlink()

    assert claimed(readers) == ["5"]


def test_the_python_lines_deliver(readers: Readers) -> None:
    names: dict[str, object] = {}
    exec(block("python"), names)
    body = body_of(changed("6"))

    names["deliver"](readers.folders.inbox, body, signature(body, TOKEN))  # type: ignore[operator]

    assert claimed(readers) == ["6"]


def test_what_the_receiver_stored_is_claimed(receiver: Receiver, readers: Readers) -> None:
    assert receiver.post(body_of(changed("7"))).status_code == 200

    assert claimed(readers) == ["7"]


def test_every_status_and_outcome_is_told() -> None:
    told = {int(status): row for status, row in re.findall(r"^\| (\d{3}) (\|.*)$", PAGE, re.MULTILINE)}

    assert set(told) == {outcome.status for outcome in Outcome}
    for outcome in set(Outcome) - {Outcome.STORED}:
        assert f"`{outcome.word}`" in told[outcome.status]


def test_every_metric_is_told(receiver: Receiver) -> None:
    told = set(re.findall(r"^\| `(qbo_webhook_\w+)", PAGE, re.MULTILINE))

    served = set(re.findall(r"^# TYPE (\w+)", httpx.get(f"{receiver.url}/metrics").text, re.MULTILINE))
    assert told == served
    assert served > set(re.findall(r"^# TYPE (\w+)", Metrics().text({}), re.MULTILINE))


def test_every_folder_is_told(readers: Readers) -> None:
    told = set(re.findall(r"^\| `(\w+)/` \|", PAGE, re.MULTILINE))

    assert told == {path.name for path in readers.folders.root.iterdir()}
