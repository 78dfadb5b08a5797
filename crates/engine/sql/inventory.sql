-- verify::definitions: everything that is defined in the database, as (kind, object, property, role, value, deparsed).
-- role: a name that may stand for another on the other side. deparsed: a text that the server made, whose form may
-- differ between majors; NULL: a value that our role may not see. $1: our own schema. Members of extensions are the
-- extension's business. $2, $3: catalogs and OIDs of what is left out. $4: the newest major of which both sides know
-- everything. $5: salt of the hashes that stand for what may be a secret. What a major does not know yet is asked of the
-- row as JSON, where it is null. Large objects: large_object_facts.
with
left_out as (
    select classid, objid
    from unnest($2::oid[], $3::oid[]) o (classid, objid)
),
members as (
    select d.classid, d.objid
    from pg_catalog.pg_depend d
    where d.deptype = 'e'
    union all
    select classid, objid from left_out
),
schemas as (
    select n.oid, n.nspname, n.nspowner, n.nspacl
    from pg_catalog.pg_namespace n
    where n.nspname not in ('pg_catalog', 'information_schema', $1)
      and n.nspname !~ '^pg_(toast|temp)'
      and not exists (select from left_out o where o.classid = 'pg_catalog.pg_namespace'::regclass and o.objid = n.oid)
),
constraints as (
    select co.*
    from pg_catalog.pg_constraint co
    where not exists (select from left_out o where o.classid = 'pg_catalog.pg_constraint'::regclass and o.objid = co.oid)
      -- a key to a partitioned table has one more for each partition, which the server names as it likes
      and not exists (select from pg_catalog.pg_constraint whole where whole.oid = co.conparentid and whole.conrelid = co.conrelid)
),
triggers as (
    select g.*
    from pg_catalog.pg_trigger g
    -- up to 14 a partition's clone of a trigger counts as internal
    where (not g.tgisinternal
           or g.tgparentid <> 0 and not exists (select from pg_catalog.pg_constraint k where k.oid = g.tgconstraint and k.contype <> 't'))
      and not exists (select from left_out o where o.classid = 'pg_catalog.pg_trigger'::regclass and o.objid = g.oid)
),
rules as (
    select w.*
    from pg_catalog.pg_rewrite w
    where w.rulename <> '_RETURN'
      and not exists (select from left_out o where o.classid = 'pg_catalog.pg_rewrite'::regclass and o.objid = w.oid)
),
policies as (
    select p.*
    from pg_catalog.pg_policy p
    where not exists (select from left_out o where o.classid = 'pg_catalog.pg_policy'::regclass and o.objid = p.oid)
),
statistics as (
    select x.*
    from pg_catalog.pg_statistic_ext x
    where not exists (select from left_out o where o.classid = 'pg_catalog.pg_statistic_ext'::regclass and o.objid = x.oid)
),
relations as (
    select c.*, pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(c.relname) as name
    from pg_catalog.pg_class c
    join schemas s on s.oid = c.relnamespace
    where c.relpersistence <> 't'
      and not exists (select from members m where m.classid = 'pg_catalog.pg_class'::regclass and m.objid = c.oid)
      -- of an extension's composite type only the type is a member
      and not exists (select from members m where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = c.reltype and c.relkind = 'c')
),
functions as (
    select p.*, p.oid::pg_catalog.regprocedure::text as name
    from pg_catalog.pg_proc p
    join schemas s on s.oid = p.pronamespace
    where not exists (select from members m where m.classid = 'pg_catalog.pg_proc'::regclass and m.objid = p.oid)
      and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')
),
types as (
    select t.*, pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(t.typname) as name
    from pg_catalog.pg_type t
    join schemas s on s.oid = t.typnamespace
    where t.typtype in ('d', 'e', 'r', 'b')
      and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)
      and not exists (select from members m where m.classid = 'pg_catalog.pg_type'::regclass and m.objid = t.oid)
),
rights as (
    select 'schema' as kind, s.nspname::text as name, coalesce(s.nspacl, pg_catalog.acldefault('n', s.nspowner)) as acl, s.nspowner as owner from schemas s
    union all
    select 'relation', r.name, coalesce(r.relacl, pg_catalog.acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner)), r.relowner
    from relations r where r.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select 'column', r.name || '.' || pg_catalog.quote_ident(a.attname), a.attacl, r.relowner
    from relations r join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attacl is not null and a.attnum > 0 and not a.attisdropped
    union all
    select 'function', f.name, coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner)), f.proowner from functions f
    union all
    select 'type', t.name, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner)), t.typowner from types t
    union all
    select 'type', r.name, coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner)), t.typowner
    from relations r join pg_catalog.pg_type t on t.oid = r.reltype where r.relkind = 'c'
    union all
    select 'foreign server', w.srvname::text, coalesce(w.srvacl, pg_catalog.acldefault('S', w.srvowner)), w.srvowner from pg_catalog.pg_foreign_server w
    where not exists (select from members m where m.classid = 'pg_catalog.pg_foreign_server'::regclass and m.objid = w.oid)
    union all
    select 'foreign-data wrapper', w.fdwname::text, coalesce(w.fdwacl, pg_catalog.acldefault('F', w.fdwowner)), w.fdwowner from pg_catalog.pg_foreign_data_wrapper w
    where not exists (select from members m where m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass and m.objid = w.oid)
    union all
    -- languages of the server itself are its superuser's, who has another name on the other side
    select 'language', l.lanname::text, coalesce(l.lanacl, pg_catalog.acldefault('l', l.lanowner)), case when l.oid < 16384 then null else l.lanowner end from pg_catalog.pg_language l
    where not exists (select from left_out m where m.classid = 'pg_catalog.pg_language'::regclass and m.objid = l.oid)
)
select kind, object, property, role, value, deparsed
from (
    select 'schema' as kind, s.nspname::text as object, 'owner' as property, pg_catalog.pg_get_userbyid(s.nspowner)::text as role, null::text as value, false as deparsed
    from schemas s
    union all
    select 'extension', e.extname::text, 'schema', null, n.nspname::text, false
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    union all
    -- no dump carries it: between majors each has its own
    select 'extension', e.extname::text, 'version', null, e.extversion, true from pg_catalog.pg_extension e
    union all
    select 'relation', r.name, 'owner', pg_catalog.pg_get_userbyid(r.relowner)::text, null, false
    from relations r where r.relkind not in ('i', 'I', 't')
    union all
    select 'relation', r.name, 'kind', null,
        r.relkind::text || ' ' || r.relpersistence::text || ' rls ' || r.relrowsecurity::text || ' forced ' || r.relforcerowsecurity::text
            || ' identity ' || r.relreplident::text || ' options ' || coalesce((select string_agg(o, ',' order by o) from unnest(r.reloptions) o), ''),
        false
    from relations r where r.relkind <> 't'
    union all
    select 'relation', r.name, 'partition', null,
        coalesce(pg_catalog.pg_get_expr(r.relpartbound, r.oid), '') || coalesce(' by ' || pg_catalog.pg_get_partkeydef(r.oid), ''), true
    from relations r where r.relkind in ('p', 'r') and (r.relispartition or r.relkind = 'p')
    union all
    select 'relation', r.name, 'parents', null,
        -- DETACH CONCURRENTLY came with 14; half done, it hides the partition's rows
        (select string_agg(i.inhparent::pg_catalog.regclass::text || case when (pg_catalog.to_jsonb(i) ->> 'inhdetachpending')::boolean then ' (detach pending)' else '' end,
            ', ' order by i.inhseqno) from pg_catalog.pg_inherits i where i.inhrelid = r.oid), false
    from relations r where exists (select from pg_catalog.pg_inherits i where i.inhrelid = r.oid)
    union all
    select 'relation', r.name, 'of type', null, r.reloftype::pg_catalog.regtype::text, false from relations r where r.reloftype <> 0
    union all
    select 'relation', r.name, 'tablespace', null, s.spcname::text, false
    from relations r join pg_catalog.pg_tablespace s on s.oid = r.reltablespace
    union all
    select 'relation', r.name, 'access method', null, m.amname::text, false
    from relations r join pg_catalog.pg_am m on m.oid = r.relam
    where r.relkind in ('r', 'p', 'm') and m.amname <> 'heap'
    union all
    select 'relation', r.name, 'toast options', null, (select string_agg(o, ',' order by o) from unnest(t.reloptions) o), false
    from relations r join pg_catalog.pg_class t on t.oid = r.reltoastrelid
    where t.reloptions is not null
    union all
    select 'relation', r.name, 'view', null, pg_catalog.pg_get_viewdef(r.oid), true
    from relations r where r.relkind in ('v', 'm')
    union all
    select 'relation', r.name, 'populated', null, r.relispopulated::text, false
    from relations r where r.relkind = 'm'
    union all
    select 'column', r.name || '.' || pg_catalog.quote_ident(a.attname), 'type', null,
        pg_catalog.format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
            || ' identity ' || a.attidentity::text || ' generated ' || a.attgenerated::text || ' storage ' || a.attstorage::text
            || coalesce(' collate ' || co.oid::pg_catalog.regcollation::text, '') || ' statistics ' || coalesce(nullif(a.attstattarget, -1)::text, ''),
        false
    from relations r
    join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_catalog.pg_collation co on co.oid = a.attcollation and a.attcollation <> 100
    where r.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
    union all
    select 'column', r.name || '.' || pg_catalog.quote_ident(a.attname), 'of its own', null, a.attislocal::text, false
    from relations r
    join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    where not r.relispartition
      and exists (select from pg_catalog.pg_inherits i where i.inhrelid = r.oid)
      and r.relkind in ('r', 'f')
    union all
    select 'column', r.name || '.' || pg_catalog.quote_ident(a.attname), 'default', null, pg_catalog.pg_get_expr(d.adbin, d.adrelid), true
    from relations r
    join pg_catalog.pg_attrdef d on d.adrelid = r.oid
    join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum = d.adnum
    union all
    -- attcompression came with 14
    select 'column', r.name || '.' || pg_catalog.quote_ident(a.attname), 'options', null, o.options, false
    from relations r
    join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    cross join lateral (
        select pg_catalog.concat_ws(' ', (select string_agg(x, ',' order by x) from unnest(a.attoptions) x), (select string_agg(x, ',' order by x) from unnest(a.attfdwoptions) x),
            'compression ' || nullif(pg_catalog.to_jsonb(a) ->> 'attcompression', '')) as options
    ) o
    where r.relkind in ('r', 'p', 'v', 'm', 'f', 'i', 'I') and o.options <> ''
    union all
    select 'index', r.name, 'statistics of column ' || a.attnum, null, a.attstattarget::text, false
    from relations r join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0
    where r.relkind in ('i', 'I') and a.attstattarget <> -1
    union all
    select 'constraint', coalesce(r.name, t.name) || '.' || pg_catalog.quote_ident(co.conname), 'state', null,
        co.contype::text || ' valid ' || co.convalidated::text || ' deferrable ' || co.condeferrable::text || ' deferred ' || co.condeferred::text
            || case when co.contype in ('c', 'n') then ' inherited ' || (not co.connoinherit)::text else '' end
            -- 18 has checks and foreign keys that nobody enforces
            || case when pg_catalog.to_jsonb(co) ->> 'conenforced' = 'false' then ' not enforced' else '' end
            || case when co.contype in ('c', 'n') and not r.relispartition and exists (select from pg_catalog.pg_inherits i where i.inhrelid = r.oid)
                   then ' of its own ' || co.conislocal::text else '' end, false
    from constraints co
    left join relations r on r.oid = co.conrelid
    left join types t on t.oid = co.contypid
    where co.contype in ('c', 'f', 'p', 'u', 'x', 'n')
      and (r.oid is not null or t.oid is not null)
      -- NOT NULL has no name up to 17, and always holds there
      and (co.contype <> 'n' or 18 <= $4 or not co.convalidated)
    union all
    select 'constraint', coalesce(r.name, t.name) || '.' || pg_catalog.quote_ident(co.conname), 'text', null, pg_catalog.pg_get_constraintdef(co.oid), true
    from constraints co
    left join relations r on r.oid = co.conrelid
    left join types t on t.oid = co.contypid
    where co.contype in ('c', 'f', 'p', 'u', 'x', 'n')
      and (r.oid is not null or t.oid is not null)
      and (co.contype <> 'n' or 18 <= $4)
    union all
    -- ALTER TABLE .. DISABLE TRIGGER ALL: the key is there and does not act
    select 'constraint', r.name || '.' || pg_catalog.quote_ident(co.conname), 'triggers of ' || g.tgrelid::pg_catalog.regclass::text, null,
        string_agg(distinct case g.tgenabled when 'D' then 'disabled' when 'A' then 'always' when 'R' then 'replica' else 'enabled' end, ', '), false
    from constraints co
    join relations r on r.oid = co.conrelid
    join pg_catalog.pg_trigger g on g.tgconstraint = co.oid and g.tgisinternal
    where co.contype <> 't'
    group by r.name, co.conname, g.tgrelid
    having bool_or(g.tgenabled <> 'O')
    union all
    select 'index', r.name, 'state', null,
        'valid ' || (i.indisvalid and i.indisready and i.indislive)::text || ' unique ' || i.indisunique::text || ' primary ' || i.indisprimary::text
            || ' clustered ' || i.indisclustered::text || ' identity ' || i.indisreplident::text, false
    from relations r join pg_catalog.pg_index i on i.indexrelid = r.oid
    union all
    select 'index', r.name, 'text', null, pg_catalog.pg_get_indexdef(r.oid), true
    from relations r join pg_catalog.pg_index i on i.indexrelid = r.oid
    union all
    select 'function', f.name, 'owner', pg_catalog.pg_get_userbyid(f.proowner)::text, null, false from functions f
    union all
    select 'function', f.name, 'head', null,
        f.prokind::text || ' ' || coalesce(l.lanname::text, '') || ' ' || f.provolatile::text || f.proparallel::text || ' strict ' || f.proisstrict::text
            || ' definer ' || f.prosecdef::text || ' leakproof ' || f.proleakproof::text || ' returns ' || pg_catalog.format_type(f.prorettype, null)
            || ' set ' || f.proretset::text || ' config ' || coalesce(array_to_string(f.proconfig, ','), '') || ' cost ' || f.procost::text || ' rows ' || f.prorows::text, false
    from functions f left join pg_catalog.pg_language l on l.oid = f.prolang
    union all
    select 'function', f.name, 'body', null, pg_catalog.md5(f.prosrc), false from functions f
    union all
    -- arguments, their defaults, bodies that are no text
    select 'function', f.name, 'text', null, pg_catalog.pg_get_functiondef(f.oid), true from functions f where f.prokind <> 'a'
    union all
    select 'function', f.name, 'aggregate', null,
        pg_catalog.concat_ws(' ', g.aggkind, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn, g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn,
            g.aggfinalmodify, g.aggmfinalmodify, g.aggsortop::pg_catalog.regoperator, pg_catalog.format_type(g.aggtranstype, null), 'initially', g.agginitval,
            'moving', pg_catalog.format_type(nullif(g.aggmtranstype, 0), null), 'initially', g.aggminitval, 'space', g.aggtransspace, g.aggmtransspace, 'extra', g.aggfinalextra, g.aggmfinalextra), false
    from functions f join pg_catalog.pg_aggregate g on g.aggfnoid = f.oid
    union all
    select 'type', t.name, 'range', null,
        pg_catalog.concat_ws(' ', pg_catalog.format_type(g.rngsubtype, null), co.collname, oc.opcname, g.rngcanonical, g.rngsubdiff), false
    from types t
    join pg_catalog.pg_range g on g.rngtypid = t.oid
    left join pg_catalog.pg_collation co on co.oid = g.rngcollation
    left join pg_catalog.pg_opclass oc on oc.oid = g.rngsubopc
    union all
    -- multiranges came with 14
    select 'type', t.name, 'multirange', null, (pg_catalog.to_jsonb(g) ->> 'rngmultitypid')::oid::pg_catalog.regtype::text, false
    from types t join pg_catalog.pg_range g on g.rngtypid = t.oid
    where 14 <= $4
    union all
    select 'type', t.name, 'base', null,
        pg_catalog.concat_ws(' ', t.typlen, 'by value', t.typbyval, t.typcategory, t.typispreferred, t.typdelim, t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout,
            t.typanalyze, t.typalign, t.typstorage, 'element', pg_catalog.format_type(nullif(t.typelem, 0), null), 'default', t.typdefault, 'collatable', t.typcollation <> 0), false
    from types t where t.typtype = 'b'
    union all
    select 'type', t.name, 'owner', pg_catalog.pg_get_userbyid(t.typowner)::text, null, false from types t
    union all
    select 'type', t.name, 'labels', null, (select string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_catalog.pg_enum e where e.enumtypid = t.oid), false
    from types t where t.typtype = 'e'
    union all
    select 'type', t.name, 'domain', null, pg_catalog.format_type(t.typbasetype, t.typtypmod) || case when t.typnotnull then ' not null' else '' end
            || coalesce(' collate ' || case when t.typcollation <> e.typcollation then t.typcollation::pg_catalog.regcollation::text end, ''), false
    from types t join pg_catalog.pg_type e on e.oid = t.typbasetype
    where t.typtype = 'd'
    union all
    select 'type', t.name, 'default', null, pg_catalog.pg_get_expr(t.typdefaultbin, 0), true
    from types t
    where t.typtype = 'd' and t.typdefaultbin is not null
    union all
    select 'trigger', r.name || '.' || pg_catalog.quote_ident(g.tgname), 'enabled', null, g.tgenabled::text, false
    from relations r join triggers g on g.tgrelid = r.oid
    union all
    select 'trigger', r.name || '.' || pg_catalog.quote_ident(g.tgname), 'text', null, pg_catalog.pg_get_triggerdef(g.oid), true
    from relations r join triggers g on g.tgrelid = r.oid
    union all
    select 'rule', r.name || '.' || pg_catalog.quote_ident(w.rulename), 'enabled', null, w.ev_enabled::text, false
    from relations r join rules w on w.ev_class = r.oid
    union all
    select 'rule', r.name || '.' || pg_catalog.quote_ident(w.rulename), 'text', null, pg_catalog.pg_get_ruledef(w.oid), true
    from relations r join rules w on w.ev_class = r.oid
    union all
    select 'policy', r.name || '.' || pg_catalog.quote_ident(p.polname), 'text', null,
        p.polcmd::text || ' permissive ' || p.polpermissive::text || ' using ' || coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '')
            || ' check ' || coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ''), true
    from relations r join policies p on p.polrelid = r.oid
    union all
    select 'policy', r.name || '.' || pg_catalog.quote_ident(p.polname), 'for role ' || coalesce(u.rolname::text, 'public'), coalesce(u.rolname::text, 'public'), null, false
    from relations r join policies p on p.polrelid = r.oid
    cross join unnest(p.polroles) role(oid) left join pg_catalog.pg_roles u on u.oid = role.oid
    union all
    select 'sequence', r.name, 'parameters', null,
        pg_catalog.format_type(s.seqtypid, null) || ' start ' || s.seqstart || ' increment ' || s.seqincrement || ' min ' || s.seqmin || ' max ' || s.seqmax || ' cache ' || s.seqcache || ' cycle ' || s.seqcycle::text, false
    from relations r join pg_catalog.pg_sequence s on s.seqrelid = r.oid
    union all
    select 'sequence', r.name, 'owned by', null, d.refobjid::pg_catalog.regclass::text || '.' || pg_catalog.quote_ident(a.attname) || ' ' || d.deptype::text, false
    from relations r
    join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = r.oid and d.refclassid = 'pg_catalog.pg_class'::regclass
        and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where r.relkind = 'S'
      and not exists (select from left_out o where o.classid = d.refclassid and o.objid = d.refobjid)
    union all
    select 'publication', pg_catalog.quote_ident(p.pubname), 'publishes', null,
        'all ' || p.puballtables::text || ' insert ' || p.pubinsert::text || ' update ' || p.pubupdate::text || ' delete ' || p.pubdelete::text
            || ' truncate ' || p.pubtruncate::text || ' via root ' || p.pubviaroot::text
            || coalesce(' generated ' || nullif(pg_catalog.to_jsonb(p) ->> 'pubgencols', 'n'), ''), false
    from pg_catalog.pg_publication p
    union all
    -- pg_publication_namespace came with 15; its rows rest on the publication and on the schema
    select 'publication', pg_catalog.quote_ident(p.pubname), 'schema ' || pg_catalog.quote_ident(n.nspname), null, null, false
    from pg_catalog.pg_publication p
    join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_publication'::regclass and d.refobjid = p.oid
    join pg_catalog.pg_depend e on e.classid = d.classid and e.objid = d.objid and e.refclassid = 'pg_catalog.pg_namespace'::regclass
    join pg_catalog.pg_namespace n on n.oid = e.refobjid
    where not exists (select from left_out o where o.classid = e.refclassid and o.objid = n.oid)
    union all
    -- nobody but a superuser may read the rest of it, and pgferry carries none
    select 'subscription', pg_catalog.quote_ident(s.subname), 'state', pg_catalog.pg_get_userbyid(s.subowner)::text,
        'enabled ' || s.subenabled::text || ' to ' || array_to_string(s.subpublications, ','), false
    from pg_catalog.pg_subscription s
    join pg_catalog.pg_database this on this.oid = s.subdbid and this.datname = pg_catalog.current_database()
    union all
    -- columns and row filters came with 15
    select 'publication', pg_catalog.quote_ident(p.pubname), 'table ' || r.prrelid::pg_catalog.regclass::text, null,
        (select string_agg(a.attname, ', ' order by a.attname) from pg_catalog.pg_attribute a
         where a.attrelid = r.prrelid and pg_catalog.to_jsonb(r) -> 'prattrs' @> pg_catalog.to_jsonb(a.attnum)), false
    from pg_catalog.pg_publication p join pg_catalog.pg_publication_rel r on r.prpubid = p.oid
    where not exists (select from left_out o where o.classid = 'pg_catalog.pg_class'::regclass and o.objid = r.prrelid)
    union all
    select 'publication', pg_catalog.quote_ident(p.pubname), 'rows of ' || pg_catalog.quote_ident(t.schemaname) || '.' || pg_catalog.quote_ident(t.tablename), null,
        pg_catalog.to_jsonb(t) ->> 'rowfilter', true
    from pg_catalog.pg_publication p join pg_catalog.pg_publication_tables t on t.pubname = p.pubname
    where pg_catalog.to_jsonb(t) ->> 'rowfilter' is not null
      and not exists (
          select from left_out o
          join pg_catalog.pg_class c on c.oid = o.objid and c.relname = t.tablename
          join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = t.schemaname
          where o.classid = 'pg_catalog.pg_class'::regclass
      )
    union all
    select 'event trigger', pg_catalog.quote_ident(v.evtname), 'state', null,
        v.evtevent::text || ' ' || v.evtenabled::text || ' ' || v.evtfoid::pg_catalog.regprocedure::text || coalesce(' ' || array_to_string(v.evttags, ','), ''), false
    from pg_catalog.pg_event_trigger v
    where not exists (select from members m where m.classid = 'pg_catalog.pg_event_trigger'::regclass and m.objid = v.oid)
    union all
    select 'foreign-data wrapper', pg_catalog.quote_ident(w.fdwname), 'what', null,
        pg_catalog.concat_ws(' ', nullif(w.fdwhandler, 0)::pg_catalog.regprocedure, nullif(w.fdwvalidator, 0)::pg_catalog.regprocedure, o.options), false
    from pg_catalog.pg_foreign_data_wrapper w
    cross join lateral (select string_agg(pg_catalog.split_part(x, '=', 1) || ' (hash ' || pg_catalog.left(pg_catalog.md5($5 || x), 12) || ')', ', ' order by x) as options from unnest(w.fdwoptions) x) o
    where not exists (select from members m where m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass and m.objid = w.oid)
    union all
    select 'foreign server', pg_catalog.quote_ident(v.srvname), 'options', null, pg_catalog.concat_ws(' ', w.fdwname, v.srvtype, v.srvversion, o.options), false
    from pg_catalog.pg_foreign_server v join pg_catalog.pg_foreign_data_wrapper w on w.oid = v.srvfdw
    cross join lateral (select string_agg(pg_catalog.split_part(x, '=', 1) || ' (hash ' || pg_catalog.left(pg_catalog.md5($5 || x), 12) || ')', ', ' order by x) as options from unnest(v.srvoptions) x) o
    union all
    select 'user mapping', pg_catalog.quote_ident(v.srvname) || ' for role ' || v.usename, 'exists', null, null, false
    from pg_catalog.pg_user_mappings v
    union all
    -- the view shows the options to the role itself, to the server's owner for PUBLIC, and to superusers
    select 'user mapping', pg_catalog.quote_ident(v.srvname) || ' for role ' || v.usename, 'options', null, o.options,
        case when v.umoptions is not null or pg_catalog.current_setting('is_superuser') = 'on' then false end
    from pg_catalog.pg_user_mappings v
    cross join lateral (select string_agg(pg_catalog.split_part(x, '=', 1) || ' (hash ' || pg_catalog.left(pg_catalog.md5($5 || x), 12) || ')', ', ' order by x) as options from unnest(v.umoptions) x) o
    union all
    select 'foreign table', r.name, 'options', null, pg_catalog.concat_ws(' ', v.srvname, o.options), false
    from relations r join pg_catalog.pg_foreign_table t on t.ftrelid = r.oid join pg_catalog.pg_foreign_server v on v.oid = t.ftserver
    cross join lateral (select string_agg(pg_catalog.split_part(x, '=', 1) || ' (hash ' || pg_catalog.left(pg_catalog.md5($5 || x), 12) || ')', ', ' order by x) as options from unnest(t.ftoptions) x) o
    union all
    select 'statistics', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(x.stxname), 'target', null, x.stxstattarget::text, false
    from statistics x join schemas n on n.oid = x.stxnamespace
    where x.stxstattarget <> -1
    union all
    select 'text search configuration', c.oid::pg_catalog.regconfig::text, 'mapping', null,
        p.prsname::text || ': ' || (select string_agg(m.maptokentype || ' ' || m.mapdict::pg_catalog.regdictionary::text, ', ' order by m.maptokentype, m.mapseqno) from pg_catalog.pg_ts_config_map m where m.mapcfg = c.oid), false
    from pg_catalog.pg_ts_config c join schemas n on n.oid = c.cfgnamespace
    join pg_catalog.pg_ts_parser p on p.oid = c.cfgparser
    where not exists (select from members m where m.classid = 'pg_catalog.pg_ts_config'::regclass and m.objid = c.oid)
    union all
    select 'text search dictionary', d.oid::pg_catalog.regdictionary::text, 'options', null, t.tmplname::text || ' ' || coalesce(d.dictinitoption, ''), false
    from pg_catalog.pg_ts_dict d join schemas n on n.oid = d.dictnamespace join pg_catalog.pg_ts_template t on t.oid = d.dicttemplate
    where not exists (select from members m where m.classid = 'pg_catalog.pg_ts_dict'::regclass and m.objid = d.oid)
    union all
    select 'text search parser', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.prsname), 'what', null,
        pg_catalog.concat_ws(' ', p.prsstart, p.prstoken, p.prsend, p.prsheadline, p.prslextype), false
    from pg_catalog.pg_ts_parser p join schemas n on n.oid = p.prsnamespace
    where not exists (select from members m where m.classid = 'pg_catalog.pg_ts_parser'::regclass and m.objid = p.oid)
    union all
    select 'text search template', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.tmplname), 'what', null,
        pg_catalog.concat_ws(' ', p.tmplinit, p.tmpllexize), false
    from pg_catalog.pg_ts_template p join schemas n on n.oid = p.tmplnamespace
    where not exists (select from members m where m.classid = 'pg_catalog.pg_ts_template'::regclass and m.objid = p.oid)
    union all
    -- its encoding is the database's, which is compared itself; 16 and newer rewrite an ICU locale as a language tag
    select 'collation', c.oid::pg_catalog.regcollation::text, 'what', null,
        pg_catalog.concat_ws(' ', 'provider', c.collprovider, 'deterministic', c.collisdeterministic, 'rules', pg_catalog.to_jsonb(c) ->> 'collicurules'), false
    from pg_catalog.pg_collation c join schemas n on n.oid = c.collnamespace
    where not exists (select from members m where m.classid = 'pg_catalog.pg_collation'::regclass and m.objid = c.oid)
    union all
    select 'collation', c.oid::pg_catalog.regcollation::text, 'locale', null,
        coalesce(pg_catalog.to_jsonb(c) ->> 'colllocale', pg_catalog.to_jsonb(c) ->> 'colliculocale', c.collcollate::text || case when c.collctype <> c.collcollate then ' ' || c.collctype::text else '' end),
        c.collprovider = 'i'
    from pg_catalog.pg_collation c join schemas n on n.oid = c.collnamespace
    where not exists (select from members m where m.classid = 'pg_catalog.pg_collation'::regclass and m.objid = c.oid)
    union all
    select 'conversion', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.conname), 'what', null,
        pg_catalog.concat_ws(' ', pg_catalog.pg_encoding_to_char(c.conforencoding), 'to', pg_catalog.pg_encoding_to_char(c.contoencoding), c.conproc, 'default', c.condefault), false
    from pg_catalog.pg_conversion c join schemas n on n.oid = c.connamespace
    where not exists (select from members m where m.classid = 'pg_catalog.pg_conversion'::regclass and m.objid = c.oid)
    union all
    select 'language', pg_catalog.quote_ident(l.lanname), 'what', null,
        pg_catalog.concat_ws(' ', 'trusted', l.lanpltrusted, nullif(l.lanplcallfoid, 0)::pg_catalog.regprocedure, nullif(l.laninline, 0)::pg_catalog.regprocedure, nullif(l.lanvalidator, 0)::pg_catalog.regprocedure), false
    from pg_catalog.pg_language l
    where l.oid >= 16384
      and not exists (select from members m where m.classid = 'pg_catalog.pg_language'::regclass and m.objid = l.oid)
    union all
    select 'access method', pg_catalog.quote_ident(a.amname), 'what', null, a.amtype::text || ' ' || a.amhandler::text, false
    from pg_catalog.pg_am a
    where a.oid >= 16384
      and not exists (select from members m where m.classid = 'pg_catalog.pg_am'::regclass and m.objid = a.oid)
    union all
    select 'transform', pg_catalog.format_type(t.trftype, null) || ' for ' || l.lanname, 'what', null,
        pg_catalog.concat_ws(' ', nullif(t.trffromsql, 0)::pg_catalog.regprocedure, nullif(t.trftosql, 0)::pg_catalog.regprocedure), false
    from pg_catalog.pg_transform t join pg_catalog.pg_language l on l.oid = t.trflang
    where t.oid >= 16384
      and not exists (select from members m where m.classid = 'pg_catalog.pg_transform'::regclass and m.objid = t.oid)
    union all
    select 'operator class', named.identity, 'what', null,
        pg_catalog.concat_ws(' ', pg_catalog.format_type(o.opcintype, null), 'default', o.opcdefault, 'stores', pg_catalog.format_type(nullif(o.opckeytype, 0), null), 'family', n.nspname || '.' || f.opfname), false
    from pg_catalog.pg_opclass o
    join schemas s on s.oid = o.opcnamespace
    join pg_catalog.pg_opfamily f on f.oid = o.opcfamily
    join pg_catalog.pg_namespace n on n.oid = f.opfnamespace
    cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_opclass'::regclass, o.oid, 0) named
    where not exists (select from members m where m.classid = 'pg_catalog.pg_opclass'::regclass and m.objid = o.oid)
    union all
    -- a family of the server itself or of an extension may have more members here
    select 'operator family', family.identity, part.property, null, part.value, false
    from (
        select 'pg_catalog.pg_amop'::regclass as classid, o.oid, o.amopfamily as family,
            'operator ' || o.amopstrategy || ' (' || pg_catalog.format_type(o.amoplefttype, null) || ', ' || pg_catalog.format_type(o.amoprighttype, null) || ')' as property,
            o.amopopr::pg_catalog.regoperator::text || ' ' || o.amoppurpose::text || coalesce(' by ' || f.opfname, '') as value
        from pg_catalog.pg_amop o left join pg_catalog.pg_opfamily f on f.oid = o.amopsortfamily
        union all
        select 'pg_catalog.pg_amproc'::regclass, o.oid, o.amprocfamily,
            'function ' || o.amprocnum || ' (' || pg_catalog.format_type(o.amproclefttype, null) || ', ' || pg_catalog.format_type(o.amprocrighttype, null) || ')',
            o.amproc::pg_catalog.regprocedure::text
        from pg_catalog.pg_amproc o
    ) part
    cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_opfamily'::regclass, part.family, 0) family
    where part.oid >= 16384
      and not exists (
          select from pg_catalog.pg_depend d
          join members m on m.classid = d.refclassid and m.objid = d.refobjid
          where d.classid = part.classid and d.objid = part.oid and d.refclassid in ('pg_catalog.pg_opclass'::regclass, 'pg_catalog.pg_opfamily'::regclass)
      )
    union all
    select 'operator', o.oid::pg_catalog.regoperator::text, 'what', null,
        pg_catalog.concat_ws(' ', o.oprcode, 'commutator', o.oprcom::pg_catalog.regoperator, 'negator', o.oprnegate::pg_catalog.regoperator, o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash), false
    from pg_catalog.pg_operator o join schemas n on n.oid = o.oprnamespace
    where not exists (select from members m where m.classid = 'pg_catalog.pg_operator'::regclass and m.objid = o.oid)
    union all
    select named.type, named.identity, 'owner', pg_catalog.pg_get_userbyid(made.owner)::text, null, false
    from (
        select 'pg_catalog.pg_collation'::regclass as classid, oid as objid, collowner as owner from pg_catalog.pg_collation
        union all select 'pg_catalog.pg_statistic_ext'::regclass, oid, stxowner from pg_catalog.pg_statistic_ext
        union all select 'pg_catalog.pg_publication'::regclass, oid, pubowner from pg_catalog.pg_publication
        union all select 'pg_catalog.pg_operator'::regclass, oid, oprowner from pg_catalog.pg_operator
        union all select 'pg_catalog.pg_opclass'::regclass, oid, opcowner from pg_catalog.pg_opclass
        union all select 'pg_catalog.pg_opfamily'::regclass, oid, opfowner from pg_catalog.pg_opfamily
        union all select 'pg_catalog.pg_ts_config'::regclass, oid, cfgowner from pg_catalog.pg_ts_config
        union all select 'pg_catalog.pg_ts_dict'::regclass, oid, dictowner from pg_catalog.pg_ts_dict
        union all select 'pg_catalog.pg_conversion'::regclass, oid, conowner from pg_catalog.pg_conversion
        union all select 'pg_catalog.pg_event_trigger'::regclass, oid, evtowner from pg_catalog.pg_event_trigger
        union all select 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid, fdwowner from pg_catalog.pg_foreign_data_wrapper
        union all select 'pg_catalog.pg_foreign_server'::regclass, oid, srvowner from pg_catalog.pg_foreign_server
        union all select 'pg_catalog.pg_language'::regclass, oid, lanowner from pg_catalog.pg_language
    ) made
    cross join lateral pg_catalog.pg_identify_object(made.classid, made.objid, 0) named
    where made.objid >= 16384
      and not exists (select from members m where m.classid = made.classid and m.objid = made.objid)
    union all
    -- ALTER .. DEPENDS ON EXTENSION
    select named.type, named.identity, 'depends on extension ' || pg_catalog.quote_ident(e.extname), null, null, false
    from pg_catalog.pg_depend d
    join pg_catalog.pg_extension e on e.oid = d.refobjid
    cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, 0) named
    where d.deptype = 'x'
      and not exists (select from left_out o where o.classid = d.classid and o.objid = d.objid)
    union all
    select 'cast', pg_catalog.format_type(k.castsource, null) || ' as ' || pg_catalog.format_type(k.casttarget, null), 'what', null,
        k.castcontext::text || k.castmethod::text || ' ' || k.castfunc::pg_catalog.regprocedure::text, false
    from pg_catalog.pg_cast k
    where k.oid >= 16384
      and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_cast'::regclass and d.objid = k.oid and d.deptype in ('e', 'i'))
      and not exists (select from left_out o where o.classid = 'pg_catalog.pg_cast'::regclass and o.objid = k.oid)
    union all
    select 'statistics', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(x.stxname), 'text', null, pg_catalog.pg_get_statisticsobjdef(x.oid), true
    from statistics x join schemas n on n.oid = x.stxnamespace
    union all
    select named.type, named.identity, 'exists', null, null, false
    from (
        select 'pg_catalog.pg_cast'::regclass as classid, oid as objid from pg_catalog.pg_cast
        union all select 'pg_catalog.pg_operator'::regclass, oid from pg_catalog.pg_operator
        union all select 'pg_catalog.pg_opclass'::regclass, oid from pg_catalog.pg_opclass
        union all select 'pg_catalog.pg_collation'::regclass, oid from pg_catalog.pg_collation
        union all select 'pg_catalog.pg_ts_config'::regclass, oid from pg_catalog.pg_ts_config
        union all select 'pg_catalog.pg_ts_dict'::regclass, oid from pg_catalog.pg_ts_dict
        union all select 'pg_catalog.pg_event_trigger'::regclass, oid from pg_catalog.pg_event_trigger
        union all select 'pg_catalog.pg_publication'::regclass, oid from pg_catalog.pg_publication
        union all select 'pg_catalog.pg_foreign_server'::regclass, oid from pg_catalog.pg_foreign_server
        union all select 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid from pg_catalog.pg_foreign_data_wrapper
        union all select 'pg_catalog.pg_language'::regclass, oid from pg_catalog.pg_language
        union all select 'pg_catalog.pg_conversion'::regclass, oid from pg_catalog.pg_conversion
        union all select 'pg_catalog.pg_opfamily'::regclass, oid from pg_catalog.pg_opfamily
        union all select 'pg_catalog.pg_am'::regclass, oid from pg_catalog.pg_am
        union all select 'pg_catalog.pg_transform'::regclass, oid from pg_catalog.pg_transform
        union all select 'pg_catalog.pg_ts_parser'::regclass, oid from pg_catalog.pg_ts_parser
        union all select 'pg_catalog.pg_ts_template'::regclass, oid from pg_catalog.pg_ts_template
        union all select 'pg_catalog.pg_proc'::regclass, oid from pg_catalog.pg_proc where pronamespace = 'pg_catalog'::regnamespace
    ) made
    cross join lateral pg_catalog.pg_identify_object(made.classid, made.objid, 0) named
    where made.objid >= 16384
      and not exists (select from pg_catalog.pg_depend d where d.classid = made.classid and d.objid = made.objid and d.deptype in ('e', 'i'))
      and not exists (select from left_out o where o.classid = made.classid and o.objid = made.objid)
    union all
    -- operators and functions that a text may bind otherwise than it did on the source
    select distinct 'binding', coalesce(w.ev_class::pg_catalog.regclass::text, k.conname::text || ' of ' || coalesce(nullif(k.conrelid, 0)::pg_catalog.regclass::text, k.contypid::pg_catalog.regtype::text),
            'policy ' || p.polname || ' of ' || p.polrelid::pg_catalog.regclass::text, 'trigger ' || g.tgname || ' of ' || g.tgrelid::pg_catalog.regclass::text,
            'default ' || pg_catalog.quote_ident(a.attname) || ' of ' || a.attrelid::pg_catalog.regclass::text, d.objid::pg_catalog.regclass::text),
        'uses ' || case d.refclassid when 'pg_catalog.pg_operator'::regclass then d.refobjid::pg_catalog.regoperator::text else d.refobjid::pg_catalog.regprocedure::text end,
        null, null, false
    from pg_catalog.pg_depend d
    left join pg_catalog.pg_policy p on d.classid = 'pg_catalog.pg_policy'::regclass and p.oid = d.objid
    left join triggers g on d.classid = 'pg_catalog.pg_trigger'::regclass and g.oid = d.objid
    left join pg_catalog.pg_attrdef f on d.classid = 'pg_catalog.pg_attrdef'::regclass and f.oid = d.objid
    -- up to 13 a generated column itself rests on what its expression uses
    left join pg_catalog.pg_attribute a on (a.attrelid, a.attnum) = (f.adrelid, f.adnum)
        or d.classid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0 and (a.attrelid, a.attnum) = (d.objid, d.objsubid)
    left join pg_catalog.pg_rewrite w on d.classid = 'pg_catalog.pg_rewrite'::regclass and w.oid = d.objid
    left join pg_catalog.pg_constraint k on d.classid = 'pg_catalog.pg_constraint'::regclass and k.oid = d.objid
    where d.refclassid in ('pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_proc'::regclass)
      and d.refobjid >= 16384
      and not exists (select from left_out o where o.classid = d.classid and o.objid = d.objid)
      and (d.deptype = 'n' or d.deptype = 'a' and d.classid = 'pg_catalog.pg_class'::regclass and d.objsubid > 0)
      and (
          exists (select from relations r where r.oid = w.ev_class)
          or exists (select from relations r where r.oid in (k.conrelid, p.polrelid, g.tgrelid, a.attrelid))
          or exists (select from types t where t.oid = k.contypid)
          or (d.classid = 'pg_catalog.pg_class'::regclass and exists (select from relations r where r.oid = d.objid and r.relkind in ('i', 'I', 'p')))
      )
    union all
    select 'right on ' || r.kind, r.name, a.privilege_type || ' to ' || case a.grantee when 0 then 'public' else coalesce(u.rolname::text, a.grantee::text) end,
        case a.grantee when 0 then 'public' else coalesce(u.rolname::text, a.grantee::text) end, bool_or(a.is_grantable)::text, false
    from rights r
    cross join lateral pg_catalog.aclexplode(r.acl) a
    left join pg_catalog.pg_roles u on u.oid = a.grantee
    where (a.privilege_type <> 'MAINTAIN' or 17 <= $4)
      and (r.owner is not null or a.grantee <> a.grantor)
    group by r.kind, r.name, a.privilege_type, a.grantee, u.rolname
    union all
    select 'default right', coalesce(n.nspname::text, '') || ' ' || d.defaclobjtype::text || ' of ' || pg_catalog.pg_get_userbyid(d.defaclrole)::text, a.privilege_type || ' to ' || case a.grantee when 0 then 'public' else coalesce(u.rolname::text, '') end,
        pg_catalog.pg_get_userbyid(d.defaclrole)::text, a.is_grantable::text, false
    from pg_catalog.pg_default_acl d
    left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
    cross join lateral pg_catalog.aclexplode(d.defaclacl) a
    left join pg_catalog.pg_roles u on u.oid = a.grantee
    where (a.privilege_type <> 'MAINTAIN' or 17 <= $4)
      and not exists (select from left_out o where o.classid = 'pg_catalog.pg_default_acl'::regclass and o.objid = d.oid)
    union all
    select 'comment', named.type || ' ' || named.identity, 'text', null, d.description, false
    from pg_catalog.pg_description d
    cross join lateral pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) named
    where (d.objoid >= 16384 or d.classoid in ('pg_catalog.pg_language'::regclass, 'pg_catalog.pg_extension'::regclass)
           or d.classoid = 'pg_catalog.pg_namespace'::regclass and d.objoid = 2200)
      and named.identity is not null
      and coalesce(named.schema, '') <> $1
      and named.identity <> $1
      and (d.classoid = 'pg_catalog.pg_language'::regclass or not exists (select from members m where m.classid = d.classoid and m.objid = d.objoid))
      and d.classoid <> 'pg_catalog.pg_largeobject'::regclass
    union all
    select 'security label', named.type || ' ' || named.identity, 'by ' || l.provider, null, l.label, false
    from pg_catalog.pg_seclabel l
    cross join lateral pg_catalog.pg_identify_object(l.classoid, l.objoid, l.objsubid) named
    where l.objoid >= 16384
      and named.identity is not null
      and coalesce(named.schema, '') <> $1
      and named.identity <> $1
      and not exists (select from members m where m.classid = l.classoid and m.objid = l.objoid)
    union all
    -- named as schema::rights names what it carries
    select 'setting', pg_catalog.split_part(setting, '=', 1) || ' of ' || case when s.setrole = 0 then '' else 'role ' || pg_catalog.pg_get_userbyid(s.setrole)::text || ' in ' end || 'the database',
        'value', case when s.setrole <> 0 then pg_catalog.pg_get_userbyid(s.setrole)::text end,
        -- what an application made up by itself may be a secret
        case when pg_catalog.split_part(setting, '=', 1) like '%.%' then 'a value (hash ' || pg_catalog.left(pg_catalog.md5($5 || setting), 12) || ')'
             else pg_catalog.substr(setting, pg_catalog.strpos(setting, '=') + 1) end, false
    from pg_catalog.pg_db_role_setting s
    cross join unnest(s.setconfig) setting
    where s.setdatabase = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
) facts
