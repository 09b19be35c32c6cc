"""What the collector of unnamed objects remembers between its rounds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Stamped, UtcDateTime


class UnnamedObject(Stamped, Base):
    """A stored object that no row named when the collector looked. `created_at` is when it was first found so."""

    __tablename__ = "unnamed_objects"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(600), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    deleting_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Set before the bytes are deleted: from then on nobody may count on them."""
