-- Definitions that mean something else, or nothing, where search_path is empty, as it is during a restore.
SET search_path = hostile, public;
CREATE FUNCTION hostile.helper(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN upper(value); END';
CREATE FUNCTION hostile.needs_path(value text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT helper(value)';
CREATE TABLE hostile.indexed_by_function (id integer PRIMARY KEY, value text);
INSERT INTO hostile.indexed_by_function SELECT i, 'value ' || i FROM generate_series(1, 50) AS i;

-- From 17 on the server itself empties search_path here.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer < 170000 THEN
        CREATE INDEX needs_path ON hostile.indexed_by_function (hostile.needs_path(value));
    END IF;
END
$$;

CREATE TABLE hostile.checked (id integer PRIMARY KEY, value text);
INSERT INTO hostile.checked VALUES (1, 'x');
CREATE FUNCTION hostile.is_fine(value text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN helper(value) <> ''''; END';
CREATE TABLE hostile.checks_by_function (id integer PRIMARY KEY, value text);
ALTER TABLE hostile.checks_by_function ADD CHECK (is_fine(value));
INSERT INTO hostile.checks_by_function VALUES (1, 'x');

-- A domain whose check reads a table: right only while that table is there and filled.
CREATE TABLE hostile.allowed (word text PRIMARY KEY);
INSERT INTO hostile.allowed VALUES ('yes'), ('no');
CREATE FUNCTION hostile.is_allowed(word text) RETURNS boolean LANGUAGE sql STABLE
    AS 'SELECT EXISTS (SELECT FROM hostile.allowed AS a WHERE a.word = $1)';
CREATE DOMAIN hostile.answer AS text CHECK (VALUE IS NULL OR hostile.is_allowed(VALUE));
CREATE TABLE hostile.a_first_answer (id integer PRIMARY KEY, said hostile.answer);
INSERT INTO hostile.a_first_answer VALUES (1, 'yes'), (2, NULL);

-- IS DISTINCT FROM, NULLIF, IN, CASE and BETWEEN name no operator, so none can be qualified. With hstore the view cannot
-- be restored, with citext it silently compares like text.
CREATE VIEW hostile.distinct_hstores AS
    SELECT a.attributes IS DISTINCT FROM b.attributes AS differ FROM shop.customer AS a JOIN shop.customer AS b ON a.id = b.id + 1;
CREATE VIEW hostile.distinct_citexts AS
    SELECT a.email::public.citext IS DISTINCT FROM b.email::public.citext AS differ,
        NULLIF(a.email::public.citext, 'CUSTOMER1@example.com'::public.citext) AS other
    FROM shop.customer AS a JOIN shop.customer AS b ON a.id = b.id + 1;

-- Two views that need each other. Nobody can ask them, everybody has to copy them.
CREATE VIEW hostile.egg AS SELECT 1 AS id;
CREATE VIEW hostile.hen AS SELECT id FROM hostile.egg;
CREATE OR REPLACE VIEW hostile.egg AS SELECT id FROM hostile.hen;

-- A function that names what is not there.
SET check_function_bodies = off;
CREATE FUNCTION hostile.broken() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM nowhere.nothing';
RESET check_function_bodies;
RESET search_path;
