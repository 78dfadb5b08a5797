//! pgferry
fn main() {}
