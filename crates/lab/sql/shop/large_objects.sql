-- Twenty large objects: small ones, an empty one, three above a megabyte, one with a hole; owners, rights, comments.
SET ROLE shop_owner;
CREATE TABLE shop.scan (id integer PRIMARY KEY, content oid NOT NULL);
INSERT INTO shop.scan
SELECT i, lo_from_bytea(500000 + i, decode(repeat(md5(i::text), CASE WHEN i > 17 THEN 70000 + i ELSE i * 40 END), 'hex'))
FROM generate_series(1, 18) AS i;
INSERT INTO shop.scan VALUES (19, lo_create(500019)), (20, lo_create(500020));
SELECT lo_put(500020, 2000000, '\xdeadbeef');
SELECT lo_put(500016, 0, decode(repeat('00ff10', 400000), 'hex')), lo_put(500017, 0, decode(repeat('5c', 1100000), 'hex'));
GRANT SELECT ON LARGE OBJECT 500001, 500002 TO shop_reader;
GRANT ALL ON LARGE OBJECT 500003 TO shop_app WITH GRANT OPTION;
COMMENT ON LARGE OBJECT 500001 IS 'The first scan, it''s "old"';
RESET ROLE;
ALTER LARGE OBJECT 500004 OWNER TO shop_app;
