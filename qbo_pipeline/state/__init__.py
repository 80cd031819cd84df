"""State that several processes share: connections, cursors and request budgets."""

from qbo_pipeline.state.cursors import ChangeCursors
from qbo_pipeline.state.encryption import Cipher, EncryptionError
from qbo_pipeline.state.keys import EncryptionKeys
from qbo_pipeline.state.leases import Lease, Leases
from qbo_pipeline.state.request_windows import RequestLimits, RequestWindows
from qbo_pipeline.state.store import StateStore
from qbo_pipeline.state.vault import Connection, ConnectionStatus, TokenGrant, Vault

__all__ = [
    "ChangeCursors",
    "Cipher",
    "Connection",
    "ConnectionStatus",
    "EncryptionError",
    "EncryptionKeys",
    "Lease",
    "Leases",
    "RequestLimits",
    "RequestWindows",
    "StateStore",
    "TokenGrant",
    "Vault",
]
