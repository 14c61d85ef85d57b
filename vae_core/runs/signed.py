"""JSON objects that carry the SHA-256 of their own content, for files that change and that no manifest can list."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from vae_core.errors import CheckpointDamaged
from vae_core.runs import storage

_SIGNATURE = "sha256"


def dump(content: Mapping[str, Any]) -> bytes:
    """The object as JSON, with its digest among its keys."""
    return storage.dump_json({**content, _SIGNATURE: hashlib.sha256(storage.dump_json(content)).hexdigest()})


def parse(data: bytes, what: str) -> dict[str, Any]:
    """What `dump` was given. Raises CheckpointDamaged, which names what, if one byte is not as it was written."""
    content = storage.parse_json(data, what)
    if isinstance(content, dict):
        content.pop(_SIGNATURE, None)
    if not isinstance(content, dict) or dump(content) != data:
        raise CheckpointDamaged(f"{what} does not match the digest it carries; copy the run again from where it came")
    return content
