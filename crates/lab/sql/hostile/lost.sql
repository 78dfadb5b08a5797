-- What programs that copy databases lose, refuse or change without a word.

-- Rows that break their foreign key, written while triggers slept.
CREATE TABLE hostile.parent (id integer PRIMARY KEY);
CREATE TABLE hostile.child (id integer PRIMARY KEY, parent integer REFERENCES hostile.parent);
INSERT INTO hostile.parent VALUES (1);
SET session_replication_role = replica;
INSERT INTO hostile.child VALUES (1, 1), (2, 999);
RESET session_replication_role;

-- A table that belongs to an extension is part of no dump.
CREATE TABLE hostile.member_of_extension (id integer PRIMARY KEY, what text);
INSERT INTO hostile.member_of_extension VALUES (1, 'lost?');
ALTER EXTENSION hstore ADD TABLE hostile.member_of_extension;

-- "char" is a byte, also above 127, and then no text.
CREATE TABLE hostile.bytes (id integer PRIMARY KEY, value "char");
INSERT INTO hostile.bytes SELECT i, (i - 128)::"char" FROM generate_series(0, 255) AS i;

-- Where a row is depends on OIDs of the source.
CREATE TYPE hostile.colour AS ENUM ('red', 'green', 'blue', 'none', 'black', 'white');
CREATE TABLE hostile.by_enum (colour hostile.colour PRIMARY KEY, n integer) PARTITION BY HASH (colour);
CREATE TABLE hostile.by_enum_0 PARTITION OF hostile.by_enum FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE hostile.by_enum_1 PARTITION OF hostile.by_enum FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE hostile.by_enum_2 PARTITION OF hostile.by_enum FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO hostile.by_enum SELECT c, 1 FROM unnest(enum_range(NULL::hostile.colour)) AS c;
-- And what a reg* or oid column points to.
CREATE TABLE hostile.pointers (id integer PRIMARY KEY, type regtype, role regrole, number oid, config regconfig);
INSERT INTO hostile.pointers VALUES (1, 'hostile.colour', 'shop_app', 500001, 'shop.english');

-- Triggers in all four states.
CREATE TABLE hostile.triggered (id integer PRIMARY KEY, seen text DEFAULT '');
INSERT INTO hostile.triggered (id) VALUES (1), (2);
CREATE FUNCTION hostile.see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.seen := new.seen || TG_NAME || ' ';
    RETURN new;
END
$$;
CREATE TRIGGER a_on BEFORE INSERT OR UPDATE ON hostile.triggered FOR EACH ROW EXECUTE FUNCTION hostile.see();
CREATE TRIGGER b_off BEFORE INSERT OR UPDATE ON hostile.triggered FOR EACH ROW EXECUTE FUNCTION hostile.see();
CREATE TRIGGER c_always BEFORE INSERT OR UPDATE ON hostile.triggered FOR EACH ROW EXECUTE FUNCTION hostile.see();
CREATE TRIGGER d_replica BEFORE INSERT OR UPDATE ON hostile.triggered FOR EACH ROW EXECUTE FUNCTION hostile.see();
ALTER TABLE hostile.triggered DISABLE TRIGGER b_off;
ALTER TABLE hostile.triggered ENABLE ALWAYS TRIGGER c_always;
ALTER TABLE hostile.triggered ENABLE REPLICA TRIGGER d_replica;
CREATE TABLE hostile.ruled (id integer PRIMARY KEY);
INSERT INTO hostile.ruled VALUES (1);
CREATE RULE nothing_gets_in AS ON INSERT TO hostile.ruled DO INSTEAD NOTHING;
ALTER TABLE hostile.ruled ENABLE ALWAYS RULE nothing_gets_in;

