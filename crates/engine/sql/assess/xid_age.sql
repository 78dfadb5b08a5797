-- rules::health xid-age: how near the server is to the end of its transaction numbers. One database stops them all.
select
    format('%I', d.datname) as object,
    format('transactions %s, multixacts %s of 2,147 million', age(d.datfrozenxid), mxid_age(d.datminmxid)) as detail,
    case when 1800000000 < greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) then 'B' end as severity
from pg_catalog.pg_database d
where 1000000000 < greatest(age(d.datfrozenxid), mxid_age(d.datminmxid))
