-- Indexes, statistics, views, functions, triggers, rules and policies: what is made when the rows are there.
SET ROLE shop_owner;

CREATE INDEX customer_preferences ON shop.customer USING gin (preferences jsonb_path_ops);
CREATE INDEX customer_found ON shop.customer USING gin (found);
CREATE INDEX customer_name ON shop.customer USING gin (name public.gin_trgm_ops);
CREATE INDEX customer_lower ON shop.customer (lower(name) COLLATE "C" DESC NULLS LAST) WHERE credit IS NOT NULL;
CREATE INDEX purchase_day ON shop.purchase USING brin (ordered_at) WITH (pages_per_range = 32);
CREATE INDEX purchase_state ON shop.purchase USING hash (state);
CREATE INDEX purchase_customer ON shop.purchase (customer) INCLUDE (state) WITH (fillfactor = 80);
CREATE INDEX product_gross ON shop.product (shop.gross(net));
ALTER TABLE shop.customer CLUSTER ON customer_pkey;
ALTER INDEX shop.customer_lower ALTER COLUMN 1 SET STATISTICS 300;
COMMENT ON INDEX shop.customer_lower IS 'For the search field; "quoted", it''s';

CREATE STATISTICS shop.customer_place (dependencies, ndistinct, mcv) ON country, credit FROM shop.customer;
COMMENT ON STATISTICS shop.customer_place IS 'Countries have their habits';

-- Old rows break these two.
ALTER TABLE shop.coupon ADD CONSTRAINT coupon_customer FOREIGN KEY (customer) REFERENCES shop.customer NOT VALID;
ALTER TABLE shop.purchase ADD CONSTRAINT purchase_note CHECK (note <> '') NOT VALID;

CREATE VIEW shop.sale WITH (security_barrier) AS
    SELECT p.id, c.name, c.country, sum(l.quantity * l.net) AS net
    FROM shop.purchase AS p
    JOIN shop.customer AS c ON c.id = p.customer
    JOIN shop.purchase_line AS l ON l.purchase = p.id
    GROUP BY p.id, c.id;
CREATE VIEW shop.german_customer AS
    SELECT id, email, name, country FROM shop.customer WHERE country = 'DE' WITH LOCAL CHECK OPTION;
ALTER VIEW shop.german_customer ALTER COLUMN country SET DEFAULT 'DE';
CREATE RECURSIVE VIEW shop.referral (id, depth) AS
    SELECT id, 0 FROM shop.customer WHERE referred_by IS NULL
    UNION ALL
    SELECT c.id, r.depth + 1 FROM shop.customer AS c JOIN referral AS r ON c.referred_by = r.id;

-- The second rests on the first, and has the lesser name.
CREATE MATERIALIZED VIEW shop.revenue_by_country AS
    SELECT country, sum(net) AS net FROM shop.sale GROUP BY country;
CREATE UNIQUE INDEX revenue_by_country_key ON shop.revenue_by_country (country);
CREATE MATERIALIZED VIEW shop.best_country AS
    SELECT country FROM shop.revenue_by_country ORDER BY net DESC, country LIMIT 1;
CREATE MATERIALIZED VIEW shop.not_filled AS SELECT 1 AS one WITH NO DATA;

CREATE FUNCTION shop.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO archive.log_line VALUES (clock_timestamp(), TG_OP || ' ' || TG_TABLE_NAME);
    RETURN NULL;
END
$$;
CREATE TRIGGER customer_changed AFTER UPDATE OF name, email ON shop.customer
    FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE FUNCTION shop.note_change();
CREATE TRIGGER purchases_came AFTER INSERT ON shop.purchase
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION shop.note_change();
CREATE CONSTRAINT TRIGGER line_changed AFTER UPDATE ON shop.purchase_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION shop.note_change();
COMMENT ON TRIGGER customer_changed ON shop.customer IS 'Writes to archive.log_line';

CREATE FUNCTION shop.customers_of(VARIADIC countries text[]) RETURNS SETOF shop.customer
    LANGUAGE sql STABLE ROWS 50 SECURITY DEFINER SET search_path = shop, pg_temp
    AS 'SELECT * FROM shop.customer WHERE country = ANY (countries)';
CREATE FUNCTION shop.both(IN a anyelement, OUT first anyelement, OUT rest anyarray) LANGUAGE sql
    AS 'SELECT a, ARRAY[a]';
CREATE AGGREGATE shop.product_of(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1', PARALLEL = safe, COMBINEFUNC = numeric_mul);
CREATE FUNCTION shop.close_to(numeric, numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 1';
CREATE OPERATOR shop.~= (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = shop.close_to, COMMUTATOR = OPERATOR(shop.~=));
CREATE CAST (shop.address AS text) WITH INOUT AS ASSIGNMENT;

CREATE RULE coupon_stays AS ON DELETE TO shop.coupon DO INSTEAD
    UPDATE shop.coupon SET used = true WHERE code = old.code;
CREATE RULE settings_are_logged AS ON INSERT TO archive.settings DO ALSO
    INSERT INTO archive.log_line VALUES (now(), 'set ' || new.key);

ALTER TABLE shop.coupon ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_coupons ON shop.coupon FOR SELECT TO shop_app, shop_reader
    USING (customer = NULLIF(current_setting('shop.customer', true), '')::bigint);
CREATE POLICY new_coupons ON shop.coupon AS RESTRICTIVE FOR INSERT WITH CHECK (used IS NOT true);

CREATE PUBLICATION shop_news FOR TABLE shop.customer, shop.product WITH (publish = 'insert, update');
RESET ROLE;
