//! A server like RDS refuses its master what RDS refuses, and allows what RDS allows.

use pgferry_lab::{Major, Server, fresh_database, rds_like::MASTER, shared_rds_like};

fn as_master(server: &Server, database: &str, sql: &str) -> Result<String, String> {
    let outcome = server.psql_as(MASTER, server.password(), database, sql);
    outcome.map_err(|refusal| refusal.sqlstate().unwrap_or("no answer").to_owned())
}

const REFUSED: [(&str, &str); 14] = [
    ("CREATE ROLE r SUPERUSER", "42501"),
    ("CREATE ROLE r REPLICATION", "42501"),
    ("ALTER SYSTEM SET work_mem = '8MB'", "42501"),
    ("COPY (SELECT 1) TO '/tmp/never'", "42501"),
    ("COPY (SELECT 1) TO PROGRAM 'true'", "42501"),
    ("SELECT pg_read_file('PG_VERSION')", "42501"),
    ("SELECT lo_import('/etc/hosts')", "42501"),
    ("SELECT rolpassword FROM pg_authid", "42501"),
    ("CREATE FUNCTION c() RETURNS int LANGUAGE c AS '$libdir/plpgsql', 'x'", "42501"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1'", "42501"),
    ("SET ROLE rdsadmin", "42501"),
    ("SELECT pg_replication_origin_create('o')", "42501"),
    ("CREATE EXTENSION pg_surgery", "0A000"),
    ("UPDATE pg_class SET relname = relname", "42501"),
];

#[test]
fn the_master_is_refused_what_rds_refuses() {
    for major in [Major(13), Major(15), Major(18)] {
        let server = shared_rds_like(major);
        let database = fresh_database(server, "refused").unwrap();
        for (sql, sqlstate) in REFUSED {
            let refusal = as_master(server, &database, sql).unwrap_err();
            // Up to 14 a control file that is missing is reported as such.
            let expected = if sqlstate == "0A000" && major.0 < 15 { "58P01" } else { sqlstate };
            assert_eq!(refusal, expected, "{sql} on {major}");
        }
        assert_eq!(as_master(server, "rdsadmin", "SELECT 1").unwrap_err(), "42501");
    }
}

const ALLOWED: [&str; 12] = [
    "CREATE EXTENSION hstore",
    "CREATE EXTENSION pageinspect",
    "CREATE EXTENSION pg_stat_statements",
    "CREATE EXTENSION postgres_fdw",
    "CREATE ROLE allowed LOGIN PASSWORD 'SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$\
     JYPeJyvUrj4vDfHmxxbXE3bpJAVpkL1ZPd0/X4NPXHI=:ZxJIvmHAPDb2qRWLjSPrGqdzDfpnJdq2sCL0GlcJRPQ='",
    "GRANT allowed TO ferry_master; CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO allowed; \
     CREATE TABLE s.t (); ALTER TABLE s.t OWNER TO allowed",
    "GRANT rds_superuser TO allowed; GRANT rds_replication TO allowed; GRANT pg_monitor TO allowed",
    "CREATE TABLE t (a int); CREATE PUBLICATION p FOR TABLE t",
    "SELECT lo_create(4711); ALTER LARGE OBJECT 4711 OWNER TO allowed",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO allowed",
    "SHOW rds.extensions",
    "DROP OWNED BY allowed; DROP ROLE allowed",
];

#[test]
fn the_master_is_allowed_what_rds_allows() {
    for major in [Major(13), Major(15), Major(18)] {
        let server = shared_rds_like(major);
        let database = fresh_database(server, "allowed").unwrap();
        for sql in ALLOWED {
            as_master(server, &database, sql).unwrap_or_else(|refusal| panic!("{sql} on {major}: {refusal}"));
        }
    }
}

#[test]
fn the_master_silences_triggers_from_15_on() {
    let sql = "SET session_replication_role = replica; SHOW session_replication_role";
    assert_eq!(as_master(shared_rds_like(Major(13)), "postgres", sql).unwrap_err(), "42501");
    assert_eq!(as_master(shared_rds_like(Major(15)), "postgres", sql).unwrap(), "replica");
    assert_eq!(as_master(shared_rds_like(Major(18)), "postgres", sql).unwrap(), "replica");
}

#[test]
fn a_server_may_demand_tls() {
    let server = Server::options(Major(18)).rds_like().force_tls().start().unwrap();
    let refusal = server.psql_as(MASTER, server.password(), "postgres", "SELECT 1").unwrap_err();
    assert_eq!(refusal.sqlstate(), Some("28000"));
    assert_eq!(server.psql("postgres", "SHOW rds.force_ssl").unwrap(), "1");
}
