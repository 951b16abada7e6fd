//! Markers in every place where a value can stand, in every run that could show one: no stream and no file has a part of
//! one, in whatever spelling. The same with control characters and workflow commands.
//!
//! Which answers there are, and what is in them, is found by running each scenario once: a new call, and a new field of an
//! answer, has its cells without a new test. A fixed choice of the cells runs by default, all of them with `MARKERS_ALL=1`;
//! `MARKERS_ONLY=TEXT` runs those whose name has the text, and `MARKERS_REPORT=FILE` writes all findings.
#![allow(clippy::unwrap_used, missing_docs)]

mod broken;
mod cells;
mod controls;
mod documents;
mod emulator;
mod findings;
mod hostile;
mod marks;
mod proxy;
mod runs;
mod scenarios;
mod service;
