select p.name, coalesce(c.name, 'unknown') as city from person p left join city c on p.city_id = c.id
order by split_part(p.name, ' ', 2)::int
