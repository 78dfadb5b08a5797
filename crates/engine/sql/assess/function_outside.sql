-- rules::code function-outside: bodies that seem to reach files, other servers, or other roles.
select
    b.object,
    -- passwords stand in such lines
    regexp_replace(
        format('seems to: %s', left(trim(substring(b.text from concat('(?in)^(.*(?:', p.pattern, ').*)$'))), 200)),
        '(password[\s:=>]+[''"]*)[^\s''"]+|(://[^:@/\s]*:)[^\s''"]+(?=@)',
        '\1\2***',
        'gi'
    ) as detail
from body b
cross join (
    select concat_ws(
        '|',
        '\mdblink(_\w+)?\s*\(',
        '\mcopy\M[^;]*\m(from|to)\s+(program\M|E?'')',
        '\mpg_(read_file|read_binary_file|stat_file|file_write|ls_\w*dir)\s*\(',
        '\mlo_(im|ex)port\s*\(',
        '\malter\s+system\M',
        '\mset\s+(local\s+|session\s+)?(session\s+authorization\M|role\M(?!\s*=))'
    ) as pattern
) p
where b.text ~* p.pattern
