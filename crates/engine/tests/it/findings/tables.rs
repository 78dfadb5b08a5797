//! Tables.

use super::{Case, check};

const CASES: &[Case] = &[Case {
    finding: "identity-missing",
    majors: 13..=18,
    offender: "create table \"Odd \"\"name\" (a int)",
    object: "public.\"Odd \"\"name\"",
    near_miss: "create table keyed (a int primary key)",
    innocent: "public.keyed",
    mended: true,
}];

#[tokio::test]
async fn findings_about_tables() {
    check(CASES).await;
}
