-- What a master on RDS may not create (event triggers and FOR ALL TABLES it may there, on a vanilla server it may not).
CREATE EXTENSION postgres_fdw SCHEMA public;
CREATE SCHEMA hostile;
GRANT USAGE ON SCHEMA hostile TO PUBLIC;

CREATE FUNCTION hostile.in_c(text, text) RETURNS real LANGUAGE c STRICT IMMUTABLE AS '$libdir/pg_trgm', 'similarity';
CREATE FUNCTION hostile.internal(integer, integer) RETURNS integer LANGUAGE internal STRICT IMMUTABLE AS 'int4pl';
CREATE FUNCTION hostile.leakproof(integer) RETURNS boolean LANGUAGE sql LEAKPROOF IMMUTABLE AS 'SELECT $1 > 0';
CREATE FUNCTION pg_catalog.hostile_in_catalog() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION hostile.uses_catalog() RETURNS integer LANGUAGE sql AS 'SELECT hostile_in_catalog()';

-- A base type of its own.
CREATE TYPE hostile.kilometre;
CREATE FUNCTION hostile.kilometre_in(cstring) RETURNS hostile.kilometre LANGUAGE internal STRICT IMMUTABLE AS 'int4in';
CREATE FUNCTION hostile.kilometre_out(hostile.kilometre) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE AS 'int4out';
CREATE TYPE hostile.kilometre (INPUT = hostile.kilometre_in, OUTPUT = hostile.kilometre_out, LIKE = integer);
CREATE CAST (hostile.kilometre AS integer) WITHOUT FUNCTION AS IMPLICIT;
CREATE TABLE hostile.way (id integer PRIMARY KEY, length hostile.kilometre);
INSERT INTO hostile.way VALUES (1, '42'), (2, NULL);

-- An order of its own, and an index in it.
CREATE FUNCTION hostile.falling_order(integer, integer) RETURNS integer LANGUAGE sql STRICT IMMUTABLE
    AS 'SELECT btint4cmp($2, $1)';
CREATE OPERATOR CLASS hostile.falling FOR TYPE integer USING btree AS
    OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 hostile.falling_order(integer, integer);
CREATE TABLE hostile.fall (id integer PRIMARY KEY);
INSERT INTO hostile.fall SELECT generate_series(1, 100);
CREATE INDEX fall_falling ON hostile.fall (id hostile.falling);

CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '192.0.2.1', dbname 'elsewhere');
CREATE USER MAPPING FOR shop_app SERVER elsewhere OPTIONS (user 'them', password 'a secret of theirs');
CREATE FOREIGN TABLE hostile.remote (id integer OPTIONS (column_name 'ID'), what text) SERVER elsewhere OPTIONS (table_name 't');

CREATE TABLE hostile.owned_by_super (id integer PRIMARY KEY, what text);
INSERT INTO hostile.owned_by_super VALUES (1, 'one');
ALTER TABLE hostile.owned_by_super OWNER TO hostile_super;

CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert');

CREATE FUNCTION hostile.watch_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE DEBUG '%', tg_tag;
END
$$;
CREATE EVENT TRIGGER hostile_watches_ddl ON ddl_command_end EXECUTE FUNCTION hostile.watch_ddl();
CREATE EVENT TRIGGER hostile_watches_drops ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION hostile.watch_ddl();
ALTER EVENT TRIGGER hostile_watches_drops DISABLE;
