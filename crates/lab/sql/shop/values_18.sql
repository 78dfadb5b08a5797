-- What came with 18: virtual generated columns, keys over time, NOT NULL that is not valid, constraints not enforced.
SET ROLE shop_owner;
CREATE TABLE archive.virtual (
    id integer PRIMARY KEY,
    net numeric NOT NULL,
    gross numeric GENERATED ALWAYS AS (round(net * 1.19, 2)) VIRTUAL,
    at uuid DEFAULT uuidv7()
);
INSERT INTO archive.virtual (id, net, at) SELECT i, i, '01890000-0000-7000-8000-000000000000' FROM generate_series(1, 100) AS i;
CREATE TABLE archive.over_time (
    id integer,
    valid daterange,
    PRIMARY KEY (id, valid WITHOUT OVERLAPS)
);
INSERT INTO archive.over_time VALUES (1, '[2024-01-01,2025-01-01)'), (1, '[2025-01-01,)');
CREATE TABLE archive.halfhearted (a integer, b integer);
INSERT INTO archive.halfhearted VALUES (NULL, -1);
ALTER TABLE archive.halfhearted
    ADD CONSTRAINT a_is_there NOT NULL a NOT VALID,
    ADD CONSTRAINT b_is_positive CHECK (b > 0) NOT ENFORCED;
RESET ROLE;
