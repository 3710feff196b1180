select id6, v3 as largest2_v3 from x where v3 is not null
qualify row_number() over (partition by id6 order by v3 desc) <= 2 order by id6, v3 desc
