"""The local services are on this machine, where no proxy can reach them."""

from __future__ import annotations

import os
from urllib.request import getproxies_environment

_THIS_MACHINE = ("localhost", "127.0.0.1")


def reach_this_machine_directly() -> None:
    """Leave this machine out of what the proxies of the environment are asked for, in child processes too.

    Those who set HTTP_PROXY do not always set NO_PROXY as well. Where proxies come from elsewhere nothing is set: the
    system knows its own machine, and a variable would take the place of all that it says.
    """
    proxies = getproxies_environment()
    spared = [part.strip() for part in proxies.pop("no", "").split(",") if part.strip()]
    if proxies and "*" not in spared:
        # Both, as programs differ in which of them they look at.
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(dict.fromkeys([*spared, *_THIS_MACHINE]))