-- Grants by somebody else than the owner.
CREATE TABLE hostile.granted (id integer PRIMARY KEY);
GRANT SELECT, INSERT ON hostile.granted TO hostile_grantor WITH GRANT OPTION;
GRANT USAGE ON SCHEMA hostile TO hostile_grantor WITH GRANT OPTION;
SET ROLE hostile_grantor;
GRANT SELECT ON hostile.granted TO shop_reader;
GRANT USAGE ON SCHEMA hostile TO shop_reader;
RESET ROLE;
-- An owner without rights, and a policy that binds the owner too.
CREATE TABLE hostile.unreadable (id integer PRIMARY KEY);
INSERT INTO hostile.unreadable VALUES (1);
ALTER TABLE hostile.unreadable OWNER TO shop_owner;
REVOKE ALL ON hostile.unreadable FROM shop_owner;
CREATE TABLE hostile.hidden (id integer PRIMARY KEY);
INSERT INTO hostile.hidden SELECT generate_series(1, 20);
ALTER TABLE hostile.hidden OWNER TO shop_owner;
ALTER TABLE hostile.hidden ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY half ON hostile.hidden USING (id % 2 = 0);

-- Keys that are hard to walk along, and tables that the stream cannot update.
CREATE TABLE hostile.float_key (id double precision PRIMARY KEY);
INSERT INTO hostile.float_key VALUES ('NaN'), ('-0'), ('infinity'), ('-infinity'), (4.9e-324), (0.1);
CREATE TABLE hostile.numeric_key (id numeric PRIMARY KEY, n integer);
INSERT INTO hostile.numeric_key VALUES ('1.000', 1), ('NaN', 2), ('-1e-20', 3), ('1e40', 4);
CREATE TABLE hostile.caseless_key (id text COLLATE shop.ignoring_case PRIMARY KEY, n integer);
INSERT INTO hostile.caseless_key VALUES ('a', 1), ('B', 2), ('', 3), ('ß', 4);
CREATE TABLE hostile.enum_key (id hostile.colour PRIMARY KEY);
INSERT INTO hostile.enum_key VALUES ('white'), ('red');
CREATE TABLE hostile.late_key (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, n integer);
INSERT INTO hostile.late_key VALUES (1, 1), (2, 2);
CREATE TABLE hostile.no_identity (id integer PRIMARY KEY);
INSERT INTO hostile.no_identity VALUES (1);
ALTER TABLE hostile.no_identity REPLICA IDENTITY NOTHING;
CREATE TABLE hostile.identity_beside_key (id integer PRIMARY KEY, a text NOT NULL, b text NOT NULL);
CREATE UNIQUE INDEX identity_beside_key_b ON hostile.identity_beside_key (b, a);
ALTER TABLE hostile.identity_beside_key REPLICA IDENTITY USING INDEX identity_beside_key_b;
INSERT INTO hostile.identity_beside_key VALUES (1, '', 'b'), (2, 'a', '');

-- An index of the parent alone is not valid.
CREATE TABLE hostile.parted (id integer, n integer) PARTITION BY RANGE (id);
CREATE TABLE hostile.parted_1 PARTITION OF hostile.parted FOR VALUES FROM (1) TO (100);
INSERT INTO hostile.parted VALUES (1, 1), (2, 2);
CREATE INDEX parted_n ON ONLY hostile.parted (n);
CREATE TABLE hostile.twice (id integer);
INSERT INTO hostile.twice VALUES (1), (1);

-- Several parents, and a column that each of them brings.
CREATE TABLE hostile.father (id integer, name text DEFAULT 'father');
CREATE TABLE hostile.mother (id integer, name text DEFAULT 'mother');
CREATE TABLE hostile.son (own integer, name text DEFAULT 'son') INHERITS (hostile.father, hostile.mother);
INSERT INTO hostile.son VALUES (1, 'x', 2);

ALTER LARGE OBJECT 500005 OWNER TO hostile_super;
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET statement_timeout = %L', current_database(), '3min');
    EXECUTE format('ALTER ROLE hostile_super IN DATABASE %I SET default_transaction_read_only = on', current_database());
END
$$;
SET search_path = hostile, public;
ANALYZE;
RESET search_path;
