"""The servers Weft needs, run as ordinary processes on this machine, and the supervisor behind `manage.py up`.

Knows processes, ports, files and signals. Knows nothing of Django, models or runs: what needs Django is run as a child.
"""
