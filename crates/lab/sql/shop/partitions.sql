-- Partitions by range, list and hash, at two levels, one attached later with another order of columns.
SET ROLE shop_owner;

CREATE TABLE shop.visit (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    country text NOT NULL,
    page text,
    PRIMARY KEY (id, at, country)
) PARTITION BY RANGE (at);
CREATE TABLE shop.visit_2024 PARTITION OF shop.visit
    FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00') PARTITION BY LIST (country);
CREATE TABLE shop.visit_2024_de PARTITION OF shop.visit_2024 FOR VALUES IN ('DE', 'AT', 'CH');
CREATE TABLE shop.visit_2024_rest PARTITION OF shop.visit_2024 DEFAULT;
CREATE TABLE shop.visit_2025 (
    page text,
    dropped integer,
    country text NOT NULL,
    id bigint NOT NULL,
    at timestamptz NOT NULL
);
ALTER TABLE shop.visit_2025 DROP COLUMN dropped;
ALTER TABLE shop.visit ATTACH PARTITION shop.visit_2025
    FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
CREATE TABLE shop.visit_later PARTITION OF shop.visit DEFAULT;
CREATE INDEX visit_page ON shop.visit (page);

CREATE TABLE shop.payment (
    id uuid PRIMARY KEY,
    purchase bigint NOT NULL,
    amount numeric(12, 2) NOT NULL,
    card text
) PARTITION BY HASH (id);
CREATE TABLE shop.payment_0 PARTITION OF shop.payment FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE shop.payment_1 PARTITION OF shop.payment FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE shop.payment_2 PARTITION OF shop.payment FOR VALUES WITH (MODULUS 3, REMAINDER 2);
ALTER TABLE shop.payment ADD FOREIGN KEY (purchase) REFERENCES shop.purchase;

CREATE TABLE archive.by_list (kind text, n integer) PARTITION BY LIST (kind);
CREATE TABLE archive.by_list_none PARTITION OF archive.by_list FOR VALUES IN (NULL);
CREATE TABLE archive.by_list_odd PARTITION OF archive.by_list FOR VALUES IN ('it''s', 'größe', '');
CREATE TABLE archive.no_partition_yet (id integer) PARTITION BY RANGE (id);
RESET ROLE;
