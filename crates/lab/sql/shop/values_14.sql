-- What came with 14: multiranges, infinite numerics, compression by column.
SET ROLE shop_owner;
CREATE TABLE archive.multiranges (
    id integer PRIMARY KEY,
    numbers int4multirange,
    days datemultirange,
    prices shop.price_multirange,
    infinite numeric,
    compressed text COMPRESSION pglz
);
INSERT INTO archive.multiranges VALUES
    (1, '{}', '{}', '{}', 'infinity', ''),
    (2, '{[1,3),[5,9),(,0)}', '{[2024-01-01,2024-02-01),[2025-01-01,)}', '{[1.5,2],(3,4.25)}', '-infinity', NULL),
    (3, NULL, NULL, NULL, 'NaN', repeat('again ', 5000));

CREATE FUNCTION shop.revenue(customer bigint) RETURNS numeric
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT coalesce(sum(l.quantity * l.net), 0)
        FROM shop.purchase AS p JOIN shop.purchase_line AS l ON l.purchase = p.id
        WHERE p.customer = $1;
    END;
CREATE PROCEDURE shop.close_year(year integer, INOUT closed bigint DEFAULT 0)
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT count(*) FROM shop.purchase WHERE extract(year FROM ordered_at) = year;
    END;
RESET ROLE;
