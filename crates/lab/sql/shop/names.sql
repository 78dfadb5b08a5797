-- Names that break programs which build SQL by hand.
SET ROLE shop_owner;
CREATE TABLE "Odd ""Names"" %;"."select" ("from" integer PRIMARY KEY, "ORDER" text, "a b" text, "quote""d" text);
INSERT INTO "Odd ""Names"" %;"."select" SELECT i, 'o', E'a\tb', '"' FROM generate_series(1, 10) AS i;
CREATE TABLE "Odd ""Names"" %;"."Select" ("From" serial PRIMARY KEY, "%s" integer, "$1" integer, "?" integer);
INSERT INTO "Odd ""Names"" %;"."Select" ("%s") SELECT i FROM generate_series(1, 10) AS i;
CREATE TABLE public."two
lines" ("new
line" integer PRIMARY KEY, "tab	" text);
INSERT INTO public."two
lines" VALUES (1, '1');
CREATE TABLE public."🛒 it's; DROP TABLE x; --" ("ключ" integer PRIMARY KEY, "值" text, "\" text);
INSERT INTO public."🛒 it's; DROP TABLE x; --" VALUES (1, '一', '\');
-- 63 bytes, the last character of two; and its neighbour.
CREATE TABLE public."a23456789012345678901234567890123456789012345678901234567890_é" (id integer PRIMARY KEY, a text);
CREATE TABLE public."a23456789012345678901234567890123456789012345678901234567890_e" (id integer PRIMARY KEY, a text);
INSERT INTO public."a23456789012345678901234567890123456789012345678901234567890_é" VALUES (1, 'acute');
CREATE INDEX "index on ""it""" ON "Odd ""Names"" %;"."select" ("a b", "quote""d");
CREATE SEQUENCE public."Sequence ""1""" START 5;
CREATE TYPE public."Type of 'type'" AS ENUM ('"', '''', '\', '%', E'\n', ' ');
CREATE TABLE public."CamelCase" ("Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Kind" public."Type of 'type'");
INSERT INTO public."CamelCase" ("Kind") SELECT unnest(enum_range(NULL::public."Type of 'type'"));
CREATE FUNCTION public."f ""%"" (x)"("a b" integer) RETURNS integer LANGUAGE sql AS 'SELECT "a b" * 2';
GRANT SELECT ON public."CamelCase" TO "Shop ""Night"" Shift";
CREATE TABLE public.a_table_without_rows_or_key (nothing text);
CREATE TABLE public.wide_table_of_two_hundred_columns (id integer PRIMARY KEY);
DO $$
BEGIN
    FOR i IN 1 .. 200 LOOP
        EXECUTE format('ALTER TABLE public.wide_table_of_two_hundred_columns ADD COLUMN %I integer', 'c' || i);
    END LOOP;
END
$$;
INSERT INTO public.wide_table_of_two_hundred_columns (id, c1, c100, c200) VALUES (1, 1, 100, 200), (2, NULL, NULL, 2);
RESET ROLE;
