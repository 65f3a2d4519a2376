"""The colours of every picture: told apart under simulated deutan, protan and tritan vision, dirty warm, clean cool."""

from __future__ import annotations

BRICK, AMBER, BLUE, PALE, PALE_EDGE = "#9c2f00", "#f2b705", "#1c73c4", "#b5e1fa", "#2b6f96"
ACCENT, DATA = "#c2185b", "#8a5a00"

REQUEST = {"BusRd": BLUE, "BusRdX": BRICK, "BusUpgr": AMBER, "BusUpd": ACCENT, "BusWr": DATA, "BusWB": PALE}
CAUSE = {"cold": PALE, "replacement": BLUE, "true_sharing": AMBER, "false_sharing": BRICK}
