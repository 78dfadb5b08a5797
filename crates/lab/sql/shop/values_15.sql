-- What came with 15: NULLs that are alike, foreign keys that set one column, views with the rights of who asks.
SET ROLE shop_owner;
CREATE TABLE archive.alike (a integer, b text, UNIQUE NULLS NOT DISTINCT (a, b));
INSERT INTO archive.alike VALUES (1, NULL), (NULL, NULL), (NULL, 'x');
CREATE TABLE archive.pair (tenant integer, id integer, PRIMARY KEY (tenant, id));
CREATE TABLE archive.pointing (
    tenant integer NOT NULL,
    pair integer,
    FOREIGN KEY (tenant, pair) REFERENCES archive.pair ON DELETE SET NULL (pair)
);
INSERT INTO archive.pair VALUES (1, 1), (1, 2);
INSERT INTO archive.pointing VALUES (1, 1), (1, NULL);
CREATE VIEW shop.own_customers WITH (security_invoker = true) AS SELECT * FROM shop.customer;
RESET ROLE;
