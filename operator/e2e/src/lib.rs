//! Black-box stories on a real cluster with running pods: see `tests/e2e`.
