"""Runs steps on a device that works while the host plans the next: state that stays there, small changes sent to it."""
