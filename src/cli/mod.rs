//! The jobs from a terminal and from CI.
