-- Extensions, schemas, types, and what columns need of functions.
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION citext SCHEMA public;
CREATE EXTENSION btree_gist SCHEMA public;
CREATE EXTENSION pg_trgm SCHEMA public;

CREATE SCHEMA shop AUTHORIZATION shop_owner;
CREATE SCHEMA archive AUTHORIZATION shop_owner;
CREATE SCHEMA "Odd ""Names"" %;" AUTHORIZATION shop_owner;
GRANT CREATE, USAGE ON SCHEMA public TO shop_owner;
COMMENT ON SCHEMA shop IS 'Everything that the shop sells, and to whom';

SET ROLE shop_owner;

CREATE TYPE shop.order_state AS ENUM ('new', 'paid', 'packed', 'shipped', 'returned', 'it''s odd', 'größe');
ALTER TYPE shop.order_state ADD VALUE 'held' BEFORE 'packed';
COMMENT ON TYPE shop.order_state IS 'In the order in which they happen';

CREATE DOMAIN shop.email AS public.citext
    CONSTRAINT email_has_an_at CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN shop.positive AS numeric(12, 2) DEFAULT 1 NOT NULL CHECK (VALUE > 0);

CREATE TYPE shop.address AS (
    street text,
    number integer,
    city text COLLATE "C",
    located point
);
CREATE TYPE shop.priced AS (what text, price numeric(10, 2), parts shop.address[]);

CREATE TYPE shop.price_range AS RANGE (subtype = numeric);

CREATE COLLATION shop.german_phonebook (provider = icu, locale = 'de-u-co-phonebk');
CREATE COLLATION shop.ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);

CREATE FUNCTION shop.gross(net numeric, percent numeric DEFAULT 19) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS 'SELECT round(net * (1 + percent / 100), 2)';
CREATE FUNCTION shop.slug(name text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE COST 5
    SET search_path = pg_catalog
    AS $$
BEGIN
    RETURN lower(regexp_replace(name, '[^[:alnum:]]+', '-', 'g'));
END
$$;

CREATE TEXT SEARCH CONFIGURATION shop.english (COPY = pg_catalog.english);
COMMENT ON TEXT SEARCH CONFIGURATION shop.english IS 'A copy, to have one';
RESET ROLE;
