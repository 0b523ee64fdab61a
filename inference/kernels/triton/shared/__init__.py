"""What all kernels share. A change here makes every kernel count as unverified."""
