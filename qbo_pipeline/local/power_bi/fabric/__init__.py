"""Open mirroring of Fabric: mirrored databases, a landing zone in OneLake, and the replicator that reads it."""
