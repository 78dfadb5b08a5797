-- rules::code fts-dictionary-file: dictionaries that read a file on the server; N where PostgreSQL ships one of its name.
select
    format('%I.%I', n.nspname, d.dictname) as object,
    format('file of %s: %s', o.option, o.file) as detail,
    case
        when o.file in ('danish', 'dutch', 'english', 'finnish', 'french', 'german', 'hungarian', 'italian', 'nepali', 'norwegian',
                        'portuguese', 'russian', 'spanish', 'swedish', 'turkish', 'ispell_sample', 'hunspell_sample', 'hunspell_sample_long',
                        'hunspell_sample_num', 'synonym_sample', 'thesaurus_sample', 'unaccent', 'xsyn_sample')
        then 'N'
    end as severity
from pg_catalog.pg_ts_dict d
join pg_catalog.pg_namespace n on n.oid = d.dictnamespace
cross join lateral (
    select
        lower(part[1]) as option,
        part[2] as file
    from regexp_matches(d.dictinitoption, '(dictfile|afffile|stopwords|synonyms|rules)\s*=\s*E?''([^'']*)''', 'gi') part
) o
where d.oid >= 16384
  and not exists (
      select from pg_catalog.pg_depend e
      where e.classid = 'pg_catalog.pg_ts_dict'::regclass and e.objid = d.oid and e.deptype = 'e'
  )
