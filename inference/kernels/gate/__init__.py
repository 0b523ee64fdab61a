"""The compile gate: every shipped variant becomes Hopper machine code on a machine without a GPU, and is looked at.

What a GPU would show only as slowness is a failure here: spilled registers, too much shared memory for two blocks on a
processor, loads that are not 16 bytes wide, a tensor core that is not used. Whether results are right is seen by
the interpreter's tests, and on a device.
"""
