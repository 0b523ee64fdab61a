"""Django's PostgreSQL backend with a pool that is asked less: see `base`, where Django looks for it."""
