select id6, v3 as largest2_v3 from x order by v3 desc limit 2 by id6
