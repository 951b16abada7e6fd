//! Manifests that are whole, wrong or broken.
