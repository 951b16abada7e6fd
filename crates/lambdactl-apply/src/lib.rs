//! Carries a plan out and reports what happened to every function
