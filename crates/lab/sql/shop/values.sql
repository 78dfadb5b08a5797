-- Every common type with its ordinary, its extreme and its strange values.
SET ROLE shop_owner;
SET bytea_output = 'hex';

CREATE TABLE archive.every_type (
    id integer PRIMARY KEY,
    a_boolean boolean,
    a_smallint smallint,
    an_integer integer,
    a_bigint bigint,
    a_numeric numeric,
    a_short_numeric numeric(6, 3),
    a_real real,
    a_double double precision,
    a_money money,
    a_text text,
    a_varchar varchar(20),
    a_char char(6),
    a_name name,
    one_char "char",
    a_bytea bytea,
    a_date date,
    a_time time,
    a_timetz time with time zone,
    a_timestamp timestamp,
    a_timestamptz timestamptz,
    an_interval interval,
    a_uuid uuid,
    a_json json,
    a_jsonb jsonb,
    a_jsonpath jsonpath,
    an_xml xml,
    an_inet inet,
    a_cidr cidr,
    a_macaddr macaddr,
    a_macaddr8 macaddr8,
    a_bit bit(5),
    a_varbit bit varying,
    a_point point,
    a_line line,
    a_segment lseg,
    a_box box,
    a_path path,
    a_polygon polygon,
    a_circle circle,
    a_tsvector tsvector,
    a_tsquery tsquery,
    an_oid oid,
    a_lsn pg_lsn,
    a_range int8range,
    a_numrange numrange,
    a_daterange daterange,
    a_tsrange tsrange,
    an_own_range shop.price_range,
    integers integer[],
    texts text[],
    a_matrix integer[][],
    times timestamptz[],
    a_composite shop.priced,
    composites shop.address[],
    a_state shop.order_state,
    states shop.order_state[],
    a_domain shop.email,
    an_hstore public.hstore,
    a_citext public.citext
);

