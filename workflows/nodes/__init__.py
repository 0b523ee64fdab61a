"""The node kinds: one file each, found by the registry because it is here and defines `NODE`."""
