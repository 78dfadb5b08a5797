-- The shop's life: about 18,000 rows for each scale. Nothing is random, nothing depends on the clock.
SET ROLE shop_owner;
SET timezone = 'UTC';

INSERT INTO shop.country VALUES
    ('DE', 'Deutschland', 'Germany'), ('AT', 'Österreich', 'Austria'), ('CH', 'Schweiz', 'Switzerland'),
    ('FR', 'Frankreich', 'France'), ('TR', 'Türkei', 'Türkiye'), ('JP', 'Japan', '日本');

INSERT INTO shop.customer (email, name, country, home, tags, preferences, attributes, referred_by, registered_at, credit)
SELECT
    'customer' || i || '@example.com',
    (ARRAY['Ada', 'Grace', 'Özlem', 'Jürgen', 'François', '花子', 'O''Hara'])[1 + i % 7] || ' ' || md5(i::text),
    (ARRAY['DE', 'AT', 'CH', 'FR', 'TR', 'JP'])[1 + i % 6],
    CASE WHEN i % 5 > 0 THEN ROW('Hauptstraße', i % 200, 'Köln', point(i, -i))::shop.address END,
    CASE WHEN i % 3 = 0 THEN ARRAY['regular', 'tag "' || i || '"'] ELSE '{}' END,
    jsonb_build_object('newsletter', i % 2 = 0, 'sizes', jsonb_build_array(i % 50, i % 7 / 2.0)),
    CASE WHEN i % 4 = 0 THEN public.hstore('shoe', (i % 50)::text) END,
    CASE WHEN i % 10 = 9 THEN 1000 + i / 2 END,
    timestamptz '2023-01-01 00:00+00' + i * interval '7 minutes',
    CASE WHEN i % 9 > 0 THEN i % 1000 END
FROM generate_series(1, 1000 * {scale}) AS i;

INSERT INTO shop.product (sku, name, net, weight, size, stock, picture, described, price, sold_during)
SELECT
    md5('product' || i)::uuid, 'Product No. ' || i, i * 1.37, i / 8.0, i / 3.0, i % 300,
    decode(repeat(md5(i::text), 20), 'hex'),
    xmlparse(CONTENT '<p no="' || i || '">&lt;b&gt;</p>'), (i * 1.37)::numeric::money,
    tstzrange('2024-01-01 00:00+00', CASE WHEN i % 2 = 0 THEN timestamptz '2024-01-01 00:00+00' + i * interval '1 day' END)
FROM generate_series(1, 500) AS i;

INSERT INTO shop.purchase (customer, state, ordered_at, shipped_on, from_address, note)
SELECT
    1000 + i % (1000 * {scale}),
    (enum_range(NULL::shop.order_state))[1 + i % 8],
    timestamp '2024-01-01' + i * interval '11 minutes',
    CASE WHEN i % 3 > 0 THEN date '2024-01-02' + i / 200 END,
    '10.0.0.0'::inet + i,
    CASE i % 11 WHEN 0 THEN '' WHEN 1 THEN E'two\nlines' WHEN 2 THEN repeat('long ', i % 400) END
FROM generate_series(1, 3000 * {scale}) AS i;

INSERT INTO shop.purchase_line
SELECT 1 + i / 3, 1 + i % 3, 1 + i % 500, 1 + i % 4, round(i % 10000 / 100.0, 2)
FROM generate_series(0, 9000 * {scale} - 1) AS i;

INSERT INTO shop.payment
SELECT md5('payment' || i)::uuid, i, i % 500 + 0.99, CASE WHEN i % 2 = 0 THEN lpad(i::text, 16, '4') END
FROM generate_series(1, 2000 * {scale}) AS i;

INSERT INTO shop.visit
SELECT i, timestamptz '2023-12-30 00:00+00' + i * interval '4 hours' / {scale},
    (ARRAY['DE', 'AT', 'CH', 'FR', 'TR', 'JP'])[1 + i % 6], '/page/' || i % 37
FROM generate_series(1, 3000 * {scale}) AS i;

INSERT INTO archive.by_list SELECT (ARRAY['it''s', 'größe', '', NULL])[1 + i % 4], i FROM generate_series(1, 40) AS i;

INSERT INTO shop.warehouse VALUES (1, 'North', 2), (2, 'South', 1);
INSERT INTO shop.worker VALUES (1, 'Ayşe', 1), (2, 'Bjørn', 2), (3, 'Chloé', NULL);
INSERT INTO shop.room_booking SELECT i % 5, int4range(i * 10, i * 10 + 10) FROM generate_series(1, 100) AS i;
INSERT INTO shop.coupon SELECT 'CODE' || i, CASE WHEN i % 2 = 0 THEN 900 + i END, i % 3 = 0 FROM generate_series(1, 300) AS i;
INSERT INTO shop.basket SELECT md5('basket' || i)::uuid, '{"empty":  true}', '2024-01-01 00:00+00' FROM generate_series(1, 200) AS i;

INSERT INTO archive.document SELECT i, 'Document ' || i, date '2020-01-01' + i FROM generate_series(1, 200) AS i;
INSERT INTO archive.letter SELECT 1000 + i, 'Letter ' || i, NULL, 'Nobody' FROM generate_series(1, 200) AS i;
INSERT INTO archive.invoice SELECT 2000 + i, 'Invoice ' || i, NULL, i FROM generate_series(1, 200) AS i;
INSERT INTO archive.log_line SELECT timestamp '2024-01-01' + i % 500 * interval '1 s', 'line ' || i % 100 FROM generate_series(1, 1500) AS i;
INSERT INTO archive.twins SELECT i % 3, NULLIF(i % 2, 0)::text FROM generate_series(1, 60) AS i;
INSERT INTO archive.no_columns SELECT FROM generate_series(1, 3);
INSERT INTO archive.settings VALUES ('empty', '""'), ('null', 'null'), ('nothing', NULL), ('number', '1.10');

-- Sequences in every state.
SELECT nextval('shop.invoice_number'), nextval('shop.countdown'), nextval('shop.countdown');
SELECT nextval('shop.seat') FROM generate_series(1, 10);
SELECT setval('shop.set_but_not_called', 77, false);
RESET ROLE;
