"""`qbo-pipeline vault rotate-key`: all tokens are encrypted anew, and the old key is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


def rotate(settings: Settings, *, as_json: bool) -> None:
    """Replace the key of the stored tokens.

    Raises:
        EncryptionError: there is nothing to rotate, or something stored opens with no key at hand.
    """
    from qbo_pipeline.quickbooks.client import encryption_keys
    from qbo_pipeline.state.key_rotation import rotate_key
    from qbo_pipeline.state.keys import KEYRING
    from qbo_pipeline.state.store import StateStore

    keys = encryption_keys(settings)
    with StateStore(settings.state_url) as store, messages().status("Encrypting the tokens anew ..."):
        done = rotate_key(store, keys)
    if as_json:
        print_json(done)
        return
    companies = "1 company" if done.rows == 1 else f"{done.rows} companies"
    results().print(f"The tokens of {companies} are encrypted with the new key, kept in {done.place}.", markup=False)
    if keys.are_set:
        aside = f", and delete {keys.key_file}" if keys.key_file.exists() else ""
        told = f"Restart what runs with the old setting; then leave the old key out of it{aside}."
    elif done.place == KEYRING:
        told = "The old key stays there as a former one: other data folders of yours, and backups, may need it."
    else:
        told = "The old key is forgotten: a backup of the state store from before needs a backup of its key."
    messages().print(told, style="dim", markup=False)
