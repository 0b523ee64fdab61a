"""Measurements that anyone who clones the project can repeat: `make bench`."""
