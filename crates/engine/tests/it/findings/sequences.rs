//! Sequences.

use super::{Case, check};

const CASES: &[Case] = &[
    Case {
        finding: "sequence-near-end",
        majors: 13..=18,
        offender: "create sequence nearly as smallint; select setval('nearly', 30000)",
        object: "public.nearly",
        near_miss: "create sequence barely as smallint; select setval('barely', 3000);
            create sequence around as smallint cycle; select setval('around', 30000)",
        innocent: "public.around",
        mended: true,
    },
    Case {
        finding: "sequence-near-end",
        majors: 13..=18,
        offender: "create sequence down as int increment -1; select setval('down', -2147000000)",
        object: "public.down",
        near_miss: "create sequence downward as int increment -1; select setval('downward', -1)",
        innocent: "public.downward",
        mended: true,
    },
    Case {
        finding: "sequence-column-narrow",
        majors: 13..=18,
        offender: "create sequence far; create table narrow (a int default nextval('far'))",
        object: "public.far",
        near_miss: "create table fitting (a serial, b bigserial)",
        innocent: "public.fitting_a_seq",
        mended: true,
    },
    Case {
        finding: "sequence-kinds",
        majors: 13..=18,
        offender: "create sequence alone",
        object: "public.alone",
        near_miss: "create table owning (a serial)",
        innocent: "public.owning_a_seq",
        mended: false,
    },
    Case {
        finding: "sequence-kinds",
        majors: 13..=18,
        offender: "create table lender (a serial); create table borrower (a int default nextval('lender_a_seq'))",
        object: "public.lender_a_seq",
        near_miss: "create table identified (a int generated always as identity)",
        innocent: "public.identified_a_seq",
        mended: false,
    },
    Case {
        finding: "sequence-behind",
        majors: 13..=18,
        offender: "create table \"Ahead\" (a serial); insert into \"Ahead\" values (17)",
        object: "public.\"Ahead_a_seq\"",
        near_miss: "create table level (a serial); insert into level values (default), (default)",
        innocent: "public.level_a_seq",
        mended: true,
    },
];

#[tokio::test]
async fn findings_about_sequences() {
    check(CASES).await;
}
