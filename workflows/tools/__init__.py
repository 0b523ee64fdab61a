"""The tools the engine has itself, for tool nodes and agents. The registry finds every module with `TOOLS`."""
