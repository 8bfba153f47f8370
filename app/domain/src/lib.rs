//! Tasks, events and the ports they need: pure, without I/O.
