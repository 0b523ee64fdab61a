"""One engine over several processes: rank 0 plans and serves, the others compute the same steps with their parts."""