INSERT INTO archive.every_type VALUES (
    1, true, -32768, -2147483648, -9223372036854775808, 'NaN', -999.999, 'NaN', '-0', '-92233720368547758.08',
    '', '', '', '', '', '', '-infinity', '00:00:00', '00:00:00+15:59:59', '-infinity', '-infinity',
    '-178000000 years', '00000000-0000-0000-0000-000000000000', '{"b": 1, "a": 2, "b": 3}', '{}', '$', '<a/>',
    '0.0.0.0/0', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', '00000', '', '(-0,0)', '{1,-1,0}',
    '[(0,0),(0,0)]', '(0,0),(0,0)', '[(0,0)]', '((0,0))', '<(0,0),0>', '', '', 0, '0/0',
    'empty', 'empty', 'empty', 'empty', 'empty', '{}', '{}', '{}', '{}', NULL, '{}', 'new', '{}', 'A@B', '', ''
), (
    2, false, 32767, 2147483647, 9223372036854775807,
    '12345678901234567890123456789012345678901234567890.123456789012345678901234567890', 999.999, 'infinity',
    'infinity', '92233720368547758.07', E'tab\t newline\n return\r backslash\\ quote'' dollar$ \\N \\.',
    'größer als ÄÖÜ', 'a', 'a name', 'x', '\x00ff5c0a0d09275c2e', 'infinity', '24:00:00', '24:00:00-15:59:59',
    'infinity', 'infinity', '178000000 years', 'ffffffff-ffff-ffff-ffff-ffffffffffff', ' [1.10 ,  "\u00e4" ] ',
    '{"n": 1.100, "u": "\u00e4", "deep": [[[[[null, true]]]]]}', '$.a[*] ? (@.b > 1.5)',
    '<?xml version="1.0"?><a b="c">d &amp; e<!-- f --></a>', '::1/128', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff',
    'ff:ff:ff:ff:ff:ff:ff:ff', '10101', '1111000011110000111', '(1e300,-1e-300)', '{0,1,2.5}', '[(1,2),(3,4)]',
    '(3,4),(1,2)', '((1,2),(3,4),(5,6))', '((1,2),(3,4),(5,6))', '<(1,2),3.5>', '''it''''s'':1A,2B fat:3 cat:4C',
    '(fat | rat) & !cat:* <2> dog', 4294967295, 'FFFFFFFF/FFFFFFFF', '[1,10)', '(,0.5]', '[2024-02-29,infinity)',
    '(-infinity,)', '[1.5,2.5]', '[-5:-3]={1,NULL,3}', '{"NULL",NULL,"",",","{}","\"","\\"," ","größe"}',
    '{{1,2},{3,4}}', '{infinity,-infinity,"2024-02-29 12:00:00+02"}',
    ROW('a, "b" (c) \', 1.50, ARRAY[ROW('Straße 1', 2, NULL, '(1,2)')::shop.address]),
    ARRAY[ROW(NULL, NULL, NULL, NULL), NULL, ROW('', 0, '"', NULL)]::shop.address[], 'größe', '{"it''s odd",new}',
    'ä@ö', '"a=>b"=>"c,d", "null"=>NULL, "empty"=>""', 'CaSe'
);
INSERT INTO archive.every_type (id) VALUES (3);
INSERT INTO archive.every_type (id, a_real, a_double, a_date, a_timestamp, a_timestamptz, an_interval, a_numeric) VALUES
    (4, '-infinity', 4.9e-324, '4713-01-01 BC', '4713-01-01 00:00:00 BC', '0001-01-01 00:00:00+00 BC',
     '-1 year 2 months -3 days 04:05:06.789', '0.000000000000000000000000000000000001'),
    (5, 1e-45, 1.7976931348623157e308, '5874897-12-31', '294276-12-31 23:59:59.999999', '2024-10-27 02:30:00+02',
     '1 microsecond', '-0.00'),
    (6, 0.1, 0.1, '0001-12-31', '2024-02-29 23:59:60', '1883-11-18 12:03:57+00', '1 mon -1 day', '1e100'),
    (7, 16777217, 9007199254740993, '1582-10-10', '0001-12-31 23:59:59.999999', '2038-01-19 03:14:08+00',
     '00:00:00', '100.0000');

CREATE TABLE archive.unicode (id integer PRIMARY KEY, what text NOT NULL, value text NOT NULL);
INSERT INTO archive.unicode VALUES
    (1, 'composed', U&'\00e9'), (2, 'decomposed', U&'e\0301'), (3, 'emoji family', U&'\+01F468\200D\+01F469'),
    (4, 'right to left', U&'\202Eabc\202C'), (5, 'byte order mark', U&'\FEFFx'), (6, 'noncharacter', U&'\FFFF'),
    (7, 'highest', U&'\+10FFFF'), (8, 'line separators', U&'a\2028b\2029c\0085d'), (9, 'all controls',
    (SELECT string_agg(chr(i), '' ORDER BY i) FROM generate_series(1, 31) AS i) || chr(127)),
    (10, 'zero width', U&'a\200Bb'), (11, 'trailing space', 'a   '), (12, 'only newlines', E'\n\r\n'),
    (13, 'copy end', E'\\.\n\\.'), (14, 'copy null', '\N'), (15, 'Turkish', 'İıIi'), (16, 'ligature', 'ﬁ ß ẞ');

-- Values that are stored outside of their row, one compressed, one not, one of eight megabytes.
CREATE TABLE archive.wide (id integer PRIMARY KEY, compressed text, plain text, bytes bytea);
ALTER TABLE archive.wide ALTER COLUMN plain SET STORAGE EXTERNAL;
INSERT INTO archive.wide
SELECT i, repeat('compressible ', 10000 * i), (SELECT string_agg(md5((i * 1000 + j)::text), '') FROM generate_series(1, 500) AS j),
    (SELECT string_agg(sha256((i * 7000 + j)::text::bytea), '') FROM generate_series(1, 1000) AS j)
FROM generate_series(1, 12) AS i;
INSERT INTO archive.wide VALUES (13, repeat('x', 8 << 20), '', '');
RESET ROLE;
