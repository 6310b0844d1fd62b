"""What tests agree on: a Friday, a zone, an address that nobody has, a secret, and where the repository is."""

from __future__ import annotations

import base64
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = "Europe/Berlin"
BERLIN = ZoneInfo(ZONE)
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=BERLIN)  # a Friday
AT = NOW.astimezone(timezone.utc)
TEN_UTC = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
URL = "http://receiver.example/hook"
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ROOT = Path(__file__).parents[2]
